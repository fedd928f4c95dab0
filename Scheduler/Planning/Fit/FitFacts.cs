namespace PatchEdge.Scheduler.Planning.Fit;

/// <summary>What is added to how long a job takes before it is asked whether it fits.</summary>
internal sealed record FitFacts
{
    /// <summary>Nothing is added.</summary>
    public static readonly FitFacts Bare = new();

    /// <summary>The declared duration is the job's own: it speaks of this very patch, so no measurement of others undercuts it.</summary>
    public bool DeclaredByJob { get; init; }

    /// <summary>Added for a reboot that neither measurement nor declaration includes.</summary>
    public TimeSpan Reboot { get; init; }

    /// <summary>Added so that a failure at the last step can still be rolled back in time.</summary>
    public TimeSpan Rollback { get; init; }

    /// <summary>Added for whatever else.</summary>
    public TimeSpan Margin { get; init; }

    /// <summary>Starts are spread over this long from a window's beginning; zero starts all at once.</summary>
    public TimeSpan Jitter { get; init; }
}
