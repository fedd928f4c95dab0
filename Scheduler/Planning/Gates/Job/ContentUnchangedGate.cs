namespace PatchEdge.Scheduler.Planning.Gates.Job;

internal sealed class ContentUnchangedGate : RunGate
{
    private readonly Findings<string> unchanged;

    public ContentUnchangedGate() => unchanged = new(digest => Pass("content-unchanged", Patch(digest), "unchanged since it was approved"));

    public override string Name => "content-unchanged";

    public override string Rule => "Host, procedure, patch digest and time limits are those that were approved.";

    public override string Owner => "QA approver";

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        foreach (var approval in job.Approvals)
            if (approval.ContentHash == job.ContentHash)
                return unchanged.Of(job.PatchDigest);
        return job.Approvals.IsEmpty
            ? Block("content-unapproved", Patch(job.PatchDigest), "nobody has approved any content yet: approve the job")
            : Block("content-changed", Patch(job.PatchDigest), "the job was changed after it was approved, so the approval is void: approve it as it stands now, or put it back");
    }

    private static string Patch(string digest) => $"patch {Words.Short(digest)}";
}
