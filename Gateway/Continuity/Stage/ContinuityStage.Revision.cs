namespace PatchEdge.Gateway.Continuity.Stage;

// Another plant file comes into force while the gateway runs.
internal sealed partial class ContinuityStage
{
    /// <summary>Takes the revision over as soon as the batch has room for the attestation that ends what was before.</summary>
    private void TryRevise()
    {
        if (batch.Attestation is not null || Blocked)
            return;
        var (next, step, taken) = (revision!.Next, revision.Step, revision.Taken);
        revision = null;
        var now = Now;
        reports.Revise(next, now, batch);
        input = next;
        Array.Resize(ref lastSourceTime, next.Table.Tags.Length);
        fold.Revise(step, now, changes);
        windows.Revise(
            [.. next.Table.Map.Sources.Select((_, index) => fold[index].Since)], [.. next.Table.Tags.Select(tag => tag.Critical)], step.Forebears, step.Retired, now);
        lines.Revise(next);
        TakeChanges();
        lines.EvaluateAll(fold, servers, batch);
        taken.TrySetResult();
    }
}
