using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>What an earlier process left behind, read once at the start.</summary>
internal sealed record JournalRecovery
{
    /// <summary>Up to when an earlier process is known to have lived; null at the very first start.</summary>
    public required Moment? Alive { get; init; }

    /// <summary>By server: up to where its sources were proven.</summary>
    public required IReadOnlyDictionary<string, Moment> Proven { get; init; }

    /// <summary>Gaps that were open when the earlier process ended.</summary>
    public required ImmutableArray<Gap> OpenGaps { get; init; }

    /// <summary>Gaps that the earlier process called repaired because their subscription lived on, and then ended before a message showed that its queue had.</summary>
    public ImmutableArray<Gap> UnconfirmedGaps { get; init; } = [];

    /// <summary>Number and hash of the last attestation, and where it ended; zero, empty and null when there is none.</summary>
    public required (long Sequence, string Hash, Moment? End) LastAttestation { get; init; }

    /// <summary>Ids of the sources that were ever journaled.</summary>
    public required IReadOnlyDictionary<(string Tag, string Server), int> Sources { get; init; }

    /// <summary>By source id: how it was monitored; a source of which that was never said is not in it.</summary>
    public IReadOnlyDictionary<int, string> Definitions { get; init; } = new Dictionary<int, string>();

    /// <summary>Patch runs that held a line, the latest ones.</summary>
    public ImmutableArray<RunSpan> Runs { get; init; } = [];
}
