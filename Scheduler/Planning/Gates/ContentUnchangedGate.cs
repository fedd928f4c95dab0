namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class ContentUnchangedGate : Gate
{
    public override string Name => "content-unchanged";

    public override string Rule => "Host, procedure, patch digest and time limits are those that were approved.";

    public override string Owner => "QA approver";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        var value = $"patch {Words.Short(job.PatchDigest)}";
        if (job.Approvals.Length == 0)
            yield return Block("content-unapproved", value, "nobody has approved any content yet: approve the job");
        else if (job.Approvals.All(approval => approval.ContentHash != job.ContentHash))
            yield return Block("content-changed", value, "the job was changed after it was approved, so the approval is void: approve it as it stands now, or put it back");
        else
            yield return Pass("content-unchanged", value, "unchanged since it was approved");
    }
}
