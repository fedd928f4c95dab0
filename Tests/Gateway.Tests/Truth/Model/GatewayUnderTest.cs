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
    private readonly HashSet<int> missing = plan.Faults.Any(fault => fault.Kind == FaultKind.TagAdded) ? [.. Enumerable.Range(0, PlantTag.Count).Where(tag => PlantTag.Of(tag).IsAddition)] : [];
    private int tuning;
    private StageInput? input;
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

    /// <summary>Where the record is that a reader finds now: of a process that was killed only what was durable.</summary>
    public string Record => IsAlive ? Directory : Path.Combine(directory, "boot" + (Boot + 1));

    public SubscriptionIntake Intake(int server) => intakes[server];

    /// <summary>A tag's number in the table in force; null when it is not watched.</summary>
    public int? SourceOf(int tag) => input!.Table.Find(PlantTag.NameOf(tag), "server" + (tag / PlantTag.Kinds.Length));

    /// <summary>The plant file by which it watches, or last did: how often it was tuned, and tags that are not in it.</summary>
    public (int Tuning, IReadOnlySet<int> Missing) InForce { get; private set; } = (0, new HashSet<int>());

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
        var plant = PlantTag.Plant(plan, tuning, missing);
        InForce = (tuning, missing.ToHashSet());
        var table = SourceTable.Build(plant, "gw", "plant.yaml");
        var (ids, recovery) = await RecoverAsync(table, options.Journal);
        journal = Open(options.Journal);
        input = new StageInput { News = new RunNews(clocks), Options = options, Plant = plant, Table = table, JournalIds = ids, Recovery = recovery, Boot = "boot" + Boot };
        stage = new ContinuityStage(input, journal, new Unheard(), clocks, NullLogger.Instance);
        pumps = [.. new[] { Broker, Database }.Select(sink => new SinkPump(journal, Directory, sink, clocks, NullLogger.Instance))];
        stage.Follow(pumps);
        intakes = [.. Enumerable.Range(0, PlantTag.Servers).Select(server => new SubscriptionIntake(server, server, stage.Arrivals, () => input.Table, NullLogger.Instance))];
        await SettleAsync();
    }

    /// <summary>What a gateway does before it begins to watch. Here it takes no time.</summary>
    private async Task<(ImmutableArray<int> Ids, JournalRecovery Recovery)> RecoverAsync(SourceTable table, JournalOptions options)
    {
        await using var first = Open(options with { Linger = TimeSpan.Zero });
        var recovery = Recover();
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

    /// <summary>The next process, or a revision, finds a plant file by which some tags are sampled otherwise.</summary>
    public void Retune() => tuning++;

    /// <summary>The plant file loses some tags, or gets them.</summary>
    public void Edit(IEnumerable<int> tags, bool isRemoval)
    {
        if (isRemoval)
            missing.UnionWith(tags);
        else
            missing.ExceptWith(tags);
    }

    /// <summary>Has the plant file as it is now take the place of the one in force, as the gateway does when it notices the change.</summary>
    public async Task ReviseAsync()
    {
        var (before, plant, edited) = (input!, PlantTag.Plant(plan, tuning, missing), (tuning, missing.ToHashSet()));
        var step = SourceRevision.Of(before.Table, plant);
        var since = Moment.Of(clocks.GetUtcNow());
        var ids = await SourceNumbers.AssignAsync(step.Table, journal!, Recover(), since, CancellationToken.None);
        var (next, taken) = (before with { Plant = plant, Table = step.Table, JournalIds = ids }, new TaskCompletionSource());
        await stage!.Arrivals.WriteAsync(new Arrived.Revised(since, next, step, taken));
        await taken.Task;
        (input, InForce) = (next, edited);
    }

    private JournalRecovery Recover()
    {
        using var reader = new JournalReader(Directory);
        return reader.Recover();
    }

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

    private JournalWriter Open(JournalOptions options) => JournalWriter.Open(options, "Truth", "gw", [Broker.Name, Database.Name], clocks, NullLogger.Instance);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
