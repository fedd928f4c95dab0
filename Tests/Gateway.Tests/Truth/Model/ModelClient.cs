using System.Reflection;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>
/// The gateway's connection to one server: sequence numbers, Republish, resumed, transferred and new subscriptions, and the silence watch,
/// in the order in which our client tells of them, without sockets. It hands everything to the gateway's own intake.
/// </summary>
internal sealed class ModelClient
{
    private readonly ModelServer server;
    private readonly World world;
    private readonly ScenarioPlan plan;
    private readonly TruthLog truth;
    private readonly GatewayUnderTest gateway;
    private readonly List<Message> stalled = [];
    private readonly Subscription subscription;
    private (GapCause Cause, long From)? broken;
    private long? evidence;
    private long lastMessage;
    private long pathFree;
    private uint expected;
    private int epoch;
    private int generation;
    private int silences;
    private bool late;
    private bool isStalled;
    private long measuredOffset;

    public ModelClient(ModelServer server, World world, ScenarioPlan plan, TruthLog truth, GatewayUnderTest gateway)
    {
        (this.server, this.world, this.plan, this.truth, this.gateway) = (server, world, plan, truth, gateway);
        subscription = Detached(plan);
        world.At(1000 + server.Index, TellFactsAsync);
    }

    public bool IsConnected { get; private set; }

    /// <summary>The server may send: what was kept has been asked for.</summary>
    public bool IsPublishing { get; private set; }

    /// <summary>The next response with values is lost; null when it is not.</summary>
    public FaultKind? LoseNext { get; set; }

    public bool HasNetwork { get; set; } = true;

    private bool Reaches => HasNetwork && !isStalled && server.Answers;

    private Arrival Now => new(gateway.Clocks.GetTimestamp(), gateway.Clocks.GetUtcNow());

    private SubscriptionIntake Intake => gateway.Intake(server.Index);

    /// <summary>A new process of the gateway: nothing is known yet.</summary>
    public void Begin()
    {
        (evidence, broken) = (null, null);
        Attempt(TimeSpan.FromMilliseconds(500));
    }

    /// <summary>The gateway's process is gone, and every connection of it.</summary>
    public void End()
    {
        generation++;
        IsConnected = IsPublishing = late = false;
        CloseBlindness(isAnew: false, isRepaired: false);
        server.KnowsSession = false;
    }

    /// <summary>A response leaves the server.</summary>
    public void Receive(Message message)
    {
        if (!message.IsKeepAlive && LoseNext is { } kind)
        {
            LoseNext = null;
            if (kind == FaultKind.NotificationLost)
                server.Subscription!.Forget(message);
        }
        else if (isStalled)
        {
            stalled.Add(message);
        }
        else
        {
            Send(message);
        }
    }

    public void Stall() => isStalled = true;

    public void EndStall()
    {
        isStalled = false;
        foreach (var message in stalled)
            Send(message);
        stalled.Clear();
    }

    /// <summary>The connection breaks, and both ends know.</summary>
    public void Disconnect()
    {
        stalled.Clear();
        if (!IsConnected)
            return;
        var mine = ++generation;
        IsConnected = IsPublishing = late = false;
        world.At(world.Now + 3, () => mine == generation && gateway.IsAlive ? LoseAsync() : ValueTask.CompletedTask);
    }

    private async ValueTask LoseAsync()
    {
        Break(GapCause.ConnectionLost);
        await Intake.OnStatusAsync(new SubscriptionStatus.ConnectionLost(subscription, Now, new UaException(StatusCodes.BadConnectionClosed, "The connection is gone", "test")));
        await gateway.SettleAsync();
        Attempt(TimeSpan.FromMilliseconds(400));
    }

    private void Attempt(TimeSpan wait)
    {
        var mine = generation;
        world.At(world.Now + (long)wait.TotalMilliseconds, async () =>
        {
            if (mine != generation || !gateway.IsAlive || IsConnected)
                return;
            if (Reaches)
            {
                await ConnectAsync();
                return;
            }

            if (evidence is null)
            {
                truth.Unreachable.TryAdd((gateway.Boot, server.Index), truth.Wall);
                await gateway.TellAsync(at => new Arrived.Event(at, new ContinuityEvent(ContinuityEventKind.ServerUnreachable) { Server = server.Index, Detail = "no answer" }));
                await gateway.TellAsync(at => new Arrived.Facts(at, server.Index, ServerFacts.Unknown));
            }

            Attempt(wait * 2 < TimeSpan.FromSeconds(4) ? wait * 2 : TimeSpan.FromSeconds(4));
        });
    }

