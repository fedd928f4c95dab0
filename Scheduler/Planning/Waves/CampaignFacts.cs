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

    public int Failures
    {
        get
        {
            var failures = 0;
            foreach (var wave in Waves)
                failures += wave.Failed;
            return failures;
        }
    }

    /// <summary>Null when it is none of the campaign's.</summary>
    public WaveJob? Find(string job)
    {
        foreach (var wave in Waves)
            if (wave.Find(job) is { } found)
                return found;
        return null;
    }

    /// <summary>The same with some of its jobs further on.</summary>
    public CampaignFacts With(IReadOnlyCollection<WaveJob> moved) => this with { Waves = [.. Waves.Select(wave => wave.With(moved))] };

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
        get => Counted;
        init
        {
            var tally = default(Tally);
            foreach (var job in value)
                tally = tally.With(job, 1);
            (Counted, Tally, places, reached) = (value, tally, null, null);
        }
    }

    public int Done => Tally.Done;

    public int Failed => Tally.Failed;

    public int UnderWay => Tally.UnderWay;

    /// <summary>How many must succeed.</summary>
    public int Needed => (int)Math.Ceiling(Jobs.Length * Success / 100.0);

    /// <summary>When enough had succeeded, UTC; null while they have not.</summary>
    public DateTimeOffset? ReachedAt
    {
        get
        {
            if (Done < Needed)
                return null;
            // Asked for by every run of the waves behind, and the same for all.
            if (reached is not { } known || known.Jobs != Jobs || known.Needed != Needed)
                reached = known = new Reached(Jobs, Needed, Needed == 0 ? DateTimeOffset.MinValue : Jobs.Where(job => job.State == RunState.Done).Select(job => job.Since).Order().ElementAt(Needed - 1));
            return known.At;
        }
    }

    /// <summary>From when on the next wave may begin, UTC; null while too few have succeeded.</summary>
    public DateTimeOffset? OpensNextAt => ReachedAt is { } at ? at == DateTimeOffset.MinValue ? at : at + Soak : null;

    /// <summary><c>canary 1 of 2 done, 1 failed</c>.</summary>
    public string Words
    {
        get
        {
            // Asked for by every run of the campaign.
            if (said is not { } known || known.Name != Name || known.Jobs != Jobs.Length || known.Tally != Tally)
                said = known = new Said(Name, Jobs.Length, Tally, $"{Name} {Done} of {Jobs.Length} done{(UnderWay > 0 ? $", {UnderWay} under way" : "")}{(Failed > 0 ? $", {Failed} failed" : "")}");
            return known.Words;
        }
    }

    private ImmutableArray<WaveJob> Counted { get; init; }

    private Tally Tally { get; init; }

    // Made when first asked for; a copy with other jobs makes its own.
    private Dictionary<string, int> Places => places ??= Counted.Index().ToDictionary(item => item.Item.Id, item => item.Index, StringComparer.Ordinal);

    private Dictionary<string, int>? places;
    private Reached? reached;
    private Said? said;

    /// <summary>Null when it is none of the wave's.</summary>
    public WaveJob? Find(string job) => Places.TryGetValue(job, out var place) ? Counted[place] : null;

    /// <summary>The same with some of its jobs further on; those of other waves are passed over. It counts those alone.</summary>
    public WaveFacts With(IEnumerable<WaveJob> moved)
    {
        var (jobs, tally) = (default(ImmutableArray<WaveJob>.Builder), Tally);
        foreach (var job in moved)
        {
            if (!Places.TryGetValue(job.Id, out var place))
                continue;
            jobs ??= Counted.ToBuilder();
            tally = tally.With(jobs[place], -1).With(job, 1);
            jobs[place] = job;
        }

        return jobs is null ? this : this with { Counted = jobs.MoveToImmutable(), Tally = tally };
    }

    private sealed record Said(string Name, int Jobs, Tally Tally, string Words);

    private sealed record Reached(ImmutableArray<WaveJob> Jobs, int Needed, DateTimeOffset At);
}

/// <summary>How far the jobs of a wave have come.</summary>
internal readonly record struct Tally(int Done, int Failed, int UnderWay)
{
    /// <param name="job">The job.</param>
    /// <param name="count">1 when it comes, -1 when it goes.</param>
    public Tally With(WaveJob job, int count) =>
        job.State == RunState.Done ? this with { Done = Done + count }
        : job.Failed ? this with { Failed = Failed + count }
        : job.State is { } state && state.Occupies ? this with { UnderWay = UnderWay + count }
        : this;
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
