using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>What follows from one moment for more runs than one: worked out when it is first asked for, then shared. Thread-safe; what it says never changes.</summary>
internal sealed class SharedProofs(PlantModel plant, EvidenceSnapshot evidence, CalendarFacts calendar, RunIndex runs, ImmutableArray<HoldFacts> holds)
{
    private readonly PlantIndex index = PlantIndex.Of(plant);
    private readonly NumberedProofs<LineProof> lines = new(PlantIndex.Of(plant).LineCount);
    private readonly HostCalendars calendars = HostCalendars.Of(plant, calendar);
    private Dictionary<string, HoldFacts>? byLine;

    /// <summary>The plant's critical tags.</summary>
    public CriticalTags Tags { get; } = CriticalTags.Of(plant);

    /// <summary>Whether enough paths are left.</summary>
    public PathJudge Paths => field ??= new(plant, Tags, evidence, runs);

    /// <summary>Whether it speaks of exactly these.</summary>
    public bool AreOf(PlantModel thePlant, EvidenceSnapshot theEvidence, CalendarFacts theCalendar, RunIndex theRuns, ImmutableArray<HoldFacts> theHolds) =>
        ReferenceEquals(plant, thePlant) && ReferenceEquals(evidence, theEvidence) && ReferenceEquals(calendar, theCalendar) && ReferenceEquals(runs, theRuns) && holds == theHolds;

    /// <summary>Null when the plant has no host of that name.</summary>
    public PlantHost? Host(string name) => index.Host(name);

    /// <inheritdoc cref="LineProof.Judge(PlantLine, PlantModel, EvidenceSnapshot)"/>
    public LineProof Of(PlantLine line) => lines[line.Number] ??= LineProof.Judge(line, plant, evidence);

    /// <summary>Windows, freezes and planned batches of one host.</summary>
    public HostCalendar CalendarOf(PlantHost host) => calendars.Of(host);

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