    private async ValueTask ConnectAsync()
    {
        var isFirst = evidence is null && broken is null && !gateway.HasSubscribed(server.Index);
        var kind = server.Subscription is null || isFirst ? RecoveryKind.Recreated : server.KnowsSession ? RecoveryKind.Republished : RecoveryKind.Transferred;
        server.KnowsSession = IsConnected = true;
        silences = 0;
        if (kind == RecoveryKind.Recreated)
        {
            (expected, epoch) = (1, epoch + 1);
            server.Subscribe();
        }

        await ResumeAsync(generation, kind, isFirst);
    }

    /// <summary>Asks for what follows, one message after the other, each a way there and back; then publishing begins.</summary>
    private async ValueTask ResumeAsync(int mine, RecoveryKind kind, bool isFirst)
    {
        if (mine != generation || !gateway.IsAlive)
            return;
        if (!Reaches)
        {
            world.At(world.Now + 100, () => ResumeAsync(mine, kind, isFirst));
            return;
        }

        if (kind != RecoveryKind.Recreated && server.Subscription!.Find(expected) is { } kept)
        {
            await DeliverAsync(kept, DataChangeOrigin.Republished);
            world.At(world.Now + world.Random.Next(1, 60), () => ResumeAsync(mine, kind, isFirst));
            return;
        }

        (IsPublishing, lastMessage, pathFree) = (true, world.Now, world.Now);
        if (isFirst)
        {
            gateway.NoteSubscribed(server.Index);
            await gateway.TellAsync(at => new Arrived.Subscribed(at, server.Index, subscription.KeepAliveInterval));
        }
        else
        {
            await Intake.OnStatusAsync(new SubscriptionStatus.Recovered(subscription, Now, kind, epoch));
            await gateway.SettleAsync();
            CloseBlindness(kind == RecoveryKind.Recreated, kind != RecoveryKind.Recreated);
            if (evidence is not null)
                Prove();
        }

        WatchSilence(generation);
        server.Publish();
    }

    private void Send(Message message)
    {
        var mine = generation;
        pathFree = Math.Max(pathFree, world.Now + world.Random.Next(1, 25));
        world.At(pathFree, () => mine == generation && gateway.IsAlive ? TakeAsync(message) : ValueTask.CompletedTask);
    }

    private async ValueTask TakeAsync(Message message)
    {
        (lastMessage, silences) = (world.Now, 0);
        if (late)
        {
            late = false;
            await Intake.OnStatusAsync(new SubscriptionStatus.Recovered(subscription, Now, RecoveryKind.OnTime, epoch));
        }

        var lost = (First: expected, Count: 0);
        for (; expected < message.Sequence; expected++)
        {
            if (Reaches && server.Subscription?.Find(expected) is { } kept)
            {
                await DeliverAsync(kept, DataChangeOrigin.Republished);
                expected--;
            }
            else
            {
                lost.Count++;
            }
        }

        if (lost.Count > 0)
        {
            Break(GapCause.SequenceMissing);
            await Intake.OnLostAsync(new LostNotifications(subscription, epoch, lost.First, expected - 1, Now, Now, StatusCodes.BadMessageNotAvailable));
        }

        // A keep-alive behind missing messages only said which number is next.
        if (!message.IsKeepAlive || lost.Count == 0)
            await DeliverAsync(message, DataChangeOrigin.Published);
        if (lost.Count > 0 && Reaches)
            await RefreshAsync();
    }

    private async ValueTask DeliverAsync(Message message, DataChangeOrigin origin)
    {
        var at = Now;
        if (message.IsKeepAlive)
        {
            await Intake.OnKeepAliveAsync(new KeepAlive(subscription, epoch, message.Sequence, message.PublishTime, at));
        }
        else
        {
            expected++;
            await HandOverAsync(message.Values, origin, message.Sequence, message.PublishTime, at);
        }

        await gateway.SettleAsync();
        if (origin == DataChangeOrigin.Republished && broken is not null)
            return;
        CloseBlindness(isAnew: false, isRepaired: broken?.Cause == GapCause.KeepAliveLate);
        Prove();
    }

    private async ValueTask RefreshAsync() =>
        await HandOverAsync([.. server.Present.Select(value => (value, false))], DataChangeOrigin.Refresh, 0, Now.Utc.UtcDateTime, Now);

