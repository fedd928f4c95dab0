namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>One person's approval of one job's exact content.</summary>
internal sealed class JobApproval
{
    public required string JobId { get; init; }

    /// <summary>Name of who approved; one approval per person and content counts.</summary>
    public required string By { get; init; }

    /// <summary>The content it covers; see <see cref="PatchJob.ContentHash"/>.</summary>
    public required string ContentHash { get; init; }

    public required DateTimeOffset At { get; init; }

    public string Comment { get; init; } = "";
}
