using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>
/// The gateway's own pipeline behind its connections: intake, stage with fold, journal and a sink, on clocks that are moved by hand. Time stands
/// still until what has arrived is taken in and what is due is done, so that a scenario is the same each time and takes no longer than its work.
/// </summary>
internal sealed class GatewayUnderTest(ScenarioPlan plan, string directory, TwoClocks clocks) : IAsyncDisposable
{
    private static readonly TimeSpan TickPace = TimeSpan.FromMilliseconds(200);

    /// <summary>Evidence is put down each second, at a tick, and goes with the next batch.</summary>
    private static readonly TimeSpan EvidencePace = TimeSpan.FromMilliseconds(1_400);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly PlantModel plant = PlantTag.Plant(plan);
    private readonly List<Task> dying = [];
    private readonly HashSet<int> subscribed = [];
    private SubscriptionIntake[] intakes = [];
    private FaultyDisk? disk;
    private JournalWriter? journal;
    private ContinuityStage? stage;
    private SinkPump? pump;
    private Listener live = new();
    private static readonly TimeSpan TickPatience = TimeSpan.FromSeconds(5);

    private long elapsed;
    private long nextTick;
    private long handed;
    private Moment latest;
    private Moment shownAgainUntil;
    private TaskCompletionSource committed = new();

    public TwoClocks Clocks => clocks;

    public bool IsAlive => stage is not null;

    /// <summary>Starts so far.</summary>
    public int Boot { get; private set; }

    public StubbornSink Sink { get; } = new();

    /// <summary>Of the journal of the present process, or of the last.</summary>
    public string Directory => Path.Combine(directory, "boot" + Boot);

    public SubscriptionIntake Intake(int server) => intakes[server];

    public bool HasSubscribed(int server) => subscribed.Contains(server);

    public void NoteSubscribed(int server) => subscribed.Add(server);

    public async Task StartAsync()
    {
        if (Boot == 0)
            System.IO.Directory.CreateDirectory(Path.Combine(directory, "boot1"));
        Boot++;
        subscribed.Clear();
        handed = 0;
        if (OperatingSystem.IsLinux())
            disk = new FaultyDisk(Directory);
        var options = new GatewayOptions
        {
            Name = "gw",
            Pki = directory,
            Journal = new JournalOptions { Directory = Directory, Linger = TimeSpan.Zero, ReserveBytes = 64 * 1024 },
            ReportPace = TimeSpan.FromSeconds(1),
            ReportValidity = TimeSpan.FromSeconds(3),
            HeartbeatPace = TimeSpan.FromMilliseconds(1),
            AttestationPace = TimeSpan.FromSeconds(10),
            ApplicationUri = "urn:truth",
        };
        var table = SourceTable.Build(plant, "gw", "plant.yaml");
        journal = JournalWriter.Open(options.Journal, plant.Site, "gw", [Sink.Name], clocks, NullLogger.Instance);
        journal.Committed += () => Volatile.Read(ref committed).TrySetResult();
        JournalRecovery recovery;
        using (var reader = new JournalReader(Directory))
            recovery = reader.Recover();
        var ids = await SourceNumbers.AssignAsync(table, journal, recovery, Moment.Of(clocks.GetUtcNow()), CancellationToken.None);
        live = new Listener();
        stage = new ContinuityStage(
            new StageInput { News = new RunNews(clocks), Options = options, Plant = plant, Table = table, JournalIds = ids, Recovery = recovery, Boot = "boot" + Boot },
            journal, live, clocks, NullLogger.Instance);
        pump = new SinkPump(journal, Directory, Sink, clocks, NullLogger.Instance);
        stage.Follow([pump]);
        intakes = [.. Enumerable.Range(0, PlantTag.Servers).Select(server => new SubscriptionIntake(server, server, stage.Arrivals, () => table, NullLogger.Instance))];
        nextTick = elapsed + (long)TickPace.TotalMilliseconds;
        await SettleAsync();
    }

