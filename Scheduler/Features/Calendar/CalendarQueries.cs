using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Scheduler.Features.Calendar;

/// <summary>What a calendar shows.</summary>
public enum OccasionKind
{
    /// <summary>Patching may happen.</summary>
    Window,

    /// <summary>Patching must not happen.</summary>
    Freeze,

    /// <summary>A line is planned to produce.</summary>
    Batch,

    /// <summary>A job has its slot in an approved or proposed plan, or would run then.</summary>
    Slot,

    /// <summary>A line that settles says when it will be idle.</summary>
    Forecast,

    /// <summary>A run is under way.</summary>
    Run,
}

/// <summary>One thing on one occasion.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Scope">What it applies to, such as <c>line Filling</c>.</param>
/// <param name="Title">Its summary, for people.</param>
/// <param name="Where">File and line, or what it comes from.</param>
/// <param name="Zone">IANA name of the zone it was written in.</param>
/// <param name="Start">UTC, included.</param>
/// <param name="End">UTC, excluded.</param>
/// <param name="Job">The job, for a link; null when it is about none.</param>
public sealed record OccasionView(OccasionKind Kind, string Scope, string Title, string Where, string Zone, DateTimeOffset Start, DateTimeOffset End, string? Job = null);

/// <param name="Kind">What kind.</param>
/// <param name="Text">In words, with what to do.</param>
/// <param name="Start">UTC.</param>
public sealed record FlagView(string Kind, string Text, DateTimeOffset Start);

/// <summary>What the calendar page shows.</summary>
/// <param name="Occasions">By start; at most 400.</param>
/// <param name="Left">How many more there are.</param>
/// <param name="Flags">What a person should look at.</param>
public sealed record CalendarView(ImmutableArray<OccasionView> Occasions, int Left, ImmutableArray<FlagView> Flags);

/// <summary>Windows, freezes, planned batches, slots and forecasts for pages. Thread-safe.</summary>
internal sealed class CalendarQueries(CalendarShelf calendars, SnapshotTaker snapshots, PlantModel plant, Configuration.SchedulerOptions options)
{
    private const int Most = 400;

    /// <param name="from">First instant, UTC.</param>
    /// <param name="to">First instant after, UTC.</param>
    /// <param name="host">Only what applies to this host; null for all.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<CalendarView> ReadAsync(DateTimeOffset from, DateTimeOffset to, string? host, CancellationToken cancellation)
    {
        var named = plant.Hosts.Any(item => item.Name == host) ? host : null;
        var site = await snapshots.TakeAsync(cancellation);
        var preview = CalendarPreview.Of(calendars.Current, plant, from, to, named);
        var all = preview.Occasions
            .Select(occasion => new OccasionView(
                occasion.Rule.Kind switch { CalendarKind.Freeze => OccasionKind.Freeze, CalendarKind.Batch => OccasionKind.Batch, _ => OccasionKind.Window },
                occasion.Rule.Scope.ToString(), occasion.Rule.Title, occasion.Rule.Where, occasion.Rule.Zone, occasion.Range.Start, occasion.Range.End))
            .Concat(Slots(site, from, to))
            .Concat(Runs(site))
            .Concat(Forecasts(site))
            .Where(occasion => occasion.End > from && occasion.Start < to && (named is null || occasion.Kind is OccasionKind.Window or OccasionKind.Freeze or OccasionKind.Batch || occasion.Scope == $"host {named}" || Serves(named, occasion.Scope)))
            .OrderBy(occasion => occasion.Start).ThenBy(occasion => occasion.End).ThenBy(occasion => occasion.Kind).ToList();
        return new CalendarView(
            [.. all.Take(Most)], Math.Max(0, all.Count - Most),
            [.. preview.Flags.Select(flag => new FlagView(flag.Kind.ToString(), flag.Text, flag.Range.Start))]);
    }

    /// <summary>Slots of campaigns' plans; and where a job of its own would go if nothing came between.</summary>
    private IEnumerable<OccasionView> Slots(SiteSnapshot site, DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var (campaign, slot) in site.Campaigns.Values.Where(campaign => campaign.Plan is not null).SelectMany(campaign => campaign.Plan!.Slots.Select(slot => (campaign, slot))))
            yield return new OccasionView(OccasionKind.Slot, $"host {slot.Host}", $"{slot.Job}, wave {slot.Wave}", $"plan {Words.Short(campaign.Plan!.Hash)}", slot.Zone, slot.Start, slot.End, slot.Job);
        var inputs = PlanDraft.OfSite(site, from > site.Now ? from : site.Now, to > site.Now ? to : site.Now.AddMinutes(1), options.VerifyFor);
        var own = inputs with { Jobs = [.. inputs.Jobs.Where(job => job.Job.Campaign is null).Take(Most)] };
        foreach (var slot in Planner.Plan(own).Slots)
            yield return new OccasionView(OccasionKind.Slot, $"host {slot.Host}", slot.Job, slot.Late ? "forecast, after it is due" : "forecast", slot.Zone, slot.Start, slot.End, slot.Job);
    }

    private static IEnumerable<OccasionView> Runs(SiteSnapshot site) => site.Runs.Occupying.Select(run =>
        new OccasionView(OccasionKind.Run, $"host {run.Host}", $"{run.Id} {run.State}", "under way", "UTC", run.ExecutingSince ?? site.Now, site.Now.AddMinutes(1), run.JobId));

    private static IEnumerable<OccasionView> Forecasts(SiteSnapshot site)
    {
        foreach (var line in site.Plant.Lines.Where(line => line.Idle is not null))
            if (LineProof.Judge(line, site.Plant, site.Evidence).Report?.ExpectedIdleAt is { } idle && idle > site.Now)
                yield return new OccasionView(OccasionKind.Forecast, $"line {line.Name}", "expected to be idle", "its gateway", "UTC", idle, idle.AddMinutes(1));
    }

    private bool Serves(string host, string scope) => plant.Hosts.First(item => item.Name == host).Lines.Any(line => scope == $"line {line}");
}
