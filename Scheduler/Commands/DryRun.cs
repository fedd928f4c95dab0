using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Commands;

/// <summary>Plans from files and a database that it only reads: jobs on record, and those whose files no scheduler has taken yet.</summary>
internal static class DryRun
{
    /// <exception cref="ConfigurationException">A file cannot be used.</exception>
    /// <exception cref="CommandException">The database is of another version.</exception>
    public static async Task<Plan> PlanAsync(SchedulerOptions options, DateTimeOffset from, DateTimeOffset to, TimeProvider time, CancellationToken cancellation)
    {
        var plant = PlantFile.Read(options.Plant);
        var calendars = new CalendarShelf(options.Calendars, plant, time, options.Batches);
        calendars.Refresh();
        if (calendars.Current.Errors is { Length: > 0 } errors)
            throw new ConfigurationException(errors);
        var (page, known) = await PageAsync(options, plant, cancellation);
        var site = new SiteSnapshot
        {
            Now = time.GetUtcNow(),
            Plant = plant,
            Jobs = page.Jobs,
            Runs = page.Runs,
            Holds = [],
            AdvisoryRelease = options.AdvisoryRelease,
            Durations = page.Durations,
            Campaigns = page.Campaigns.Facts,
            Concurrency = options.Concurrency,
            Evidence = new EvidenceBoard(plant, options.ClockLimit, time).Snapshot(),
            Calendar = calendars.Current,
            EmergencyStop = page.Stop,
            Health = new HealthFacts(null, null, ""),
        };
        var inputs = PlanDraft.OfSite(site, from, to, options.VerifyFor);
        List<CampaignDraft> drafts = [.. Files(options.Campaigns).Select(file => CampaignFile.Read(file, plant)).Where(draft => !page.Campaigns.Facts.ContainsKey(draft.Id))];
        var jobs = Files(options.Jobs).Select(file => (Draft: JobFile.Read(file, plant), Campaign: (string?)null, Wave: 0))
            .Concat(drafts.SelectMany(draft => draft.Jobs().Select(item => (Draft: item.Job, Campaign: (string?)draft.Id, item.Wave))))
            .Where(item => !known.Contains(item.Draft.Id));
        return Planner.Plan(inputs with
        {
            Jobs = [.. inputs.Jobs, .. jobs.Select(item => Planned(item.Draft, item.Campaign, item.Wave, options, plant, page.Durations))],
            Campaigns = [.. inputs.Campaigns, .. drafts.Select(draft => CampaignShelf.ToFacts(draft))],
        });
    }

    /// <summary>What is on record, and the ids of all jobs that ever were.</summary>
    private static async Task<(RunPage Page, HashSet<string> Known)> PageAsync(SchedulerOptions options, PlantModel plant, CancellationToken cancellation)
    {
        if (options.Database is null && !File.Exists(Path.Combine(options.Data, DataDirectory.DatabaseName)))
            return (RunPage.Empty, []);
        await using var place = StoragePlace.Of(options);
        try
        {
            var databases = new ReadOnlyDatabases(place);
            using var book = new RunBook(databases, options, plant);
            await using var db = databases.CreateDbContext();
            return (await book.ReadAsync(cancellation), await db.Jobs.Select(job => job.Id).ToHashSetAsync(cancellation));
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            throw new CommandException($"the database cannot be read ({DatabaseFault.Reason(exception)}): if it is of an earlier version, start the scheduler once");
        }
    }

    private static IEnumerable<string> Files(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.yaml").Order(StringComparer.Ordinal) : [];

    /// <summary>A job that no scheduler has taken in yet.</summary>
    private static PlannedJob Planned(JobDraft draft, string? campaign, int wave, SchedulerOptions options, PlantModel plant, PastDurations past)
    {
        var job = RunBook.Facts(draft, options) with { Campaign = campaign, Wave = wave };
        return new PlannedJob
        {
            Job = job,
            RunId = Attempts.RunId(draft.Id, 1),
            Priority = draft.Priority,
            Due = draft.Due,
            Needed = NeededTime.Of(job, plant.HostNamed(draft.Host), past, null),
        };
    }

    private sealed class ReadOnlyDatabases(StoragePlace place) : IDbContextFactory<SchedulerDb>
    {
        public SchedulerDb CreateDbContext() => new(place.ReadOnlyOptions());
    }
}
