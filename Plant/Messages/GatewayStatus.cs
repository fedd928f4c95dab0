using System.Collections.Immutable;

namespace PatchEdge.Plant.Messages;

/// <summary>A gateway's heartbeat, retained; its last will is the same message with <see cref="Online"/> false: then all its lines are unknown.</summary>
/// <remarks>Publisher: gateway, every few seconds. Topic: <see cref="Topics.GatewayStatus"/>.</remarks>
public sealed record GatewayStatus
{
    public required string Site { get; init; }

    public required string Gateway { get; init; }

    public required string Boot { get; init; }

    /// <summary>False in the last will, which the broker publishes when the gateway falls silent.</summary>
    public required bool Online { get; init; }

    /// <summary>UTC; null in the last will, which is written before it is needed.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Milliseconds after receipt for which a live message may be relied on.</summary>
    public int ValidForMs { get; init; }

    public string? ConfigurationHash { get; init; }

    /// <summary>Why the plant file on the gateway's disk is not the one in force; null when it is.</summary>
    public string? ConfigurationTrouble { get; init; }

    /// <summary>The journal accepts writes.</summary>
    public bool JournalWritable { get; init; }

    /// <summary>Entries journaled and not yet acknowledged by the historian.</summary>
    public long JournalBacklog { get; init; }

    public ImmutableArray<ServerConnectionStatus> Servers { get; init => field = value.IsDefault ? [] : value; } = [];
}

/// <summary>One OPC UA connection of a gateway.</summary>
/// <param name="Server">Name in the plant file.</param>
/// <param name="State">Connection state as the client calls it.</param>
/// <param name="Monitored">Items that the server monitors.</param>
/// <param name="Rejected">Items that the server refused.</param>
/// <param name="ClockOffsetMs">Server's clock minus the gateway's; null when not measured.</param>
public sealed record ServerConnectionStatus(string Server, string State, int Monitored, int Rejected, double? ClockOffsetMs = null);
