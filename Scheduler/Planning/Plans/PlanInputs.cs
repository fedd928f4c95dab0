using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>Everything a plan is made from. Immutable: the same inputs give the same plan for ever.</summary>
internal sealed record PlanInputs
{
    /// <summary>First instant to plan, UTC: now, or later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>First instant after, UTC.</summary>
    public required DateTimeOffset To { get; init; }

    public required PlantModel Plant { get; init; }

    /// <summary>What is to be placed; no job twice, in any order.</summary>
    public required ImmutableArray<PlannedJob> Jobs { get; init; }

    /// <summary>Campaigns of those jobs.</summary>
    public ImmutableArray<CampaignFacts> Campaigns { get; init; } = [];

    public required CalendarFacts Calendar { get; init; }

    /// <summary>How many hosts of the site may be under way at once.</summary>
    public int Concurrency { get; init; } = int.MaxValue;

    /// <summary>Proof of health that a run needs after its last step; a wave's soak begins behind it.</summary>
    public TimeSpan VerifyFor { get; init; }

    /// <summary>When lines are expected to be idle, UTC, by line; a line that is not named may be so at any time.</summary>
    public ImmutableDictionary<string, DateTimeOffset> Forecasts { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Hosts that are taken already: by runs under way, and by slots of other plans.</summary>
    public ImmutableArray<Reservation> Reserved { get; init; } = [];

    /// <summary>SHA-256 (lower-case hex) over all of it, whatever its order.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"{Plant.Site} {Plant.Hash} {Ticks(From)} {Ticks(To)} {Concurrency} {VerifyFor.Ticks}");
        foreach (var job in Jobs.OrderBy(job => job.Job.Id, StringComparer.Ordinal))
            Add($"job {job.Job.Id} {job.Job.ContentHash} {job.RunId} {job.Priority} {Ticks(job.Due)} {job.Needed?.Total.Ticks} {job.Job.Fit.Jitter.Ticks} {Ticks(job.RestUntil)} {job.Job.Campaign} {job.Job.Wave}");
        foreach (var campaign in Campaigns.OrderBy(campaign => campaign.Id, StringComparer.Ordinal))
            Add($"campaign {campaign.Id} {campaign.ContentHash} {campaign.Halt} {string.Join(',', campaign.Waves.SelectMany(wave => wave.Jobs).Select(job => $"{job.Id} {job.State} {Ticks(job.Since)}"))}");
        foreach (var (line, idle) in Forecasts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Add($"forecast {line} {Ticks(idle)}");
        foreach (var reserved in Reserved.OrderBy(item => item.Host, StringComparer.Ordinal).ThenBy(item => item.Range.Start).ThenBy(item => item.Job, StringComparer.Ordinal))
            Add($"reserved {reserved.Job} {reserved.Host} {Ticks(reserved.Range.Start)} {Ticks(reserved.Range.End)}");
        var horizon = new TimeRange(From, To);
        foreach (var rule in Calendar.Rules
            .Select(rule => $"{rule.Kind} {rule.Scope} {rule.Zone} {rule.Title} {string.Join(',', rule.Occurrences.Where(range => range.Overlaps(horizon)).Select(range => $"{Ticks(range.Start)}-{Ticks(range.End)}"))}")
            .Order(StringComparer.Ordinal))
            Add($"{rule}");
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(FormattableString text)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));
            hash.AppendData("\n"u8);
        }
    }

    private static long? Ticks(DateTimeOffset? instant) => instant?.UtcTicks;
}

/// <summary>One job to place.</summary>
internal sealed record PlannedJob
{
    public required JobFacts Job { get; init; }

    /// <summary>Id of the attempt that would run: it decides the job's turn in a window.</summary>
    public required string RunId { get; init; }

    public int Priority { get; init; }

    /// <summary>UTC; null when nothing presses.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>UTC; null when it need not rest.</summary>
    public DateTimeOffset? RestUntil { get; init; }

    /// <summary>Null when nobody knows how long it takes: then it has no slot.</summary>
    public required NeededTime? Needed { get; init; }
}

/// <param name="Job">Who has it.</param>
/// <param name="Host">The host.</param>
/// <param name="Lines">The lines that it serves.</param>
/// <param name="Group">Its redundancy group; null when none.</param>
/// <param name="Campaign">The job's campaign; null when none.</param>
/// <param name="Range">When.</param>
internal sealed record Reservation(string Job, string Host, ImmutableArray<string> Lines, string? Group, string? Campaign, TimeRange Range);