    /// <summary>Ends the process as a power cut does: what is durable stays, nothing else. What was durable is where the next one finds it.</summary>
    public void Kill()
    {
        var next = Path.Combine(directory, "boot" + (Boot + 1));
        System.IO.Directory.CreateDirectory(next);
        using (var source = Open(Path.Combine(Directory, "journal.db"), SqliteOpenMode.ReadOnly))
        using (var copy = Open(Path.Combine(next, "journal.db"), SqliteOpenMode.ReadWriteCreate))
            source.BackupDatabase(copy);
        FailWrites(false);
        dying.Add(EndAsync());
    }

    public void FailWrites(bool fail)
    {
        if (disk is not null)
            disk.FailWrites = fail;
    }

    /// <summary>Ends it as its operator does.</summary>
    public Task StopAsync() => EndAsync();

    /// <summary>Lets time pass, no tick of the pipeline left out and none overtaken.</summary>
    /// <param name="to">Milliseconds since the scenario began.</param>
    public async Task AdvanceAsync(long to)
    {
        while (IsAlive && nextTick <= to)
        {
            clocks.Advance(TimeSpan.FromMilliseconds(nextTick - elapsed));
            elapsed = nextTick;
            nextTick += (long)TickPace.TotalMilliseconds;
            if (Moment.Of(clocks.GetUtcNow()).UnixMilliseconds is var now && now > live.Last)
                await HeartbeatAsync(now);
            else
                await SettleAsync();
            await SettleAsync();
            await JournalAsync();
        }

        clocks.Advance(TimeSpan.FromMilliseconds(to - elapsed));
        elapsed = to;
    }

    /// <summary>Waits for the tick's heartbeat. A pipeline that looked at the clocks while they were being moved has its ticks beside ours from then on.</summary>
    private async Task HeartbeatAsync(long now)
    {
        try
        {
            await live.UntilAsync(now).WaitAsync(TickPatience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new StalledException($"{plan}: at {elapsed} ms no tick came");
        }
    }

    /// <summary>Readings are about to be handed over.</summary>
    public void NoteReadings(int count) => handed += count;

    public async ValueTask TellAsync(Func<Moment, Arrived> what)
    {
        await stage!.Arrivals.WriteAsync(what(Moment.Of(clocks.GetUtcNow())));
        await SettleAsync();
    }

    /// <summary>Returns when everything that arrived is taken in.</summary>
    public async Task SettleAsync()
    {
        var taken = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        await stage!.Arrivals.WriteAsync(new Arrived.LookedUp(Moment.Of(clocks.GetUtcNow()), [], taken));
        await taken.Task.WaitAsync(Patience, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (IsAlive)
            dying.Add(EndAsync());
        // What was killed while its disk failed waits for its next attempt, which is a matter of its clock.
        for (var rest = Task.WhenAll(dying); !rest.IsCompleted;)
        {
            clocks.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(rest, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        await Task.WhenAll(dying);
    }

    /// <summary>Returns when the journal has kept up, as it does on a machine whose time is not simulated, or waits for its next attempt.</summary>
    private async Task JournalAsync()
    {
        // While the clock shows moments again, evidence waits for new ones, and has its pace to come.
        var now = Moment.Of(clocks.GetUtcNow());
        if (now < latest)
            shownAgainUntil = latest;
        latest = Moment.Later(latest, now);
        var least = now < shownAgainUntil + EvidencePace ? default : now - EvidencePace;
        var began = TimeProvider.System.GetTimestamp();
        while (IsBehind(least))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new StalledException($"{plan}: at {elapsed} ms the journal waits for nothing; its trouble is: {journal!.Trouble ?? "none"}");
            var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref committed, next);
            if (!IsBehind(least))
                continue;
            await Task.WhenAny(next.Task, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System));
            // What waits for the commit before it goes with the stage's next look, which on a simulated clock does not come by itself.
            await SettleAsync();
        }
    }

    private bool IsBehind(Moment least) =>
        journal!.Writable ? journal.Readings < handed || journal.DurableUntil is not { } durable || durable < least : !clocks.IsRetryAwaited;

    private async Task EndAsync()
    {
        var (oldPump, oldStage, oldJournal, oldDisk) = (pump!, stage!, journal!, disk);
        (pump, stage, journal, disk) = (null, null, null, null);
        await oldPump.DisposeAsync();
        await oldStage.DisposeAsync();
        await oldJournal.DisposeAsync();
        oldDisk?.Dispose();
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
