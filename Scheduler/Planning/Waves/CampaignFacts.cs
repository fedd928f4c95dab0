using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Scheduler.Planning.Waves;

/// <summary>One patch for many hosts, in waves, as gates see it. Immutable.</summary>
internal sealed record CampaignFacts
{
    public required string Id { get; init; }

    /// <summary>SHA-256 over what its file says.</summary>
    public required string ContentHash { get; init; }

    /// <summary>How many of its hosts may be under way at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>So many failures that nobody has accepted halt it; at least 1.</summary>
    public required int HaltAfter { get; init; }

    /// <summary>Failures that somebody has looked at and resumed after.</summary>
    public int FailuresAccepted { get; init; }

    /// <summary>Since when it is halted, UTC; null while it goes on.</summary>
    public DateTimeOffset? HaltedSince { get; init; }

    /// <summary>At least one; no job is in two.</summary>
    public required ImmutableArray<WaveFacts> Waves { get; init; }

    /// <summary>The plan that was made last, approved or not; null before the first.</summary>
    public Plan? Plan { get; init; }

    public int Failures => Waves.Sum(wave => wave.Failed);

    /// <summary>Why nothing more of it is released; null while it goes on. It need not be on record yet.</summary>
    public string? Halt => HaltedSince is { } since ? $"halted since {Words.Time(since)}"
        : Failures - FailuresAccepted >= HaltAfter ? $"{Failures - FailuresAccepted} of its runs failed"
        : null;
}

/// <summary>One wave of a campaign, with how far its jobs have come. Immutable.</summary>
internal sealed record WaveFacts
{
    public required string Name { get; init; }

    /// <summary>Percent of its hosts that must succeed before the next wave, 1 to 100.</summary>
    public required int Success { get; init; }

    /// <summary>How long those must have been in use before the next wave.</summary>
    public required TimeSpan Soak { get; init; }

    /// <summary>At least one.</summary>
    public required ImmutableArray<WaveJob> Jobs
    {
        get;
        init
        {
            field = value;
            (Done, Failed, UnderWay) = (value.Count(job => job.State == RunState.Done), value.Count(job => job.Failed), value.Count(job => job.State is { } state && state.Occupies && !job.Failed));
        }
    }

    public int Done { get; private init; }

    public int Failed { get; private init; }

    public int UnderWay { get; private init; }

    /// <summary>How many must succeed.</summary>
    public int Needed => (int)Math.Ceiling(Jobs.Length * Success / 100.0);

    /// <summary>When enough had succeeded, UTC; null while they have not.</summary>
    public DateTimeOffset? ReachedAt => Done < Needed ? null : Needed == 0 ? DateTimeOffset.MinValue
        : Jobs.Where(job => job.State == RunState.Done).Select(job => job.Since).Order().ElementAt(Needed - 1);

    /// <summary>From when on the next wave may begin, UTC; null while too few have succeeded.</summary>
    public DateTimeOffset? OpensNextAt => ReachedAt is { } reached ? reached == DateTimeOffset.MinValue ? reached : reached + Soak : null;

    /// <summary><c>canary 1 of 2 done, 1 failed</c>.</summary>
    public string Words => $"{Name} {Done} of {Jobs.Length} done{(UnderWay > 0 ? $", {UnderWay} under way" : "")}{(Failed > 0 ? $", {Failed} failed" : "")}";
}

/// <param name="Id">The job.</param>
/// <param name="Host">Its host.</param>
/// <param name="State">Its latest attempt's; null when it has none.</param>
/// <param name="Since">Since when, UTC.</param>
internal sealed record WaveJob(string Id, string Host, RunState? State, DateTimeOffset Since)
{
    /// <summary>It came to nothing, or nobody knows to what. One that was withdrawn by a person did not fail.</summary>
    public bool Failed => State is RunState.Aborted or RunState.Quarantined;
}
