using System.Collections.Immutable;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>What one look into history changed. All of it is written at once, or nothing.</summary>
internal sealed record RepairOutcome
{
    /// <summary>The gap that was looked up.</summary>
    public required string Gap { get; init; }

    /// <summary>Index of its source; null when the tag is not configured any more.</summary>
    public required int? Source { get; init; }

    /// <summary>What the gap is now; empty when it stays as it is.</summary>
    public ImmutableArray<Gap> Parts { get; init; } = [];

    /// <summary>Values of the proven parts that were never received, by rising source time.</summary>
    public IReadOnlyList<DataValue> Values { get; init; } = [];

    /// <summary>No history was read for it: the server keeps none of it, or the tag is not watched there any more.</summary>
    public bool Unasked { get; init; }

    /// <summary>What is still to be done; empty when nothing is.</summary>
    public ImmutableArray<RepairRow> Rest { get; init; } = [];
}
