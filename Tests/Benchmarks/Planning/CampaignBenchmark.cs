using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Storage;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace PatchEdge.Benchmarks.Planning;

/// <summary><c>campaign</c>: what the scheduler reads, and judges of the plan, after a write to one run of a large campaign.</summary>
internal static class CampaignBenchmark
{
    private const string Id = "fall";
    private static readonly string Digest = new('d', 64);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var hosts = arguments.Number("hosts", 10_000);
        var writes = arguments.Number("writes", 300);
        arguments.End();
        var folder = Directory.CreateTempSubdirectory("patchedge-campaign-");
        try
        {
            var databases = new Databases($"Data Source={Path.Combine(folder.FullName, "scheduler.db")}");
            var model = LargeModel.Build(hosts);
            await FillAsync(databases, model);
            using var book = new RunBook(databases, Options(folder.FullName), model);
            var calendar = LargeCalendar.Of(model, TimeProvider.System.GetUtcNow());
            var evidence = new EvidenceBoard(model, TimeSpan.FromSeconds(2), TimeProvider.System);
            SiteSnapshot Site(RunPage page) => new()
            {
                Now = TimeProvider.System.GetUtcNow(),
                Plant = model,
                Jobs = page.Jobs,
                Runs = page.Runs,
                Holds = [],
                AdvisoryRelease = false,
                Campaigns = page.Campaigns.Facts,
                Durations = page.Durations,
                Evidence = evidence.Snapshot(),
                Calendar = calendar,
                EmergencyStop = page.Stop,
                Health = new HealthFacts(null, null, Digest),
            };

            var start = Stopwatch.GetTimestamp();
            var page = await book.ReadAsync(CancellationToken.None);
            var first = Stopwatch.GetElapsedTime(start);
            await PlanAsync(databases, Site(page), page);
            book.WroteCampaign(Id);
            start = Stopwatch.GetTimestamp();
            page = await book.ReadAsync(CancellationToken.None);
            var (whole, wholeJudged) = (Stopwatch.GetElapsedTime(start), Judge(Site(page)));
            var (read, judged) = (new List<double>(), new List<double>());
            for (var i = 0; i < writes; i++)
            {
                var job = page.Campaigns.Facts[Id].Waves[^1].Jobs[i * 7 % (hosts / 2)].Id;
                await using (var db = databases.CreateDbContext())
                {
                    var run = await db.Runs.FirstAsync(item => item.JobId == job);
                    (run.State, run.Since) = (run.State == RunState.Armed ? RunState.Executing : RunState.Armed, TimeProvider.System.GetUtcNow());
                    await db.SaveChangesAsync();
                }

                book.Wrote(job);
                start = Stopwatch.GetTimestamp();
                page = await book.ReadAsync(CancellationToken.None);
                read.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                judged.Add(Judge(Site(page)));
            }

            Console.WriteLine("hosts | first reading, ms | campaign written: read, judged, ms | a run written: read, ms (median, p95) | its plan judged, ms (median, p95)");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{hosts} | {first.TotalMilliseconds:0} | {whole.TotalMilliseconds:0}, {wholeJudged:0.0} | {Figure(read)} | {Figure(judged)}"));
            return 0;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Every gate of one run: the plan's asks whether any slot of the campaign is void.</summary>
    private static double Judge(SiteSnapshot site)
    {
        var verdicts = new List<Verdict>();
        var run = site.Runs.OnHost(site.Plant.Hosts[^1].Name)[0];
        var start = Stopwatch.GetTimestamp();
        Gate.Evaluate(site.Of(run, static _ => false), verdicts);
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return verdicts.Exists(verdict => verdict.Code.StartsWith("plan-void", StringComparison.Ordinal)) ? throw new InvalidOperationException("The plan is void.") : took;
    }

    private static async Task PlanAsync(Databases databases, SiteSnapshot site, RunPage page)
    {
        var campaign = page.Campaigns.Facts[Id];
        var plan = Planner.Plan(PlanDraft.OfCampaign(campaign, site, site.Now, site.Now.AddDays(365), TimeSpan.FromMinutes(1)), campaign);
        await using var db = databases.CreateDbContext();
        var stored = await db.Campaigns.FirstAsync();
        (stored.Plan, stored.PlanHash, stored.PlannedAt) = (plan.Canonical, plan.Hash, site.Now);
        await db.SaveChangesAsync();
    }

    private static async Task FillAsync(Databases databases, PlantModel model)
    {
        var names = model.Hosts.Select(host => host.Name).ToList();
        var draft = new CampaignDraft
        {
            Id = Id,
            Procedure = LargePlant.Procedure,
            PatchName = "KB1",
            PatchDigest = Digest,
            Waves = [new WaveDraft("canary", [.. names.Take(10)], 90, TimeSpan.FromDays(1)), new WaveDraft("rest", [.. names.Skip(10)], 90, TimeSpan.FromDays(1))],
            Concurrency = 500,
            HaltAfter = 3,
            ExpectedDuration = TimeSpan.FromMinutes(20),
            RequestedBy = "Ann",
        };
        var now = TimeProvider.System.GetUtcNow();
        await using var db = databases.CreateDbContext();
        await db.Database.EnsureCreatedAsync();
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        db.Campaigns.Add(new Campaign { Id = Id, Content = draft.Content(), ContentHash = LedgerBook.Hash(draft.Content()), RequestedBy = "Ann", RequestedAt = now, Source = "benchmark" });
        foreach (var (job, wave) in draft.Jobs())
        {
            db.CampaignJobs.Add(new CampaignJob { JobId = job.Id, CampaignId = Id, Wave = wave });
            db.Jobs.Add(new PatchJob
            {
                Id = job.Id,
                Host = job.Host,
                Procedure = job.Procedure,
                PatchName = job.PatchName,
                PatchDigest = job.PatchDigest,
                ExpectedDuration = job.ExpectedDuration,
                RequestedBy = "Ann",
                RequestedAt = now,
                Source = "benchmark",
                ContentHash = job.ContentHash,
            });
            db.Runs.Add(new Run { Id = job.Id + ".1", JobId = job.Id, Attempt = 1, State = RunState.Armed, Since = now });
        }

        await db.SaveChangesAsync();
    }

    private static SchedulerOptions Options(string folder) => new()
    {
        Data = folder,
        Listen = "",
        Tls = null,
        Plant = "",
        SigningKey = "",
        Jobs = "",
        Calendars = "",
        Mqtt = new MqttOptions(null, null),
        Approvals = 1,
        PermitLifetime = TimeSpan.FromSeconds(30),
        OfferEvery = TimeSpan.FromSeconds(5),
        ClockLimit = TimeSpan.FromSeconds(2),
        VerifyFor = TimeSpan.FromMinutes(1),
        VerifyWithin = TimeSpan.FromMinutes(10),
        AgentSilence = TimeSpan.FromMinutes(1),
        Attempts = 3,
        Rest = TimeSpan.FromMinutes(1),
        WakeEvery = TimeSpan.FromMinutes(1),
        HoldMargin = TimeSpan.FromMinutes(1),
        Procedures = ImmutableDictionary<string, ProcedureFacts>.Empty,
    };

    private static string Figure(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:0.00}, {times[times.Count * 95 / 100]:0.00}");
    }

    private sealed class Databases(string connection) : IDbContextFactory<SchedulerDb>
    {
        private readonly DbContextOptions<SchedulerDb> options = new DbContextOptionsBuilder<SchedulerDb>().UseSqlite(connection).Options;

        public SchedulerDb CreateDbContext() => new(options);
    }
}
