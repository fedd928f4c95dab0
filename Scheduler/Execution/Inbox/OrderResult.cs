using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Execution.Inbox;

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

    /// <summary>Another scheduler leads, and was not asked; or none does.</summary>
    Elsewhere,
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
