using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Features.Waivers;

public enum WaiverState
{
    /// <summary>It counts now.</summary>
    Counts,

    /// <summary>A second person must sign the same before it counts.</summary>
    WaitsForSecond,

    /// <summary>Its time is over, or somebody ended it.</summary>
    Over,
}

/// <summary>What people signed about one run.</summary>
public sealed record WaiverView
{
    public required string Job { get; init; }

    public required string Run { get; init; }

    public required string Host { get; init; }

    public required WaiverKind Kind { get; init; }

    public required WaiverState State { get; init; }

    /// <summary>The line that somebody stands by; empty for the other kinds.</summary>
    public required string Line { get; init; }

    /// <summary>Who signed, in order.</summary>
    public required ImmutableArray<string> By { get; init; }

    public required string Reason { get; init; }

    /// <summary>For how many minutes it was signed.</summary>
    public required int Minutes { get; init; }

    public required DateTimeOffset SignedAt { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>How long the tags may be without any path; null when no gap is accepted.</summary>
    public int? GapSeconds { get; init; }

    /// <summary>Critical tags that may lose their last path, by line.</summary>
    public ImmutableArray<LostTags> Lost { get; init; } = [];

    /// <summary>SHA-256 of that list.</summary>
    public string? LostDigest { get; init; }

    /// <summary>SHA-256 of what each of the signatures covers.</summary>
    public required string Covers { get; init; }
}

/// <summary>What was signed about a job's latest run, and what may be signed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Run">Its latest run.</param>
/// <param name="Waivers">What was signed about it, the newest first.</param>
/// <param name="Lost">Critical tags that would lose their last path if the host were taken now, by line.</param>
/// <param name="LostDigest">SHA-256 of that list: what the signature of a gap budget names.</param>
/// <param name="LongestSeconds">How long the host may be away; null when that is not known.</param>
public sealed record JobWaiversView(string Job, string Run, ImmutableArray<WaiverView> Waivers, ImmutableArray<LostTags> Lost, string LostDigest, int? LongestSeconds);