    private async ValueTask HandOverAsync(IReadOnlyList<(Produced Value, bool Overflow)> values, DataChangeOrigin origin, uint sequence, DateTime published, Arrival at)
    {
        var timeHolds = measuredOffset == server.ClockOffset - (long)gateway.Clocks.Step.TotalMilliseconds;
        foreach (var (value, overflow) in values)
            truth.Delivered[value.Tag].Add(new Delivered(value.Number, truth.Wall, evidence ?? truth.Wall, overflow, timeHolds));
        await Intake.OnDataChangeAsync(new DataChange
        {
            Subscription = subscription,
            Epoch = epoch,
            SequenceNumber = sequence,
            PublishTime = published,
            ReceivedAt = at,
            Origin = origin,
            Items = values.Select(pair => new MonitoredItemNotification(
                SubscriptionIntake.HandleOf(pair.Value.Tag), pair.Overflow ? pair.Value.Value with { Status = pair.Value.Status.Value | 0x480u } : pair.Value.Value)).ToArray(),
        });
    }

    private void WatchSilence(int mine)
    {
        var due = lastMessage + (plan.LateMs * (silences + 1));
        world.At(due, async () =>
        {
            if (mine != generation || !gateway.IsAlive)
                return;
            if (world.Now >= lastMessage + (plan.LateMs * (silences + 1)) && ++silences > 0)
            {
                if (!late)
                {
                    late = true;
                    Break(GapCause.KeepAliveLate);
                    await Intake.OnStatusAsync(new SubscriptionStatus.Late(subscription, Now, TimeSpan.FromMilliseconds(world.Now - lastMessage), TimeSpan.FromMilliseconds(plan.LateMs)));
                    await gateway.SettleAsync();
                }

                if (silences >= 3)
                {
                    Disconnect();
                    return;
                }
            }

            WatchSilence(mine);
        });
    }

    private async ValueTask TellFactsAsync()
    {
        world.At(world.Now + 1000, TellFactsAsync);
        if (!gateway.IsAlive || !gateway.HasSubscribed(server.Index))
            return;
        if (!IsConnected || !Reaches)
        {
            await gateway.TellAsync(at => new Arrived.Facts(at, server.Index, new ServerFacts("Reconnecting", null, null, TimeSpan.FromMilliseconds(measuredOffset), 5, 0, 0)));
            return;
        }

        measuredOffset = server.ClockOffset - (long)gateway.Clocks.Step.TotalMilliseconds;
        truth.StateAnswers.Add((gateway.Boot, server.Index, truth.Wall, server.IsRunning));
        await gateway.TellAsync(at => new Arrived.Facts(at, server.Index, new ServerFacts("Connected", server.IsRunning ? "Running" : "Failed", at, TimeSpan.FromMilliseconds(measuredOffset), 5, 0, 0)));
        await gateway.TellAsync(at => new Arrived.Event(at, new ContinuityEvent(server.IsRunning ? ContinuityEventKind.ServerRunning : ContinuityEventKind.ServerNotRunning) { Server = server.Index }));
    }

    private void Prove()
    {
        evidence = truth.Wall;
        truth.LastEvidence[server.Index] = truth.Wall;
    }

    private void Break(GapCause cause) => broken ??= (cause, evidence ?? truth.Wall);

    private void CloseBlindness(bool isAnew, bool isRepaired)
    {
        if (broken is not { } open)
            return;
        truth.Blind.Add(new Blindness(server.Index, open.Cause, open.From, truth.Wall, isAnew, isRepaired));
        broken = null;
    }

    /// <summary>A subscription of our client that never talks to a server: it only names the sender, and takes acknowledgements.</summary>
    private static Subscription Detached(ScenarioPlan plan)
    {
        const BindingFlags Inside = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        var client = new UaClient(new UaClientOptions { EndpointUrl = "opc.tcp://127.0.0.1:1", SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None });
        var keeper = typeof(UaClient).GetField("keeper", Inside)!.GetValue(client);
        var made = (Subscription)typeof(Subscription).GetConstructors(Inside).Single().Invoke([keeper, new SubscriptionOptions(), new Deaf()]);
        typeof(Subscription).GetProperty(nameof(Subscription.KeepAliveInterval))!.SetValue(made, TimeSpan.FromMilliseconds(plan.KeepAliveMs));
        return made;
    }

    private sealed class Deaf : ISubscriptionSink
    {
        public ValueTask OnDataChangeAsync(DataChange change) => ValueTask.CompletedTask;

        public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => ValueTask.CompletedTask;

        public ValueTask OnLostAsync(LostNotifications lost) => ValueTask.CompletedTask;

        public ValueTask OnStatusAsync(SubscriptionStatus status) => ValueTask.CompletedTask;
    }
}
