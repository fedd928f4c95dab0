using System.Data.Common;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Hosting;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Simulation.Machine;
using Quartz;

namespace PatchEdge.Simulation.Plant;

/// <summary>The product's scheduler over its own database; without Quartz, HTTP and a broker of its own.</summary>
internal sealed class SimulatedScheduler(World world, Wire wire, string folder, Mutant mutant)
{
    private const string Configuration = """
        listen: http://127.0.0.1:0
        mqtt: { broker: "mqtt://127.0.0.1" }
        permit-lifetime: 30s
        offer-every: 5s
        verify-for: 10s
        verify-within: 3m
        agent-silence: 90s
        rest: 10s
        attempts: 3
        hold-margin: 2m
        """;

    private Life life = new(world, "scheduler");
    private ServiceProvider? services;
    private DataDirectory? data;
    private WireClient? client;
    private LifeConnections connections = new();

    public Life Life => life;

    /// <summary>Whether it is to die at this point, as chance or a sweep has it.</summary>
    public Func<string, bool> Dies { get; set; } = _ => false;

    /// <summary>Whether the disk refuses a commit.</summary>
    public Func<bool> DiskFails { get; set; } = () => false;

    /// <summary>Its process ended.</summary>
    public event Action? Ended;

    /// <summary>Nothing of it is on record yet.</summary>
    public bool IsStarting { get; private set; }

    /// <summary>Its start could not be put on record, so it ends.</summary>
    public event Action? FailedToStart;

    public string PublicKey => File.ReadAllText(Path.Combine(folder, "secrets", "scheduler.key.pub.pem"));

    private string Database => Path.Combine(folder, "data", DataDirectory.DatabaseName);

    public void Start()
    {
        life = new Life(world, "scheduler");
        connections = new LifeConnections();
        IsStarting = true;
        var time = new LifeClock(world, life);
        var options = Options();
        data = DataDirectory.Take(options.Data);
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.AddScheduler(options, PlantAsSaid(), data, time);
        collection.ConfigureDbContext<SchedulerDb>(db => db.AddInterceptors(connections, new Disk(this, mutant)));
        collection.AddSingleton(DispatchProxy.Create<ISchedulerFactory, NoAlarms>());
        services = collection.BuildServiceProvider();
        services.GetRequiredService<CalendarShelf>().Refresh();
        services.GetRequiredService<PermitSigner>();
        client = new WireClient(world, wire, life, time, where => Dies(where) && Die());
        life.Begin(() => RunAsync(client, time));
    }

    public void Crash(TimeSpan away)
    {
        if (life.IsOver)
            return;
        Ended?.Invoke();
        life.End();
        client?.Drop();
        connections.CloseAll();
        data?.Dispose();
        if (mutant == Mutant.NoLedger && File.Exists(Database + ".old"))
            Forget();
        world.After(away, Start);
    }

    /// <summary>Keeps a copy that a disk which forgets falls back to.</summary>
    public void KeepCopy()
    {
        if (life.IsOver || !File.Exists(Database))
            return;
        using var from = new SqliteConnection($"Data Source={Database}");
        using var to = new SqliteConnection($"Data Source={Database}.old;Pooling=False");
        from.Open();
        to.Open();
        from.BackupDatabase(to);
        File.Copy(data!.Anchors, data.Anchors + ".old", overwrite: true);
    }

    private void Forget()
    {
        SqliteConnection.ClearAllPools();
        File.Delete(Database + "-wal");
        File.Delete(Database + "-shm");
        File.Copy(Database + ".old", Database, overwrite: true);
        File.Copy(data!.Anchors + ".old", data.Anchors, overwrite: true);
    }

    /// <summary>Someone asks for something; what the answer is the record tells.</summary>
    public void Ask(Order order) => life.Do(() => _ = services!.GetRequiredService<RunnerInbox>().AskAsync(order, CancellationToken.None));

    /// <summary>Runs that are not over, or still have a line.</summary>
    public List<StoredRun> Runs() => Runs("State NOT IN ('Done', 'Aborted', 'Expired', 'Revoked') OR Holds IS NOT NULL");

    public List<StoredRun> AllRuns() => Runs("1");

    /// <summary>Whether an entry with this action says this of the ledger's own content.</summary>
    public bool Records(string action, string content) =>
        Query($"SELECT 1 FROM ledger WHERE Json LIKE '%\"action\":\"{action}\"%' AND Json LIKE '%{content}%' LIMIT 1", reader => 1).Count > 0;

    public HashSet<long> Intents() => [.. Query("SELECT \"Index\" FROM ledger WHERE Json LIKE '%release-intended%'", reader => reader.GetInt64(0))];

    public bool HasIntent(long token) =>
        Query($"SELECT Json FROM ledger WHERE \"Index\" = {token}", reader => reader.GetString(0)).Exists(json => json.Contains("\"release-intended\"", StringComparison.Ordinal));

    /// <summary>The newest entries, oldest first, in few words.</summary>
    public string Newest(int entries) => string.Join('\n', Query($"SELECT Json FROM ledger ORDER BY \"Index\" DESC LIMIT {entries}", reader => JsonNode.Parse(reader.GetString(0))!)
        .Reverse<JsonNode>().Select(entry => $"{entry["index"]} {entry["at"]} {entry["action"]} {entry["subject"]}: {entry["reason"]} {entry["after"]?["state"]}"));

