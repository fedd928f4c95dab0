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
/// The gateway's own pipeline behind its connections: intake, stage with fold, journal and a sink, on one thread and on clocks that are moved by
/// hand. Time stands still until everything is at rest, so that a scenario is the same each time and takes no longer than its work.
/// </summary>
internal sealed class GatewayUnderTest(ScenarioPlan plan, string directory, TwoClocks clocks, OneThread thread) : IAsyncDisposable
{
    private PlantModel plant = PlantTag.Plant(plan, 0);
    private int tuning;
    private readonly List<Task> dying = [];
    private readonly HashSet<int> subscribed = [];
    private SubscriptionIntake[] intakes = [];
    private FaultyDisk? disk;
    private JournalWriter? journal;
    private ContinuityStage? stage;
    private SinkPump[] pumps = [];

    public TwoClocks Clocks => clocks;

    public bool IsAlive => stage is not null;

    /// <summary>Starts so far.</summary>
    public int Boot { get; private set; }

    public StubbornSink Broker { get; } = new("mqtt");

    public StubbornSink Database { get; } = new("influxdb");

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
        if (OperatingSystem.IsLinux())
            disk = new FaultyDisk(Directory);
        var options = new GatewayOptions
        {
            Name = "gw",
            Pki = directory,
            Journal = new JournalOptions { Directory = Directory, ReserveBytes = 64 * 1024, FreeBytes = _ => disk?.Free ?? long.MaxValue },
            ReportPace = TimeSpan.FromSeconds(1),
            ReportValidity = TimeSpan.FromSeconds(3),
            HeartbeatPace = TimeSpan.FromSeconds(5),
            AttestationPace = TimeSpan.FromSeconds(10),
            ApplicationUri = "urn:truth",
        };
        var table = SourceTable.Build(plant, "gw", "plant.yaml");
        var (ids, recovery) = await RecoverAsync(table, options.Journal);
        journal = Open(options.Journal);
        stage = new ContinuityStage(
            new StageInput { News = new RunNews(clocks), Options = options, Plant = plant, Table = table, JournalIds = ids, Recovery = recovery, Boot = "boot" + Boot },
            journal, new Unheard(), clocks, NullLogger.Instance);
        pumps = [.. new[] { Broker, Database }.Select(sink => new SinkPump(journal, Directory, sink, clocks, NullLogger.Instance))];
        stage.Follow(pumps);
        intakes = [.. Enumerable.Range(0, PlantTag.Servers).Select(server => new SubscriptionIntake(server, server, stage.Arrivals, () => table, NullLogger.Instance))];
        await SettleAsync();
    }

    /// <summary>What a gateway does before it begins to watch. Here it takes no time.</summary>
    private async Task<(ImmutableArray<int> Ids, JournalRecovery Recovery)> RecoverAsync(SourceTable table, JournalOptions options)
    {
        await using var first = Open(options with { Linger = TimeSpan.Zero });
        using var reader = new JournalReader(Directory);
        var recovery = reader.Recover();
        return (await SourceNumbers.AssignAsync(table, first, recovery, Moment.Of(clocks.GetUtcNow()), CancellationToken.None), recovery);
    }

    /// <summary>Ends the process as a power cut does: what is durable stays, nothing else. What was durable is where the next one finds it.</summary>
    public async Task KillAsync()
    {
        var next = Path.Combine(directory, "boot" + (Boot + 1));
        System.IO.Directory.CreateDirectory(next);
        using (var source = Open(Path.Combine(Directory, "journal.db"), SqliteOpenMode.ReadOnly))
        using (var copy = Open(Path.Combine(next, "journal.db"), SqliteOpenMode.ReadWriteCreate))
            source.BackupDatabase(copy);
        MendDisk();
        await EndAsync();
    }

    /// <summary>The next process finds another plant file.</summary>
    public void Reconfigure() => plant = PlantTag.Plant(plan, ++tuning);

    /// <param name="isFull">It takes no more; else it takes nothing at all.</param>
    /// <param name="refused">Told of each write that it refuses.</param>
    public void BreakDisk(bool isFull, Action refused)
    {
        if (disk is null)
            return;
        disk.Refused = refused;
        if (isFull)
            disk.Capacity -= disk.Free;
        else
            disk.FailWrites = true;
    }

    public void MendDisk()
    {
        if (disk is not null)
            (disk.FailWrites, disk.Capacity, disk.Refused) = (false, long.MaxValue, null);
    }

    /// <summary>Ends it as its operator does.</summary>
    public async Task StopAsync()
    {
        await EndAsync();
        await PassUntilAsync(Task.WhenAll(dying));
    }

    /// <summary>Lets time pass for everything that the gateway waits for.</summary>
    /// <param name="to">Milliseconds since the scenario began.</param>
    public Task AdvanceAsync(long to) => clocks.AdvanceAsync(TimeSpan.FromMilliseconds(to), thread.RestAsync);

    public async ValueTask TellAsync(Func<Moment, Arrived> what)
    {
        await stage!.Arrivals.WriteAsync(what(Moment.Of(clocks.GetUtcNow())));
        await SettleAsync();
    }

    /// <summary>Returns when everything that arrived is taken in, and nothing is left to do until time passes.</summary>
    public Task SettleAsync() => thread.RestAsync();

    public async ValueTask DisposeAsync()
    {
        if (IsAlive)
            await EndAsync();
        await PassUntilAsync(Task.WhenAll(dying));
    }

    /// <summary>Pipeline first, so that it waits for no clock; its journal may have a last attempt to wait for.</summary>
    private async Task EndAsync()
    {
        var (oldPumps, oldStage, oldJournal, oldDisk) = (pumps, stage!, journal!, disk);
        (pumps, stage, journal, disk) = ([], null, null, null);
        foreach (var pump in oldPumps)
            await pump.DisposeAsync();
        await oldStage.DisposeAsync();
        dying.Add(CloseAsync(oldJournal, oldDisk));
    }

    private static async Task CloseAsync(JournalWriter journal, FaultyDisk? disk)
    {
        await journal.DisposeAsync();
        disk?.Dispose();
    }

    /// <summary>Lets as much time pass as something takes.</summary>
    private async Task PassUntilAsync(Task done)
    {
        await SettleAsync();
        while (!done.IsCompleted)
        {
            await AdvanceAsync((long)clocks.Elapsed.TotalMilliseconds + 1);
            await SettleAsync();
        }

        await done;
    }

    private JournalWriter Open(JournalOptions options) => JournalWriter.Open(options, plant.Site, "gw", [Broker.Name, Database.Name], clocks, NullLogger.Instance);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
