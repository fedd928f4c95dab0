using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Hosting;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>The whole scheduler in this process: real SQLite, real broker, real HTTP on free ports, under a clock that the test moves.</summary>
internal sealed class RunningScheduler : IAsyncDisposable
{
    /// <summary>Long enough for a busy machine; nothing waits that long when all is well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string Configuration = """
        listen: http://127.0.0.1:0
        mqtt: { embedded: { listen: 127.0.0.1:0, operators: [eve] } }
        permit-lifetime: 30s
        offer-every: 5s
        verify-for: 20s
        verify-within: 5m
        agent-silence: 2m
        rest: 10s
        attempts: 3
        procedures:
          install-update: { expected-duration: 10m }
        """;

    private const string Window = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:1@test\r\nDTSTAMP:20260101T000000Z\r\n"
        + "DTSTART:20260101T000000Z\r\nDURATION:P1D\r\nRRULE:FREQ=DAILY\r\nCATEGORIES:WINDOW\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private readonly TestFolder folder;
    private WebApplication? app;
    private DataDirectory? data;
    private bool isFollower;

    private PlantModel plant;

    private RunningScheduler(TestFolder folder, PlantModel plant) => (this.folder, this.plant) = (folder, plant);

    public FakeTimeProvider Time { get; } = new(Facts.Now);

    public TestFolder Folder => folder;

    public SchedulerOptions Options => SchedulerFile.Read(folder.Root);

    public IServiceProvider Services => app!.Services;

    public EmbeddedBroker Broker => Services.GetRequiredService<EmbeddedBrokerHost>().Broker!;

    public PermitSigner Signer => Services.GetRequiredService<PermitSigner>();

    public Uri Address => new(app!.Urls.First());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="plant">Null takes the usual one.</param>
    /// <param name="more">Further lines of scheduler.yaml.</param>
    /// <param name="follows">Who leads on the same database; its key is this one's too. Null: it leads itself.</param>
    public static async Task<RunningScheduler> StartAsync(PlantModel? plant = null, string more = "", RunningScheduler? follows = null)
    {
        var folder = new TestFolder();
        folder.Write(SchedulerFile.Name, Configuration + "\n" + (more.Contains("database:", StringComparison.Ordinal) ? "" : await OnPostgres.ConfigurationAsync()) + more);
        folder.Write("calendars/site.ics", Window);
        if (follows is not null)
            OwnerOnlyFile.Create(folder["secrets/scheduler.key.pem"], File.ReadAllText(follows.folder["secrets/scheduler.key.pem"]));
        var scheduler = new RunningScheduler(folder, plant ?? TestPlant.Model) { isFollower = follows is not null };
        try
        {
            await scheduler.StartAgainAsync();
            return scheduler;
        }
        catch
        {
            await scheduler.DisposeAsync();
            throw;
        }
    }

    /// <summary>Over the same files, as after a restart or a crash.</summary>
    public async Task StartAgainAsync()
    {
        var options = SchedulerFile.Read(folder.Root);
        data = DataDirectory.Take(options.Data);
        app = await SchedulerHost.BuildAsync(options, plant, data, Time, Cancellation);
        await app.StartAsync(Cancellation);
        await UntilAsync("the broker is connected", () => Services.GetRequiredService<AgentLink>().IsConnected);
        await UntilAsync("it leads or follows", () => Services.GetRequiredService<Leadership>() is var now && (isFollower ? now.Look().Name.Length > 0 : now.Acts));
    }

    /// <summary>Over the same files, with another plant file.</summary>
    public async Task RestartAsync(PlantModel changed)
    {
        await StopAsync();
        plant = changed;
        await StartAgainAsync();
    }

    public async Task StopAsync()
    {
        if (app is not null)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }

        data?.Dispose();
        SqliteConnection.ClearAllPools();
        Npgsql.NpgsqlConnection.ClearAllPools();
        (app, data) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    public HttpClient Http(bool signedIn = true)
    {
        var http = new HttpClient { BaseAddress = Address };
        if (signedIn)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(data!.LocalToken));
        return http;
    }

    public Task<OrderResult> AskAsync(Order order) => Services.GetRequiredService<RunnerInbox>().AskAsync(order, Cancellation);

    /// <summary>Adds a job that is approved.</summary>
    public async Task AddAsync(string id, string host = TestPlant.Hmi, int priority = 0)
    {
        var draft = new JobDraft
        {
            Id = id,
            Host = host,
            Procedure = Facts.Procedure,
            PatchName = "Update",
            PatchDigest = Facts.Digest,
            Priority = priority,
            RequestedBy = "Ann",
        };
        Assert.Equal(OrderOutcome.Done, (await AskAsync(new Order.Add(draft, "test", "Ann"))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await AskAsync(Signed.Approve(draft, "Bob"))).Outcome);
    }

    public async Task<Run> RunAsync(string id)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync(Cancellation);
        return await db.Runs.AsNoTracking().FirstAsync(run => run.Id == id, Cancellation);
    }

    public async Task<List<LedgerEntry>> LedgerAsync()
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync(Cancellation);
        return await db.Ledger.AsNoTracking().OrderBy(entry => entry.Index).ToListAsync(Cancellation);
    }

    /// <summary>What the ledger says was done, in order.</summary>
    public async Task<List<string?>> ActionsAsync() => [.. (await LedgerAsync()).Select(entry => (string?)JsonNode.Parse(entry.Json)!["action"])];

    /// <summary>Waits until no line is held for this run and it has come to rest.</summary>
    public Task FreedAsync(string run) => Eventually.TrueAsync($"no line is held for {run}", async () =>
    {
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        return await RunAsync(run) is { State: not RunState.Held, Holds: null, Reason.Length: > 0 } stored && stored.State != RunState.Armed | stored.RestUntil is not null;
    }, Patience);

    public async Task<WhyView> WhyAsync(string job) => (await Services.GetRequiredService<JobQueries>().WhyAsync(job, Cancellation))!;

    /// <summary>Everything that was posted to the runner so far has been handled: an order that changes nothing went through behind it.</summary>
    public async Task SettledAsync()
    {
        for (var i = 0; i < 2; i++)
            await AskAsync(new Order.Approve("no-such-job", "", "nobody", Signed.Approval("nobody", "")));
    }

    public async Task StateAsync(string run, RunState state)
    {
        var last = "";
        try
        {
            await Eventually.TrueAsync($"{run} is {state}", async () =>
            {
                var stored = await RunAsync(run);
                last = $"It is {stored.State}: {stored.Reason}.";
                return stored.State == state;
            }, Patience, () => last);
        }
        catch (InvalidOperationException)
        {
            Assert.Fail($"There is no run {run}.");
        }
    }

    public static Task UntilAsync(string what, Func<bool> holds) => Eventually.TrueAsync(what, () => Task.FromResult(holds()), Patience);

    /// <summary>Moves the clock in steps small enough for every timer to ring, each seen through to its end.</summary>
    public async Task AdvanceAsync(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            Services.GetRequiredService<RunnerInbox>().TryPost(RunnerInput.Tick.Now);
            await SettledAsync();
        }
    }
}
