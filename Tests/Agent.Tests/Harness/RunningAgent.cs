using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.FleetLock;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Service;
using PatchEdge.Agent.State;

namespace PatchEdge.Agent.Tests.Harness;

/// <summary>The whole agent within the test's process, with short times; its state survives in the folder.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly StateStore store;
    private readonly AgentService service;

    private RunningAgent(StateStore store, AgentService service)
    {
        this.store = store;
        this.service = service;
    }

    public RefusalCounter Refusals => service.Refusals;

    public AgentState? State => store.Current;

    public static AgentTimings Quick { get; } = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(300),
        ProgressRepeat = TimeSpan.FromMilliseconds(300),
        GoAheadWait = TimeSpan.FromSeconds(2),
        GoAheadRepeat = TimeSpan.FromMilliseconds(500),
        ConnectionWait = TimeSpan.FromSeconds(20),
        StopWait = TimeSpan.FromSeconds(20),
        ReconnectFirst = TimeSpan.FromMilliseconds(50),
        ReconnectLongest = TimeSpan.FromMilliseconds(500),
    };

    public static Task<RunningAgent> StartAsync(
        SchedulerDouble scheduler, TemporaryFolder folder, IEnumerable<Procedure> procedures, BrokerConfiguration? broker = null, AgentTimings? timings = null, FleetLockOptions? fleetLock = null) =>
        StartAsync(scheduler.Keys, broker ?? new BrokerConfiguration { Url = new Uri($"mqtt://127.0.0.1:{scheduler.Port}") }, folder, procedures, timings, fleetLock);

    public static async Task<RunningAgent> StartAsync(SchedulerKey key, BrokerConfiguration broker, TemporaryFolder folder, IEnumerable<Procedure> procedures, AgentTimings? timings = null, FleetLockOptions? fleetLock = null)
    {
        var configuration = new AgentConfiguration
        {
            Site = SchedulerKey.Site,
            Host = SchedulerKey.Host,
            Data = folder.Folder("data"),
            Broker = broker,
            SchedulerKey = "",
            Procedures = "",
            BootId = folder.File("boot-id"),
            Timings = timings ?? Quick,
            FleetLock = fleetLock,
        };
        var identity = key.Identity with { Boot = Guid.NewGuid().ToString("N") };
        var store = StateStore.Open(configuration.Data, configuration.Site, configuration.Host);
        var service = new AgentService(configuration, identity, new ProcedureShelf(procedures), store, TimeProvider.System, NullLoggerFactory.Instance);
        await service.StartAsync(CancellationToken.None);
        return new RunningAgent(store, service);
    }

    public async ValueTask DisposeAsync()
    {
        await service.StopAsync(CancellationToken.None);
        if (service.ExecuteTask is { } work)
            await work;
        service.Dispose();
        store.Dispose();
    }
}