    private List<StoredRun> Runs(string which) => Query($"SELECT Id, JobId, State, Token, Holds, Reason FROM run WHERE {which}", reader => new StoredRun(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetString(5)));

    /// <summary>The plant file, of which a mutant may leave out what is true.</summary>
    private PlantModel PlantAsSaid() => mutant switch
    {
        Mutant.PathsUnsaid => Layout.Model with
        {
            Servers = [.. Layout.Model.Servers.Select(server => server with { Host = null })],
            Gateways = [.. Layout.Model.Gateways.Select(gateway => gateway with { Host = null })],
        },
        Mutant.SharedUnsaid => Layout.Model with
        {
            Hosts = [.. Layout.Model.Hosts.Select(host => host.Lines.Length < 2 ? host : host with { Lines = host.Lines.Remove(Layout.First) })],
        },
        _ => Layout.Model,
    };

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        var rows = new List<T>();
        if (!File.Exists(Database))
            return rows;
        using var connection = new SqliteConnection($"Data Source={Database};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        // A first start that came to nothing leaves a file without tables.
        if (command.ExecuteScalar() is 0L)
            return rows;
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private async Task RunAsync(WireClient link, TimeProvider time)
    {
        var runner = ActivatorUtilities.CreateInstance<Runner>(services!);
        try
        {
            await using (var db = await services!.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync())
                await Schema.PrepareAsync(db, data!.Database, default);
            await runner.PrepareAsync(default);
        }
        catch (Exception exception) when (exception is RecordException || DatabaseFault.Is(exception))
        {
            await EndAsync();
        }

        IsStarting = false;
        _ = KeepConnectedAsync(link, time);
        await runner.RunAsync(CancellationToken.None);
    }

    /// <summary>A start that cannot be put on record ends the process, and it is started again. It must have let go of everything by itself.</summary>
    private async Task EndAsync()
    {
        await services!.DisposeAsync();
        if (connections.Count > 0)
            throw new InvalidOperationException($"A start that failed leaves {connections.Count} connections open.");
        FailedToStart?.Invoke();
        Die();
        await Life.Never;
    }

    private async Task KeepConnectedAsync(WireClient link, TimeProvider time)
    {
        var (incoming, evidence, agents) = (services!.GetRequiredService<Incoming>(), services!.GetRequiredService<EvidenceBoard>(), services!.GetRequiredService<AgentLink>());
        link.ApplicationMessageReceivedAsync += received =>
        {
            incoming.Take(received.ApplicationMessage.Topic, received.ApplicationMessage.Payload, received.ApplicationMessage.Retain);
            return Task.CompletedTask;
        };
        link.DisconnectedAsync += _ =>
        {
            agents.Use(null);
            evidence.Disconnect();
            return Task.CompletedTask;
        };
        var filters = new MQTTnet.MqttClientSubscribeOptionsBuilder();
        foreach (var filter in Incoming.Filters(Layout.Site))
            filters.WithTopicFilter(filter);
        while (true)
        {
            if (!link.IsConnected)
            {
                await link.ConnectAsync(link.Options);
                await link.SubscribeAsync(filters.Build());
                agents.Use(link);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time);
        }
    }

    private bool Die()
    {
        Crash(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(40)));
        return true;
    }

    private SchedulerOptions Options()
    {
        if (!File.Exists(Path.Combine(folder, SchedulerFile.Name)))
            File.WriteAllText(Path.Combine(folder, SchedulerFile.Name), Configuration);
        return SchedulerFile.Read(folder);
    }

    /// <summary>Every commit may find the disk full, or be the last thing this life did or did not do.</summary>
    private sealed class Disk(SimulatedScheduler scheduler, Mutant mutant) : ISaveChangesInterceptor, IDbTransactionInterceptor
    {
        /// <summary>What is being saved has a transaction of its own, which ends with it; any other ends when its owner says so.</summary>
        private DbContext? saving;

        public async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            await BeforeAsync(full => new DbUpdateException("An error occurred while saving.", full));
            saving = eventData.Context!.Database.CurrentTransaction is null ? eventData.Context : null;
            return mutant == Mutant.UnwrittenRelease && eventData.Context!.ChangeTracker.Entries<Run>().Any(entry => entry.Entity.State == RunState.Released && entry.State == EntityState.Modified)
                ? InterceptionResult<int>.SuppressWithResult(1)
                : result;
        }

        public async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
        {
            saving = null;
            await AfterAsync();
            return result;
        }

        public Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
        {
            saving = null;
            return Task.CompletedTask;
        }

        public async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (saving != eventData.Context)
                await BeforeAsync(full => full);
            return result;
        }

        public async Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            if (saving != eventData.Context)
                await AfterAsync();
        }

        private async Task BeforeAsync(Func<SqliteException, Exception> told)
        {
            if (scheduler.Dies("before commit") && scheduler.Die())
                await Life.Never;
            if (scheduler.DiskFails())
                throw told(new SqliteException("disk is full", 13));
        }

        private async Task AfterAsync()
        {
            if (scheduler.Dies("after commit") && scheduler.Die())
                await Life.Never;
        }
    }
}
