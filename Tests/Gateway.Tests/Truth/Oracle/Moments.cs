using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>The record as somebody reads it in the middle of the story, up to that very moment: nothing in it may be called observed that is not there.</summary>
internal static class Moments
{
    /// <returns>What is wrong, in words.</returns>
    public static IEnumerable<string> Of(ScenarioPlan plan, TruthLog truth, string directory, IReadOnlySet<(int Source, int Number)> delivered)
    {
        var (now, defects) = (truth.Wall, new List<string>());
        if (now <= 0)
            return defects;
        var journaled = Judgement.Journaled(directory, delivered);
        var span = new TimeRange(truth.Zero, truth.Zero.AddMilliseconds(now));
        using var journal = new RecordedJournal(directory);
        defects.AddRange(journal.Faults(span));
        for (var tag = 0; tag < PlantTag.Count; tag++)
        {
            var report = CoverageReport.Of(PlantTag.NameOf(tag), span, [.. journal.Accounts(PlantTag.NameOf(tag), span)]);
            new Comparison(plan, truth, tag, report, [], journaled[tag], now).CheckLostValues(defects);
        }

        return defects.Select(defect => $"read at {now}: {defect}");
    }
}
