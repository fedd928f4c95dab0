using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Execution.Inbox;

/// <summary>Something the runner must look at. The runner takes them one after the other, so nothing else guards a run.</summary>
internal abstract record RunnerInput
{
    /// <summary>The alarm clock rang for a run, or something happened that may open a gate.</summary>
    public sealed record Wake : RunnerInput
    {
        public static readonly Wake Now = new();
    }

    /// <summary>Time passes: look at deadlines.</summary>
    public sealed record Tick : RunnerInput
    {
        public static readonly Tick Now = new();
    }

    public sealed record PermitAsked(PermitRequest Request) : RunnerInput;

    public sealed record GoAheadAsked(GoAheadRequest Request) : RunnerInput;

    public sealed record HoldAnswered(HoldReply Reply) : RunnerInput;

    /// <summary>A gateway gives back the head of most entries that it has seen.</summary>
    public sealed record HeadSeen(string Gateway, string Token) : RunnerInput;

    public sealed record Progressed(RunProgress Progress) : RunnerInput;

    /// <summary>A person, or a job file, wants something; the task tells how it ended.</summary>
    public sealed record Asked(Order Order, TaskCompletionSource<OrderResult> Answer) : RunnerInput;
}

/// <summary>What a person can ask for.</summary>
/// <param name="By">Who asks.</param>
internal abstract record Order(string By)
{
    public sealed record Add(JobDraft Draft, string Source, string By) : Order(By);

    /// <param name="JobId">The job.</param>
    /// <param name="Comment">What the approver has to say.</param>
    /// <param name="By">Who.</param>
    /// <param name="Signature">Covers the content that they saw; null when it was given without one, as on the command line.</param>
    public sealed record Approve(string JobId, string Comment, string By, SignatureRecord? Signature = null) : Order(By);

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
    /// <param name="Signature">Covers <see cref="SignedContent.Settling"/>; null when it was given without one.</param>
    public sealed record Settle(string JobId, RunState As, string Reason, string By, SignatureRecord? Signature = null) : Order(By);

    /// <param name="JobId">The job whose latest run it is for.</param>
    /// <param name="Line">A line of its host that cannot be held.</param>
    /// <param name="Minutes">How long.</param>
    /// <param name="Reason">For the record.</param>
    /// <param name="By">Who stands by the line and keeps it from starting.</param>
    /// <param name="Signature">Covers <see cref="SignedContent.Waiving"/>; without one nothing is waived.</param>
    public sealed record StandBy(string JobId, string Line, int Minutes, string Reason, string By, SignatureRecord? Signature) : Order(By);

    /// <summary>Calendar and approvals are not to count for the job's latest run; it counts once a second person has signed too.</summary>
    public sealed record BreakGlass(string JobId, int Minutes, string Reason, string By, SignatureRecord? Signature) : Order(By);

    /// <summary>Whatever was signed about the job's latest run is to end now.</summary>
    public sealed record EndWaivers(string JobId, string Reason, string By) : Order(By);

    public sealed record AddCampaign(CampaignDraft Draft, string Source, string By) : Order(By);

    /// <summary>Makes a plan for what still waits of a campaign.</summary>
    public sealed record PlanCampaign(string Campaign, string Reason, string By) : Order(By);

    /// <summary>Signs one exact plan.</summary>
    public sealed record ApproveCampaign(string Campaign, string PlanHash, string Comment, string By, SignatureRecord? Signature = null) : Order(By);

    /// <summary>Goes on after failures halted it.</summary>
    public sealed record ResumeCampaign(string Campaign, string Reason, string By, SignatureRecord? Signature = null) : Order(By);

    public sealed record Stop(string Reason, string By) : Order(By);

    public sealed record Resume(string Reason, string By) : Order(By);

    /// <summary>Puts something that happened elsewhere, such as a sign-in, on record.</summary>
    public sealed record Note(string Action, string Subject, string Reason, JsonObject? After, string By) : Order(By);
}

public enum OrderOutcome
{
    Done,

    /// <summary>It was so already; nothing was recorded.</summary>
    Unchanged,

    NotFound,

    /// <summary>It cannot be done as things stand.</summary>
    Refused,

    /// <summary>It could not be recorded, so it was not done.</summary>
    Failed,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="Messages">What happened, or every reason why not.</param>
/// <param name="JobId">The job it concerned; null when none.</param>
public sealed record OrderResult(OrderOutcome Outcome, ImmutableArray<string> Messages, string? JobId = null)
{
    public static OrderResult Done(string message, string? jobId = null) => new(OrderOutcome.Done, [message], jobId);

    public static OrderResult Unchanged(string message, string? jobId = null) => new(OrderOutcome.Unchanged, [message], jobId);

    public static OrderResult Refused(params ReadOnlySpan<string> reasons) => new(OrderOutcome.Refused, [.. reasons]);

    public static OrderResult NoJob(string jobId) => new(OrderOutcome.NotFound, [$"there is no job '{jobId}': 'jobs' lists them"]);
}
