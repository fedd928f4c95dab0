using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>A job and its latest attempt, for people and programs.</summary>
public sealed record JobView
{
    public required string Id { get; init; }

    public required string Host { get; init; }

    /// <summary>Lines that the host serves.</summary>
    public required ImmutableArray<string> Lines { get; init; }

    public required string Procedure { get; init; }

    public required string PatchName { get; init; }

    public required string PatchDigest { get; init; }

    /// <summary>Milliseconds for which the job asks to leave critical tags without any path; null when it does not.</summary>
    public long? GapBudgetMs { get; init; }

    /// <summary>SHA-256 of what an approval signs.</summary>
    public string ContentHash { get; init; } = "";

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Due { get; init; }

    public required int Priority { get; init; }

    public required string RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Who approved it as it stands.</summary>
    public required ImmutableArray<string> ApprovedBy { get; init; }

    public required int ApprovalsRequired { get; init; }

    public required string Source { get; init; }

    /// <summary>Id of the latest attempt.</summary>
    public required string Run { get; init; }

    public required int Attempt { get; init; }

    public required RunState State { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required string Reason { get; init; }

    public long? Token { get; init; }

    /// <summary>What the agent last said it is doing.</summary>
    public string? Phase { get; init; }

    public string? Step { get; init; }

    public required bool StopRequested { get; init; }
}

/// <summary>Every reason why a job is not released now, or that there is none.</summary>
public sealed record WhyView
{
    public required JobView Job { get; init; }

    /// <summary>When the gates were evaluated, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One sentence that answers the question.</summary>
    public required string Summary { get; init; }

    /// <summary>Every gate passes.</summary>
    public required bool Open { get; init; }

    /// <summary>Every gate's verdict, those that block first.</summary>
    public required ImmutableArray<Verdict> Verdicts { get; init; }

    /// <summary>What people signed about the latest run, also what is over or waits for a second person.</summary>
    public ImmutableArray<WaiverView> Waivers { get; init; } = [];

    /// <summary>What its agent reported, oldest first.</summary>
    public required ImmutableArray<ProgressView> Progress { get; init; }
}

public sealed record ProgressView(long Sequence, DateTimeOffset At, DateTimeOffset ReceivedAt, string Phase, string? Step, int? ExitCode, string Detail);

/// <summary>A job as a program asks for it.</summary>
public sealed record JobRequest
{
    public required string Id { get; init; }

    public required string Host { get; init; }

    public required string Procedure { get; init; }

    public required string PatchName { get; init; }

    public required string PatchDigest { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Due { get; init; }

    public int Priority { get; init; }

    /// <summary>Milliseconds; null takes the procedure's.</summary>
    public long? ExpectedDurationMs { get; init; }

    /// <summary>Milliseconds for which critical tags may be without any path; null when they may not at all.</summary>
    public long? GapBudgetMs { get; init; }

    /// <summary>Only the local command line may name somebody else than who signs in.</summary>
    public string? RequestedBy { get; init; }
}

/// <summary>Why something is asked for.</summary>
/// <param name="Reason">For the record; 1 to 500 characters where an order needs a reason.</param>
public sealed record ReasonRequest(string? Reason);

/// <param name="Content">The job's <c>contentHash</c> as the signer saw it.</param>
/// <param name="Reason">For the record; may be absent.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record ApprovalRequest(string? Content, string? Reason, string? Name, string? Password) : ISigned;

/// <param name="As"><c>Done</c> or <c>Aborted</c>.</param>
/// <param name="Reason">How that is known.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record SettleRequest(string As, string? Reason, string? Name, string? Password) : ISigned;

/// <summary>How an order ended.</summary>
/// <param name="Outcome"><c>Done</c>, <c>Unchanged</c>, <c>NotFound</c>, <c>Refused</c> or <c>Failed</c>.</param>
/// <param name="Messages">What happened, or every reason why not.</param>
public sealed record OrderView(string Outcome, ImmutableArray<string> Messages);

/// <summary>Everything that is wrong with the files in the jobs and calendars directories.</summary>
public sealed record FileErrorsView(ImmutableArray<ConfigurationError> Jobs, ImmutableArray<ConfigurationError> Calendars, ImmutableArray<ConfigurationError> Training);
