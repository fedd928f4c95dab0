using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Execution.Inbox;

/// <summary>What a person can ask for.</summary>
/// <param name="By">Who asks.</param>
internal abstract record Order(string By)
{
    public sealed record Add(JobDraft Draft, string Source, string By) : Order(By);

    /// <summary>What counts only with a person's signature, whichever way it comes in.</summary>
    /// <param name="By">Who signs.</param>
    /// <param name="Signature">Theirs, over what they saw; without one the order is refused.</param>
    public abstract record Signed(string By, SignatureRecord? Signature) : Order(By)
    {
        /// <summary>What the signature must stand for, as one of <see cref="SignatureMeanings"/>.</summary>
        public virtual string Meaning => SignatureMeanings.Responsibility;
    }

    /// <param name="JobId">The job.</param>
    /// <param name="Comment">What the approver has to say.</param>
    /// <param name="By">Who.</param>
    /// <param name="Signature">Covers the job's content.</param>
    public sealed record Approve(string JobId, string Comment, string By, SignatureRecord? Signature) : Signed(By, Signature)
    {
        public override string Meaning => SignatureMeanings.Approval;
    }

    /// <param name="JobId">The job.</param>
    /// <param name="As"><see cref="RunState.Revoked"/> or <see cref="RunState.Aborted"/>.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="By">Who.</param>
    public sealed record Withdraw(string JobId, RunState As, string Reason, string By) : Order(By);

    public sealed record Retry(string JobId, string Reason, string By) : Order(By);

    /// <param name="JobId">The job whose run is quarantined.</param>
    /// <param name="As"><see cref="RunState.Done"/> or <see cref="RunState.Aborted"/>.</param>
    /// <param name="Reason">How it is known.</param>
    /// <param name="By">Who; two different people must agree.</param>
    /// <param name="Signature">Covers <see cref="SignedContent.Settling"/>.</param>
    public sealed record Settle(string JobId, RunState As, string Reason, string By, SignatureRecord? Signature) : Signed(By, Signature);

    /// <param name="JobId">The job whose latest run it is for.</param>
    /// <param name="Line">A line of its host that cannot be held.</param>
    /// <param name="Minutes">How long.</param>
    /// <param name="Reason">For the record.</param>
    /// <param name="By">Who stands by the line and keeps it from starting.</param>
    /// <param name="Signature">Covers <see cref="SignedContent.Waiving"/>.</param>
    public sealed record StandBy(string JobId, string Line, int Minutes, string Reason, string By, SignatureRecord? Signature) : Signed(By, Signature);

    /// <summary>Calendar and approvals are not to count for the job's latest run; it counts once a second person has signed the same.</summary>
    /// <param name="JobId">The job whose latest run it is for.</param>
    /// <param name="Minutes">How long.</param>
    /// <param name="Reason">For the record.</param>
    /// <param name="By">Who.</param>
    /// <param name="Signature">Covers <see cref="SignedContent.Waiving"/>.</param>
    /// <param name="Gap">What may be lost of the record meanwhile; null leaves coverage as it is.</param>
    public sealed record BreakGlass(string JobId, int Minutes, string Reason, string By, SignatureRecord? Signature, GapBudget? Gap = null) : Signed(By, Signature);

    /// <summary>These critical tags may be without any path for so long while the job's latest run has its host; it counts once a second person has signed the same.</summary>
    /// <inheritdoc cref="BreakGlass"/>
    public sealed record AcceptGap(string JobId, int Minutes, string Reason, string By, SignatureRecord? Signature, GapBudget Gap) : Signed(By, Signature)
    {
        public override string Meaning => SignatureMeanings.Approval;
    }

    /// <summary>Whatever was signed about the job's latest run is to end now.</summary>
    public sealed record EndWaivers(string JobId, string Reason, string By) : Order(By);

    public sealed record AddCampaign(CampaignDraft Draft, string Source, string By) : Order(By);

    /// <summary>Makes a plan for what still waits of a campaign.</summary>
    public sealed record PlanCampaign(string Campaign, string Reason, string By) : Order(By);

    /// <summary>Signs one exact plan.</summary>
    public sealed record ApproveCampaign(string Campaign, string PlanHash, string Comment, string By, SignatureRecord? Signature) : Signed(By, Signature)
    {
        public override string Meaning => SignatureMeanings.Approval;
    }

    /// <summary>Goes on after failures halted it; the signature covers <see cref="SignedContent.Resuming"/>.</summary>
    public sealed record ResumeCampaign(string Campaign, string Reason, string By, SignatureRecord? Signature) : Signed(By, Signature);

    public sealed record Stop(string Reason, string By) : Order(By);

    public sealed record Resume(string Reason, string By) : Order(By);

    /// <summary>Puts something that happened elsewhere, such as a sign-in, on record.</summary>
    public sealed record Note(string Action, string Subject, string Reason, JsonObject? After, string By) : Order(By);
}
