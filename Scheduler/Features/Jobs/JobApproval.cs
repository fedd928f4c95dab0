namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>One person's approval of one job's exact content.</summary>
internal sealed class JobApproval
{
    public required string JobId { get; init; }

    /// <summary>Name of who approved; one approval per person and content counts.</summary>
    public required string By { get; init; }

    /// <summary>The content it covers; see <see cref="PatchJob.ContentHash"/>.</summary>
    public required string ContentHash { get; init; }

    public DateTimeOffset At { get; set; }

    public string Comment { get; set; } = "";

    /// <summary>The signature as JSON, as its ledger entry holds it; null for one from before every approval was signed, which counts no more.</summary>
    public string? Signature { get; set; }
}
