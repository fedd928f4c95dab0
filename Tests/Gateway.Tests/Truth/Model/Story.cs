using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>Plays a plan: two servers, a gateway, and each fault at its moment; what really happened is in <see cref="Truth"/>.</summary>
internal sealed class Story : IAsyncDisposable
{
    private static readonly DateTimeOffset Zero = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ScenarioPlan plan;
    private readonly World world;
    private readonly TwoClocks clocks = new(Zero);
    private readonly ModelServer[] servers;
    private int restarts;
    private bool isDiskBroken;
    private bool isDiskFull;
    private long? firstRefused;

    public Story(ScenarioPlan plan, string directory, OneThread thread)
    {
        this.plan = plan;
        world = new World(plan.Seed);
        Truth = new TruthLog(Zero, () => (long)(clocks.GetUtcNow() - Zero).TotalMilliseconds);
        Gateway = new GatewayUnderTest(plan, directory, clocks, thread);
        servers = [.. Enumerable.Range(0, PlantTag.Servers).Select(index => new ModelServer(index, world, plan, Truth))];
        foreach (var server in servers)
            server.Client = new ModelClient(server, world, plan, Truth, Gateway);
        foreach (var fault in plan.Faults)
            world.At(fault.At, () => BeginAsync(fault, servers[fault.Server]));
    }

    public TruthLog Truth { get; }

    public GatewayUnderTest Gateway { get; }

    public async Task PlayAsync()
    {
        await StartGatewayAsync(null, 0, isReconfigured: false);
        await world.RunAsync(plan.Length, Gateway.AdvanceAsync);
        await Gateway.StopAsync();
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private async Task StartGatewayAsync(long? killed, long durable, bool isReconfigured)
    {
        Truth.Boots.Add(new BootOfGateway(Truth.Wall, killed, durable, isReconfigured));
        await Gateway.StartAsync();
        foreach (var server in servers)
            server.Client.Begin();
    }

    private async ValueTask BeginAsync(Fault fault, ModelServer server)
    {
        Truth.Injected.Add(fault.Kind);
        switch (fault.Kind)
        {
            case FaultKind.Cut or FaultKind.SessionLost:
                server.Client.HasNetwork = false;
                server.KnowsSession = fault.Kind == FaultKind.Cut && server.KnowsSession;
                server.Client.Disconnect();
                world.At(fault.End, () => server.Client.HasNetwork = true);
                break;
            case FaultKind.Crash:
                server.Crash();
                world.At(fault.End, server.Start);
                break;
            case FaultKind.Hang:
                var hung = Truth.Wall;
                server.Hang();
                world.At(fault.End, () =>
                {
                    server.Resume();
                    Truth.Hung.Add((server.Index, hung, Truth.Wall));
                });
                break;
            case FaultKind.Stall:
                server.Client.Stall();
                world.At(fault.End, server.Client.EndStall);
                break;
            case FaultKind.ResponseLost or FaultKind.NotificationLost:
                server.Client.LoseNext = fault.Kind;
                break;
            case FaultKind.Burst:
                for (var number = 0; number < plan.QueueSize + 6; number++)
                    world.At(fault.At + (7 * number), () => server.Produce(PlantTag.Find(server.Index, "Slow")));
                break;
            case FaultKind.Bad or FaultKind.Uncertain:
                server.Produce(PlantTag.Find(server.Index, "Doubtful"), fault.Kind == FaultKind.Bad ? StatusCodes.BadSensorFailure : StatusCodes.UncertainLastUsableValue);
                world.At(fault.End, () => server.Produce(PlantTag.Find(server.Index, "Doubtful"), StatusCodes.Good));
                break;
            case FaultKind.Frozen:
                server.Silenced[PlantTag.Find(server.Index, "Guarded")] = null;
                world.At(fault.End, () =>
                {
                    server.Silenced.Remove(PlantTag.Find(server.Index, "Guarded"));
                    server.Produce(PlantTag.Find(server.Index, "Guarded"));
                });
                break;
            case FaultKind.NotRunning:
                var since = Truth.Wall;
                server.IsRunning = false;
                world.At(fault.End, () =>
                {
                    server.IsRunning = true;
                    Truth.NotRunning.Add((server.Index, since, Truth.Wall));
                });
                break;
            case FaultKind.ServerClockSet:
                server.ClockOffset += fault.Length;
                break;
            case FaultKind.GatewayClockSetForward or FaultKind.GatewayClockSetBack:
                SetClock(fault.Kind == FaultKind.GatewayClockSetForward ? fault.Length : -fault.Length);
                break;
            case FaultKind.DiskFails or FaultKind.DiskFull when Gateway.IsAlive && !isDiskBroken:
                (isDiskBroken, isDiskFull) = (true, fault.Kind == FaultKind.DiskFull);
                Gateway.BreakDisk(isDiskFull, () => firstRefused ??= Truth.Wall);
                world.At(fault.End, EndDiskFailure);
                break;
            case FaultKind.Killed or FaultKind.Reconfigured when Gateway.IsAlive:
                foreach (var each in servers)
                    each.Client.End();
                var (killed, durable, mine) = (Truth.Wall, Math.Min(Truth.Wall, firstRefused ?? long.MaxValue), ++restarts);
                await Gateway.KillAsync();
                EndDiskFailure();
                if (fault.Kind == FaultKind.Reconfigured)
                    Gateway.Reconfigure();
                world.At(fault.End, () => mine == restarts ? new ValueTask(StartGatewayAsync(killed, durable, fault.Kind == FaultKind.Reconfigured)) : ValueTask.CompletedTask);
                break;
            case FaultKind.BrokerAway or FaultKind.DatabaseAway:
                var sink = fault.Kind == FaultKind.BrokerAway ? Gateway.Broker : Gateway.Database;
                sink.GoAway();
                world.At(fault.End, sink.ComeBack);
                break;
            default:
                // The gateway is not there, or its disk is broken already.
                Truth.Injected.RemoveAt(Truth.Injected.Count - 1);
                break;
        }
    }

    private void EndDiskFailure()
    {
        if (firstRefused is { } since)
            Truth.DiskFailures.Add((since, Truth.Wall, isDiskFull));
        (isDiskBroken, firstRefused) = (false, null);
        Gateway.MendDisk();
    }

    private void SetClock(long by)
    {
        var before = Truth.Wall;
        clocks.Step += TimeSpan.FromMilliseconds(by);
        if (by > 0)
            Truth.Skipped.Add((before, before + by));
        else
            Truth.Repeated.Add((before + by, before));
    }
}
