using System.Reflection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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

    public Life Life => life;

    public bool MayCrash { get; set; }

    public bool DiskMayFail { get; set; }

    public string PublicKey => File.ReadAllText(Path.Combine(folder, "secrets", "scheduler.key.pub.pem"));

    private string Database => Path.Combine(folder, "data", DataDirectory.DatabaseName);

    public void Start()
    {
        life = new Life(world, "scheduler");
        var time = new LifeClock(world, life);
        var options = Options();
        data = DataDirectory.Take(options.Data);
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.AddScheduler(options, Layout.Model, data, time);
        collection.ConfigureDbContext<SchedulerDb>(db => db.AddInterceptors(new Disk(this, world)));
        collection.AddSingleton(DispatchProxy.Create<ISchedulerFactory, NoAlarms>());
        services = collection.BuildServiceProvider();
        services.GetRequiredService<CalendarShelf>().Refresh();
        services.GetRequiredService<PermitSigner>();
        client = new WireClient(world, wire, life, time, where => MayCrash && world.Chance(0.003) && Die());
        life.Begin(() => RunAsync(client, time));
    }

    public void Crash(TimeSpan away)
    {
        if (life.IsOver)
            return;
        life.End();
        client?.Drop();
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

    public List<StoredRun> Runs() => Query("SELECT Id, JobId, State, Token, Holds, StopRequested FROM run", reader => new StoredRun(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4)));

    public bool HasIntent(long token) =>
        Query($"SELECT Json FROM ledger WHERE \"Index\" = {token}", reader => reader.GetString(0)).Exists(json => json.Contains("release-intended", StringComparison.Ordinal));

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        var rows = new List<T>();
        using var connection = new SqliteConnection($"Data Source={Database};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private async Task RunAsync(WireClient link, TimeProvider time)
    {
        await using (var db = await services!.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync())
            await Schema.PrepareAsync(db, data!.Database, default);
        var runner = ActivatorUtilities.CreateInstance<Runner>(services!);
        await runner.PrepareAsync(default);
        _ = KeepConnectedAsync(link, time);
        await runner.RunAsync(CancellationToken.None);
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
    private sealed class Disk(SimulatedScheduler scheduler, World world) : SaveChangesInterceptor
    {
        public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            if (scheduler.MayCrash && world.Chance(0.002) && scheduler.Die())
                await Life.Never;
            if (scheduler.DiskMayFail && world.Chance(0.004))
                throw new DbUpdateException("disk is full", new SqliteException("disk is full", 13));
            return result;
        }

        public override async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
        {
            if (scheduler.MayCrash && world.Chance(0.002) && scheduler.Die())
                await Life.Never;
            return result;
        }
    }
}

/// <summary>A run as it is on record.</summary>
internal sealed record StoredRun(string Id, string JobId, string State, long Token, string? Holds)
{
    public bool IsOver => State is "Done" or "Aborted" or "Expired" or "Revoked";
}

/// <summary>An alarm clock that never rings: evidence wakes the runner often enough.</summary>
internal class NoAlarms : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        if (type == typeof(void))
            return null;
        if (type == typeof(Task))
            return Task.CompletedTask;
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(ValueTask<>) || open == typeof(Task<>)))
        {
            var result = type.GenericTypeArguments[0];
            var value = result == typeof(IScheduler) ? Create<IScheduler, NoAlarms>() : result.IsValueType ? Activator.CreateInstance(result) : null;
            return open == typeof(ValueTask<>) ? Activator.CreateInstance(type, value) : typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(result).Invoke(null, [value]);
        }

        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }
}
