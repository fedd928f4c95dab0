using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity.Stage;

// What becomes of gaps: the record, the run that they fall in, and their repair.
internal sealed partial class ContinuityStage
{
    /// <summary>Puts down what history gave. It changes the record only: no line, no evidence and no value that anyone relies on now.</summary>
    private void TakeRepaired(Arrived.LookedUp looked)
    {
        foreach (var outcome in looked.Outcomes)
        {
            var server = outcome.Source is { } source ? input.Table.ServerOf(source) : 0;
            batch.Repairs.Add(outcome, server, outcome.Source is { } index ? input.JournalIds[index] : 0, looked.At);
            // Minutes from before this process are accounted for already, by what is not known here any more.
            foreach (var part in outcome.Parts)
                if (outcome.Source is { } own && Moment.Of(part.Start) >= fold[own].Since)
                    windows.Apply(new GapChange(own, part));
            reports.Backfilled += outcome.Values.Count;
        }

        looked.Taken.TrySetResult(batch.Durable);
    }

    private GapChange InRun(in GapChange change) =>
        runs.Of(change.Gap.Line, Moment.Of(change.Gap.Start), change.Gap.End is { } end ? Moment.Of(end) : null) is { } run ? change with { Gap = change.Gap with { Run = run } } : change;

    /// <summary>Gaps that are open when a run begins fall in it from now on.</summary>
    private void TakeRuns()
    {
        while (input.News.TryTake(out var notice))
        {
            if (runs.Take(notice) is not { } span)
                continue;
            batch.Runs.Add(span);
            if (span.End is not null)
                continue;
            for (var source = 0; source < lastSourceTime.Length; source++)
                if (input.Table.Map.Sources[source].Line == span.Line && fold.OpenGap(source) is { } open)
                    changes.Add(open);
        }

        TakeChanges();
    }

    /// <summary>A gap that is over and that nothing repaired so far: its server's history may.</summary>
    private void Seek(Gap gap, int source, long seam)
    {
        if (gap.End is { } end && gap.Repair == GapRepair.None && RepairableCauses.Objection(gap.Cause) is null)
            batch.Pending.Add(new RepairRow(gap.Id, gap.Server, lines.UrgencyOf(source), Moment.Of(end) + input.Repair.Settling, 0, seam));
    }

    private void TakeChanges()
    {
        if (changes.Count > 0 && reports is not null)
            reports.CoverageChanged = true;
        foreach (var told in changes)
        {
            var change = InRun(told);
            batch.Gaps.Add(change.Gap);
            Seek(change.Gap, change.Source, lastSourceTime[change.Source]);
            windows.Apply(change);
            if (change.Gap.Cause is not (GapCause.BadQuality or GapCause.UncertainQuality))
                StageLog.GapChanged(log, change.Gap.Tag, change.Gap.Server, change.Gap.Cause, change.Gap.Start, change.Gap.End, change.Gap.Detail);
        }

        changes.Clear();
    }
}
