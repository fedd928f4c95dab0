namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>A patch job as stored: what to do to which host, and when it may be done.</summary>
internal sealed class PatchJob
{
    public required string Id { get; init; }

    public required string Host { get; set; }

    /// <summary>Name of a procedure that the host's owner installed.</summary>
    public required string Procedure { get; set; }

    public required string PatchName { get; set; }

    /// <summary>SHA-256 of the patch, lower-case hex.</summary>
    public required string PatchDigest { get; set; }

    /// <summary>UTC; null when it may start at once.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>UTC; null when nothing presses.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>Higher goes first among jobs that compete for a host or line.</summary>
    public int Priority { get; set; }

    /// <summary>How long it is expected to occupy its host; null takes the procedure's.</summary>
    public TimeSpan? ExpectedDuration { get; set; }

    /// <summary>How long critical tags may be without any path while its host is away; null when they may not at all.</summary>
    public TimeSpan? GapBudget { get; set; }

    public required string RequestedBy { get; set; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Where it came from: <c>file jobs/x.yaml</c>, <c>api</c> or <c>console</c>.</summary>
    public required string Source { get; set; }

    /// <summary>SHA-256 over what an approval covers; when it changes, the approvals of the old content are void.</summary>
    public required string ContentHash { get; set; }
}
