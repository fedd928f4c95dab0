using System.Collections.Immutable;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>Gathers what a plan is made from out of a snapshot of the site. Pure.</summary>
internal static class PlanDraft
{
    /// <summary>A run whose end is not foreseeable is expected to go on at least so long.</summary>
    private static readonly TimeSpan AtLeast = TimeSpan.FromMinutes(1);

    /// <summary>Everything that waits, for a look ahead at the whole site.</summary>
    /// <param name="site">What is known.</param>
    /// <param name="from">First instant to plan, UTC.</param>
    /// <param name="to">First instant after, UTC.</param>
    /// <param name="verifyFor">Proof of health that a run needs after its last step.</param>
    public static PlanInputs OfSite(SiteSnapshot site, DateTimeOffset from, DateTimeOffset to, TimeSpan verifyFor) =>
        Of(site, from, to, verifyFor, Waiting(site), [.. site.Campaigns.Values], []);

    /// <summary>What waits of one campaign, around what other campaigns have planned already.</summary>
    /// <inheritdoc cref="OfSite"/>
    public static PlanInputs OfCampaign(CampaignFacts campaign, SiteSnapshot site, DateTimeOffset from, DateTimeOffset to, TimeSpan verifyFor)
    {
        var waiting = Waiting(site).Select(run => run.JobId).ToHashSet(StringComparer.Ordinal);
        var others = site.Campaigns.Values.Where(other => other.Id != campaign.Id && other.Plan is not null).SelectMany(other => other.Plan!.Slots)
            .Where(slot => slot.End > from && waiting.Contains(slot.Job))
            .Select(slot => new Reservation(slot.Job, slot.Host, slot.Lines, site.Plant.HostNamed(slot.Host)?.Group, slot.Campaign, new TimeRange(slot.Start, slot.End)));
        return Of(site, from, to, verifyFor, Waiting(site).Where(run => run.Campaign == campaign.Id), [campaign], others);
    }

    private static IEnumerable<RunFacts> Waiting(SiteSnapshot site) =>
        site.Runs.Ordered.Where(run => run.State is RunState.Requested or RunState.Approved or RunState.Armed).DistinctBy(run => run.JobId, StringComparer.Ordinal);

    private static PlanInputs Of(
        SiteSnapshot site, DateTimeOffset from, DateTimeOffset to, TimeSpan verifyFor, IEnumerable<RunFacts> runs, ImmutableArray<CampaignFacts> campaigns, IEnumerable<Reservation> others) => new()
    {
        From = from,
        To = to,
        Plant = site.Plant,
        Jobs = [.. runs.Select(run => site.Jobs[run.JobId] is var job ? new PlannedJob
        {
            Job = job,
            RunId = run.Id,
            Priority = run.Priority,
            Due = run.Due,
            RestUntil = run.RestUntil,
            Needed = NeededTime.Of(job, site.Plant.HostNamed(job.Host), site.Durations, site.Evidence.Agent(job.Host).Message),
        } : null!)],
        Campaigns = campaigns,
        Calendar = site.Calendar,
        Concurrency = site.Concurrency,
        VerifyFor = verifyFor,
        Forecasts = Forecasts(site),
        Reserved = [.. site.Runs.Occupying.Select(run => Taken(run, site, from, to)).Concat(others)],
    };

    /// <summary>A run under way keeps its host for what it still needs; one whose outcome is unknown keeps it until people settle it.</summary>
    private static Reservation Taken(RunFacts run, SiteSnapshot site, DateTimeOffset from, DateTimeOffset to)
    {
        var host = site.Plant.HostNamed(run.Host);
        var needed = site.Jobs.TryGetValue(run.JobId, out var job) ? NeededTime.Of(job, host, site.Durations, site.Evidence.Agent(run.Host).Message)?.Total : null;
        var end = run.State == RunState.Quarantined || needed is null ? to : (run.ExecutingSince ?? from) + needed.Value;
        return new Reservation(run.JobId, run.Host, run.Lines, host?.Group, run.Campaign, new TimeRange(from, end > from + AtLeast ? end : from + AtLeast));
    }

    /// <summary>A line that settles says when it will be idle.</summary>
    private static ImmutableDictionary<string, DateTimeOffset> Forecasts(SiteSnapshot site) => site.Plant.Lines
        .Where(line => line.Idle is not null)
        .Select(line => (line.Name, LineProof.Judge(line, site.Plant, site.Evidence).Report?.ExpectedIdleAt))
        .Where(item => item.ExpectedIdleAt > site.Now)
        .ToImmutableDictionary(item => item.Name, item => item.ExpectedIdleAt!.Value);
}
