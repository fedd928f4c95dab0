using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What the connected server said about itself; a snapshot, replaced as a whole when something changes.</summary>
public sealed record ServerInformation
{
    internal static ServerInformation Unknown { get; } = new();

    /// <summary>Endpoint in use; null before the first connection.</summary>
    public EndpointDescription? Endpoint { get; init; }

    /// <summary>The server's certificate; null on an unprotected channel of a server that has none.</summary>
    public UaCertificate? Certificate { get; init; }

    /// <summary>Namespace URIs by index; index 0 is OPC UA itself.</summary>
    public IReadOnlyList<string?> NamespaceArray { get; init; } = [];

    /// <summary>URIs of the servers in a redundant set or referred to; index 0 is this one.</summary>
    public IReadOnlyList<string?> ServerArray { get; init; } = [];

    public OperationLimits OperationLimits { get; init; } = new();

    /// <summary>How other servers back this one up; None where it does not say.</summary>
    public RedundancySupport RedundancySupport { get; init; }

    /// <summary>Application URIs of the redundant set, this server's own among them perhaps.</summary>
    public IReadOnlyList<string?> RedundantServers { get; init; } = [];

    public string? ManufacturerName { get; init; }
    public string? ProductName { get; init; }
    public string? SoftwareVersion { get; init; }

    public TimeSpan RevisedSessionTimeout { get; init; }

    public TimeSpan TokenLifetime { get; init; }

    /// <summary>As last read, at most one keep-alive interval ago while connected.</summary>
    public ServerState State { get; init; } = ServerState.Unknown;

    /// <summary>0 maintenance, 1 no data, 2–199 degraded, 200–255 healthy (Part 4 §6.6.2.4.2). 255 where the server has none.</summary>
    public byte ServiceLevel { get; init; } = byte.MaxValue;

    /// <summary>When the server started, by its own clock.</summary>
    public DateTime StartTime { get; init; }

    public ClockOffset ClockOffset { get; init; }

    /// <summary>Round trip of the latest reading of the server's state.</summary>
    public TimeSpan RoundTrip { get; init; }
}

/// <summary>
/// How far the server's clock is ahead of ours (negative: behind), from the best of the latest readings of its CurrentTime.
/// The truth lies within ± <paramref name="Uncertainty"/>, half the round trip. <c>default</c>, with no measurement, has no uncertainty either:
/// look at <see cref="IsKnown"/>.
/// </summary>
public readonly record struct ClockOffset(TimeSpan Offset, TimeSpan Uncertainty, Arrival MeasuredAt)
{
    public bool IsKnown => MeasuredAt.Utc != default;

    /// <summary>
    /// The smallest offset that the measurement allows: zero when it does not show one for certain. Two clocks that are kept in step stay so
    /// however slow an answer was.
    /// </summary>
    public TimeSpan Least => Offset > Uncertainty ? Offset - Uncertainty : Offset < -Uncertainty ? Offset + Uncertainty : TimeSpan.Zero;
}

/// <summary>Most operations that the server takes in one call (Part 5 §6.3.11); 0 where it names no limit.</summary>
public sealed record OperationLimits
{
    public uint MaxNodesPerRead { get; init; }
    public uint MaxNodesPerHistoryReadData { get; init; }
    public uint MaxNodesPerWrite { get; init; }
    public uint MaxNodesPerMethodCall { get; init; }
    public uint MaxNodesPerBrowse { get; init; }
    public uint MaxNodesPerTranslateBrowsePathsToNodeIds { get; init; }
    public uint MaxMonitoredItemsPerCall { get; init; }
}
