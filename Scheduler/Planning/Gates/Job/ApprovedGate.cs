namespace PatchEdge.Scheduler.Planning.Gates.Job;

internal sealed class ApprovedGate : RunGate
{
    public const string GateName = "approved";

    private readonly Findings<(string By, int Count, int Required)> approved;

    public ApprovedGate() => approved = new(found => Pass("approved", $"{found.Count} of {found.Required}", $"approved by {found.By}"));

    public override string Name => GateName;

    public override string Rule => "As many people as the site asks for, other than who requested it, approved exactly this job.";

    public override string Owner => "QA approver";

    public override bool Waivable => true;

    /// <summary>Approvals may be passed over; that somebody stopped the run may not.</summary>
    protected override bool MayWaive(Verdict verdict) => verdict.Code == "approval-missing";

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        var job = snapshot.Job;
        var by = job.ValidApprovers();
        if (snapshot.Run.StopRequested)
            return Block("approval-stopped", $"{by.Length} of {job.ApprovalsRequired}", "this run was told to stop, by a person or because its line became active or its hold was overwritten (the ledger says which): it gets no further go-ahead");
        if (by.Length < job.ApprovalsRequired)
            return Block("approval-missing", $"{by.Length} of {job.ApprovalsRequired}", $"{job.ApprovalsRequired - by.Length} more approval(s) needed from people other than {job.RequestedBy}: approve the job");
        return approved.Of((by is [var one] ? one : string.Join(", ", by), by.Length, job.ApprovalsRequired));
    }
}
