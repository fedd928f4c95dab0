using PatchEdge.Gateway.Acquisition;

namespace PatchEdge.Gateway.Continuity.Stage;

// Another plant file comes into force while the gateway runs.
internal sealed partial class ContinuityStage
{
    /// <summary>Takes the revision over as soon as the batch has room for the attestation that ends what was before.</summary>
    private void TryRevise()
    {
        if (batch.Attestation is not null || Blocked)
            return;
        var (since, next, step, taken) = (revision!.At, revision.Next, revision.Step, revision.Taken);
        revision = null;
        var now = Now;
        reports.Revise(next, now, batch);
        input = next;
        Array.Resize(ref lastSourceTime, next.Table.Tags.Length);
        fold.Revise(step, TakeBack(step, now), since, now, changes);
        windows.Revise(
            [.. next.Table.Map.Sources.Select((_, index) => fold[index].Since)], [.. next.Table.Tags.Select(tag => tag.Critical)], step.Forebears, step.Retired, now);
        lines.Revise(next);
        TakeChanges();
        lines.EvaluateAll(fold, servers, batch);
        taken.TrySetResult();
    }

    /// <summary>Ends the gaps of tags that an earlier process, or the start of this one, found to be configured no more, and that are again.</summary>
    /// <returns>Sources of such tags.</returns>
    private HashSet<int> TakeBack(SourceRevision step, Moment now)
    {
        var back = new HashSet<int>();
        foreach (var index in step.Added)
        {
            if (step.Forebears.ContainsKey(index) || !unwatched.Remove((step.Table.Tags[index].Name, step.Table.Servers[step.Table.ServerOf(index)].Name), out var gap))
                continue;
            batch.Gaps.Add(gap with { End = Moment.Later(now, Moment.Of(gap.Start)).ToDateTimeOffset() });
            back.Add(index);
        }

        return back;
    }
}
