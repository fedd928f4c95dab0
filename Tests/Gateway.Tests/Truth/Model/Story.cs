using System.Threading.Channels;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Tests.Truth.Oracle;
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
    private Task revising = Task.CompletedTask;

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
            world.At(fault.At, () => Await(fault, servers[fault.Server]));
        foreach (var look in plan.Looks)
            world.At(look, Look);
    }

    public TruthLog Truth { get; }

    public GatewayUnderTest Gateway { get; }

    /// <summary>What was wrong with the record when somebody read it in the middle of the story.</summary>
    public List<string> Objections { get; } = [];

    public async Task PlayAsync()
    {
        await StartGatewayAsync(null, 0);
        await world.RunAsync(plan.Length, Gateway.AdvanceAsync);
        await Gateway.StopAsync();
        await revising;
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private async Task StartGatewayAsync(long? killed, long durable)
    {
        var (before, start) = (Gateway.InForce, Truth.Wall);
        await Gateway.StartAsync();
        Truth.Boots.Add(new BootOfGateway(start, killed, durable, before.Tuning != Gateway.InForce.Tuning));
        NoteConfigured(before.Missing, killed ?? start, start);
        foreach (var server in servers)
            server.Client.Begin();
    }

    private void NoteConfigured(IReadOnlySet<int> before, long gone, long back)
    {
        foreach (var tag in Gateway.InForce.Missing.Except(before))
            Truth.Unconfigured.Add((tag, gone, long.MaxValue / 2));
        for (var index = 0; index < Truth.Unconfigured.Count; index++)
            if (Truth.Unconfigured[index] is { To: long.MaxValue / 2 } open && !Gateway.InForce.Missing.Contains(open.Tag))
                Truth.Unconfigured[index] = open with { To = back };
    }

    /// <summary>Somebody reads the record, whatever is going on.</summary>
    private void Look() => Objections.AddRange(Moments.Of(plan, Truth, Gateway.Record, Gateway.Database.Taken));

    private ValueTask Await(Fault fault, ModelServer server)
    {
        switch (fault.Cue)
        {
            case Cue.Connection:
                server.Client.UponConnection(() => BeginAsync(fault with { At = world.Now }, server));
                return ValueTask.CompletedTask;
            case Cue.Message:
                server.Client.UponMessage(() => BeginAsync(fault with { At = world.Now }, server));
                return ValueTask.CompletedTask;
            default:
                return BeginAsync(fault, server);
        }
    }

    /// <summary>One plant file after the other; a process that ends takes what it has not taken over with it.</summary>
    private async Task ReviseAsync(Task before)
    {
        await before;
        if (!Gateway.IsAlive)
            return;
        var (boot, old) = (Gateway.Boot, Gateway.InForce);
        try
        {
            await Gateway.ReviseAsync();
        }
        catch (Exception exception) when (boot != Gateway.Boot && exception is JournalException or ChannelClosedException)
        {
            return;
        }

        NoteConfigured(old.Missing, Truth.Wall, Truth.Wall);
        if (old.Tuning != Gateway.InForce.Tuning)
            Truth.Retuned.AddRange(Enumerable.Range(0, PlantTag.Count).Where(tag => PlantTag.Of(tag).IsRetuned).Select(tag => (tag, Truth.Wall)));
        foreach (var server in servers)
            server.Client.Follow();
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
            case FaultKind.ResponsesLost:
                server.Client.LosesAll = true;
                world.At(fault.End, () => server.Client.LosesAll = false);
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
            case FaultKind.NodesMissing:
                server.Crash();
                server.Missing.UnionWith(server.Tags.Where(tag => PlantTag.Of(tag).IsForgotten));
                world.At(fault.At + 1_000, server.Start);
                world.At(fault.End, server.Missing.Clear);
                break;
            case FaultKind.Retuned when Gateway.IsAlive && !isDiskBroken:
                Gateway.Retune();
                revising = ReviseAsync(revising);
                break;
            case FaultKind.TagsRemoved when Gateway.IsAlive && !isDiskBroken:
                Edit(server.Tags.Where(tag => PlantTag.Of(tag).IsRemovable), isRemoval: true);
                world.At(fault.End, () => Edit(server.Tags.Where(tag => PlantTag.Of(tag).IsRemovable), isRemoval: false));
                break;
            case FaultKind.TagAdded when Gateway.IsAlive && !isDiskBroken && Gateway.InForce.Missing.Any(tag => PlantTag.Of(tag).IsAddition):
                Edit(Enumerable.Range(0, PlantTag.Count).Where(tag => PlantTag.Of(tag).IsAddition), isRemoval: false);
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
                    Gateway.Retune();
                revising = Task.CompletedTask;
                world.At(fault.End, () => mine == restarts ? new ValueTask(StartGatewayAsync(killed, durable)) : ValueTask.CompletedTask);
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

    /// <summary>A gateway that is not there finds the file as it is when it starts.</summary>
    private void Edit(IEnumerable<int> tags, bool isRemoval)
    {
        Gateway.Edit(tags, isRemoval);
        if (Gateway.IsAlive)
            revising = ReviseAsync(revising);
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
