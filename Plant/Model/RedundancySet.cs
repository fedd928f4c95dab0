using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

/// <summary>Servers that offer the same nodes of the same equipment, non-transparently redundant (OPC 10000-4 §6.6.2.4).</summary>
/// <param name="Name">What tags, lines and gateways call the set; never the name of a server.</param>
/// <param name="Mode">How many of them are sampled at a time.</param>
/// <param name="Members">Names of its servers, at least two; the first is preferred among equally healthy ones.</param>
public sealed record RedundancySet(string Name, RedundancyMode Mode, ImmutableArray<string> Members);

/// <summary>How a set fails over; the specification's Cold has no meaning for a gateway that must never lose sight.</summary>
public enum RedundancyMode
{
    /// <summary>One server is sampled; the others are connected, their items created and asleep. A failover leaves a gap.</summary>
    Warm,

    /// <summary>All are sampled and reported, each a source of its own: a tag is uncovered only where all of them are.</summary>
    Hot,
}
