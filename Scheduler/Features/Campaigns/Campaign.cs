using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Features.Campaigns;

/// <summary>A campaign as stored: one patch for many hosts, its newest plan, and whether it is halted.</summary>
internal sealed class Campaign
{
    public required string Id { get; init; }

    /// <summary>Canonical JSON of what its file says; see <see cref="CampaignDraft.Content"/>.</summary>
    public required string Content { get; set; }

    /// <summary>SHA-256 of it.</summary>
    public required string ContentHash { get; set; }

    public required string RequestedBy { get; set; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Where it came from: <c>file campaigns/x.yaml</c>.</summary>
    public required string Source { get; set; }

    /// <summary>Canonical JSON of the newest plan; null before the first.</summary>
    public string? Plan { get; set; }

    /// <summary>Its hash: approvals of any other are void.</summary>
    public string? PlanHash { get; set; }

    public DateTimeOffset? PlannedAt { get; set; }

    /// <summary>UTC; null while it goes on.</summary>
    public DateTimeOffset? HaltedSince { get; set; }

    public string? HaltReason { get; set; }

    /// <summary>Failures that somebody has looked at and resumed after.</summary>
    public int FailuresAccepted { get; set; }
}

/// <summary>Which job belongs to which campaign and wave.</summary>
internal sealed class CampaignJob
{
    public required string JobId { get; init; }

    public required string CampaignId { get; init; }

    /// <summary>From 0.</summary>
    public int Wave { get; set; }
}

/// <summary>One person's approval of one exact plan.</summary>
internal sealed class CampaignApproval
{
    public required string CampaignId { get; init; }

    /// <summary>The plan that it signs.</summary>
    public required string PlanHash { get; init; }

    public required string By { get; init; }

    public DateTimeOffset At { get; set; }

    public string Comment { get; set; } = "";

    /// <inheritdoc cref="JobApproval.Signature"/>
    public string? Signature { get; set; }
}
