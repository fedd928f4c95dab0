using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

/// <summary>An OPC UA server and how to reach it.</summary>
public sealed record OpcUaServer
{
    public required string Name { get; init; }

    /// <summary><c>opc.tcp://host:port/path</c></summary>
    public required string Url { get; init; }

    /// <summary>Policy name as in the specification, such as <c>Basic256Sha256</c>; pinned, never negotiated down.</summary>
    public required string SecurityPolicy { get; init; }

    /// <summary><c>None</c>, <c>Sign</c> or <c>SignAndEncrypt</c>.</summary>
    public required string SecurityMode { get; init; }

    /// <summary>Null connects anonymously.</summary>
    public string? User { get; init; }

    /// <summary>File that holds the password, readable by its owner only.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Name of the host it runs on; null when that host is outside the patch scheme (a PLC).</summary>
    public string? Host { get; init; }

    /// <summary>Name of its <see cref="RedundancySet"/>; null for a server that stands alone.</summary>
    public string? Set { get; init; }

    public required TimeSpan PublishingInterval { get; init; }

    public required uint KeepAliveCount { get; init; }

    public required uint LifetimeCount { get; init; }
}

/// <summary>A gateway of this site.</summary>
/// <param name="Name">Its name in topics and points.</param>
/// <param name="Host">Name of the host it runs on; null when that host is outside the patch scheme.</param>
/// <param name="Servers">Names of the servers that it watches.</param>
public sealed record GatewayNode(string Name, string? Host, ImmutableArray<string> Servers);

/// <summary>A historian: an InfluxDB, or a gateway's own journal.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Host">Name of the host it runs on; null when that host is outside the patch scheme.</param>
public sealed record Historian(string Name, string? Host)
{
    /// <summary>The gateways' journals bridge its absence: they keep what it misses and deliver it later, so no path rests on its host.</summary>
    public bool Bridged { get; init; }
}

/// <summary>A machine to patch.</summary>
public sealed record Host
{
    public required string Name { get; init; }

    /// <summary>Class of machine, such as <c>hmi</c> or <c>server</c>: durations are learnt per procedure and class.</summary>
    public required string Class { get; init; }

    /// <summary>Names of the lines it serves: all must be idle before it is touched. Empty only when the plant file says so (a gateway's own host).</summary>
    public required ImmutableArray<string> Lines { get; init; }

    /// <summary>Redundancy group: at most one host of a group is away at a time; null when it is in none.</summary>
    public string? Group { get; init; }
}
