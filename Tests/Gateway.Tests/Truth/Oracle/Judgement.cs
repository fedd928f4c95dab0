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
    /// <summary>Every disagreement beyond what is allowed, as a sentence.</summary>
    public ImmutableArray<string> Defects { get; init; } = [];

    /// <summary>Hash of the whole record, gaps and attestations: equal only if everything went the same way.</summary>
    public string Seal { get; init; } = "";

    /// <summary>Reads the record as a validator would, tag by tag, and compares.</summary>
    public static Judgement Of(ScenarioPlan plan, TruthLog truth, string directory)
    {
        var journaled = Journaled(directory);
        var oracle = new TrueGaps(plan, truth, journaled);
        var end = truth.LastEvidence.Min();
        var span = new TimeRange(truth.Zero, truth.Zero.AddMilliseconds(end));
        using var journal = new RecordedJournal(directory);
        var defects = ImmutableArray.CreateBuilder<string>();
        defects.AddRange(journal.Faults(span));
        var total = new Judgement(0, 0, 0, 0, 0, 0);
        var told = new StringBuilder();
        for (var tag = 0; tag < PlantTag.Count; tag++)
        {
            var report = CoverageReport.Of(PlantTag.NameOf(tag), span, [.. journal.Accounts(PlantTag.NameOf(tag), span)]);
            if (report.ObservedMs + report.BackfilledMs + report.GapMs != end)
                defects.Add($"{report.Tag}: the account does not add up to the span");
            foreach (var gap in report.Uncovered)
                told.Append(CultureInfo.InvariantCulture, $"{report.Tag} {gap}\n");
            var part = new Comparison(plan, truth, tag, report, oracle.Of(tag), journaled[tag], end).Judge(defects);
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
        return total with { Defects = defects.ToImmutable(), Seal = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told.ToString())))[..16] };
    }

    /// <summary>By tag: numbers of the values that the journal holds, received when they happened.</summary>
    private static IReadOnlySet<int>[] Journaled(string directory)
    {
        var numbers = Enumerable.Range(0, PlantTag.Count).Select(_ => new HashSet<int>()).ToArray();
        using var reader = new JournalReader(directory);
        var tags = reader.Sources().ToDictionary(source => source.Key, source => Enumerable.Range(0, PlantTag.Count).First(tag => PlantTag.NameOf(tag) == source.Value.Tag));
        var from = 1L;
        while (reader.Read(from, 4 * 1024 * 1024, (id, reason) => Assert.Fail($"entry {id}: {reason}")) is { Count: > 0 } entries)
        {
            foreach (var entry in entries.Where(entry => entry.Kind == JournalKind.Readings))
            {
                var cursor = new ReadingBlockCursor(entry.Body);
                while (cursor.MoveNext())
                    if (cursor.Value.Value.TryGet(out double number))
                        numbers[tags[cursor.Source]].Add((int)number);
            }

            from = entries[^1].Id + 1;
        }

        return numbers;
    }
}
