using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>What the record is worth, measured against what happened.</summary>
/// <param name="True">Gaps that there were.</param>
/// <param name="Found">Of these, those that the record has, with the right cause.</param>
/// <param name="Reported">Gaps in the record.</param>
/// <param name="Right">Of these, those that there were, with the right cause.</param>
/// <param name="Lost">Values that never reached the journal.</param>
/// <param name="WorstErrorMs">The longest span in which record and truth disagree.</param>
internal sealed record Judgement(int True, int Found, int Reported, int Right, int Lost, long WorstErrorMs)
{
    /// <summary>The story.</summary>
    public required ScenarioPlan Plan { get; init; }

    /// <summary>Every disagreement beyond what is allowed, as a sentence.</summary>
    public ImmutableArray<string> Defects { get; init; } = [];

    /// <summary>Faults that came to be.</summary>
    public ImmutableArray<FaultKind> Injected { get; init; } = [];

    /// <summary>Gaps found, by cause.</summary>
    public IReadOnlyDictionary<GapCause, int> Causes { get; init; } = new Dictionary<GapCause, int>();

    /// <summary>Hash of the whole record, gaps and attestations: equal only if everything went the same way.</summary>
    public string Seal { get; init; } = "";

    /// <summary>Reads the record as a validator would, tag by tag, and compares.</summary>
    public static Judgement Of(ScenarioPlan plan, TruthLog truth, string directory, IReadOnlySet<(int Source, int Number)> delivered)
    {
        var journaled = Journaled(directory, delivered);
        var oracle = new TrueGaps(plan, truth, journaled);
        var end = Enumerable.Range(0, PlantTag.Servers).Min(truth.LastEvidence);
        var span = new TimeRange(truth.Zero, truth.Zero.AddMilliseconds(end));
        using var journal = new RecordedJournal(directory);
        var defects = ImmutableArray.CreateBuilder<string>();
        defects.AddRange(journal.Faults(span));
        var total = new Judgement(0, 0, 0, 0, 0, 0) { Plan = plan };
        var told = new StringBuilder();
        var causes = new Dictionary<GapCause, int>();
        for (var tag = 0; tag < PlantTag.Count; tag++)
        {
            var report = CoverageReport.Of(PlantTag.NameOf(tag), span, [.. journal.Accounts(PlantTag.NameOf(tag), span)]);
            if (report.ObservedMs + report.BackfilledMs + report.GapMs != end)
                defects.Add($"{report.Tag}: the account does not add up to the span");
            foreach (var gap in report.Uncovered)
                told.Append(CultureInfo.InvariantCulture, $"{report.Tag} {gap}\n");
            var part = new Comparison(plan, truth, tag, report, oracle.Of(tag), journaled[tag], end).Judge(defects, causes);
            total = total with
            {
                True = total.True + part.True,
                Found = total.Found + part.Found,
                Reported = total.Reported + part.Reported,
                Right = total.Right + part.Right,
                Lost = total.Lost + part.Lost,
                WorstErrorMs = Math.Max(total.WorstErrorMs, part.WorstErrorMs),
            };
        }

        using var reader = new JournalReader(directory);
        told.Append(reader.Recover().LastAttestation.Hash);
        // A full disk is named by where it is, which is elsewhere each time.
        told.Replace(Path.GetDirectoryName(directory)!, "");
        return total with { Injected = [.. truth.Injected], Causes = causes, Defects = defects.ToImmutable(), Seal = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told.ToString())))[..16] };
    }

    /// <summary>By tag: numbers of the values that the journal holds, or let go of because it was full and they had been delivered.</summary>
    internal static IReadOnlySet<int>[] Journaled(string directory, IReadOnlySet<(int Source, int Number)> delivered)
    {
        var values = delivered.ToHashSet();
        using var reader = new JournalReader(directory);
        var from = 1L;
        while (reader.Read(from, 4 * 1024 * 1024, (id, reason) => Assert.Fail($"entry {id}: {reason}")) is { Count: > 0 } entries)
        {
            foreach (var entry in entries.Where(entry => entry.Kind == JournalKind.Readings))
                Values.Take(entry, values);
            from = entries[^1].Id + 1;
        }

        var tags = reader.Sources().ToDictionary(source => source.Key, source => source.Value.Tag);
        return [.. Enumerable.Range(0, PlantTag.Count).Select(tag => values.Where(value => tags[value.Source] == PlantTag.NameOf(tag)).Select(value => value.Number).ToHashSet())];
    }
}
