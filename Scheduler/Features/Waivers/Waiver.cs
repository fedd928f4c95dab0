using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary>What people signed about one run, as stored. It ends by itself, and it never makes a line idle.</summary>
internal sealed class Waiver
{
    public long Id { get; init; }

    /// <summary>The one attempt that it covers: a later attempt needs another.</summary>
    public required string RunId { get; init; }

    public required WaiverKind Kind { get; init; }

    /// <summary>The line that somebody stands by; empty for a break-glass.</summary>
    public string Subject { get; init; } = "";

    public required string SignedBy { get; init; }

    public required DateTimeOffset SignedAt { get; init; }

    /// <summary>The second person; null until there is one, and for what needs one signature.</summary>
    public string? CosignedBy { get; set; }

    public DateTimeOffset? CosignedAt { get; set; }

    /// <summary>Why, in the words of who signed first.</summary>
    public required string Reason { get; init; }

    /// <summary>What may be lost of the record, as JSON; null when nothing. See <see cref="Planning.Coverage.GapBudget"/>.</summary>
    public string? GapBudget { get; init; }

    /// <summary>For how many minutes it was signed, whatever ended it.</summary>
    public required int Minutes { get; init; }

    /// <summary>Ends then, UTC; what ends it sooner moves it.</summary>
    public DateTimeOffset Until { get; set; }
}
