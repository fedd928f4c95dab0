namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class ApprovedGate : Gate
{
    public const string GateName = "approved";

    public override string Name => GateName;

    public override string Rule => "As many people as the site asks for, other than who requested it, approved exactly this job.";

    public override string Owner => "QA approver";

    public override bool Waivable => true;

    /// <summary>Approvals may be passed over; that somebody stopped the run may not.</summary>
    protected override bool MayWaive(Verdict verdict) => verdict.Code == "approval-missing";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        var by = job.ValidApprovers().ToList();
        var value = $"{by.Count} of {job.ApprovalsRequired}";
        if (snapshot.Run.StopRequested)
            yield return Block("approval-stopped", value, "this run was told to stop, by a person or because its line became active or its hold was overwritten (the ledger says which): it gets no further go-ahead");
        else if (by.Count < job.ApprovalsRequired)
            yield return Block("approval-missing", value, $"{job.ApprovalsRequired - by.Count} more approval(s) needed from people other than {job.RequestedBy}: approve the job");
        else
            yield return Pass("approved", value, $"approved by {string.Join(", ", by)}");
    }
}
