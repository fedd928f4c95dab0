using System.Collections.Immutable;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Continuity.Stage;

/// <summary>What the stage is given once, at its start.</summary>
internal sealed record StageInput
{
    public required GatewayOptions Options { get; init; }

    public required PlantModel Plant { get; init; }

    public required SourceTable Table { get; init; }

    /// <summary>By source index: its id in the journal.</summary>
    public required ImmutableArray<int> JournalIds { get; init; }

    public required JournalRecovery Recovery { get; init; }

    /// <summary>Tells which patch run holds which line.</summary>
    public required RunNews News { get; init; }

    /// <summary>How gaps are looked up in history.</summary>
    public RepairOptions Repair { get; init; } = new();

    /// <summary>Chosen anew at each start.</summary>
    public required string Boot { get; init; }
}
