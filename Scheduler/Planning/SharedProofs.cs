using System.Collections.Concurrent;
using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>What follows from one moment for more runs than one: worked out when it is first asked for, then shared. Thread-safe; what it says never changes.</summary>
internal sealed class SharedProofs(PlantModel plant, EvidenceSnapshot evidence, RunIndex runs, ImmutableArray<HoldFacts> holds)
{
    private readonly ConcurrentDictionary<string, LineProof> lines = new(concurrencyLevel: 1, capacity: 31, StringComparer.Ordinal);
    private Dictionary<string, HoldFacts>? byLine;

    /// <summary>Whether enough paths are left.</summary>
    public PathJudge Paths { get; } = new(plant, evidence, runs);

    /// <summary>Whether it speaks of exactly these.</summary>
    public bool AreOf(PlantModel thePlant, EvidenceSnapshot theEvidence, RunIndex theRuns, ImmutableArray<HoldFacts> theHolds) =>
        ReferenceEquals(plant, thePlant) && ReferenceEquals(evidence, theEvidence) && ReferenceEquals(runs, theRuns) && holds == theHolds;

    /// <inheritdoc cref="LineProof.Judge"/>
    public LineProof Of(Line line)
    {
        if (!lines.TryGetValue(line.Name, out var proof))
            lines[line.Name] = proof = LineProof.Judge(line, plant, evidence);
        return proof;
    }

    /// <summary>The line's hold, whoever has it; null when nobody has.</summary>
    public HoldFacts? HoldOf(string line)
    {
        if (holds.IsEmpty)
            return null;
        return (byLine ??= ByLine()).GetValueOrDefault(line);
    }

    private Dictionary<string, HoldFacts> ByLine()
    {
        var found = new Dictionary<string, HoldFacts>(holds.Length, StringComparer.Ordinal);
        foreach (var hold in holds)
            found.TryAdd(hold.Line, hold);
        return found;
    }
}
