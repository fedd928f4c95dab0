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
internal sealed partial class ModelClient
{
    private readonly ModelServer server;
    private readonly World world;
    private readonly ScenarioPlan plan;
    private readonly TruthLog truth;
    private readonly GatewayUnderTest gateway;
    private readonly List<Message> stalled = [];
    private readonly List<(Message Message, Arrival At, long Wall)> held = [];
    private readonly Queue<Func<ValueTask>> uponConnection = new();
    private readonly Queue<Func<ValueTask>> uponMessage = new();
    private readonly HashSet<int> refused = [];
    private readonly Subscription subscription;
    private (GapCause Cause, long From)? broken;
    private long? evidence;
    private long? evidenceSent;
    private long lastMessage;
    private long pathFree;
    private uint expected;
    private int epoch;
    private int generation;
    private int silences;
    private bool late;
    private bool isStalled;
    private long measuredOffset;
    private int askedInVain;
    private uint? lostFrom;
    private bool isAsking;
    private bool isRefreshDue;
    private bool hasLost;

    public ModelClient(ModelServer server, World world, ScenarioPlan plan, TruthLog truth, GatewayUnderTest gateway)
    {
        (this.server, this.world, this.plan, this.truth, this.gateway) = (server, world, plan, truth, gateway);
        subscription = Detached(plan);
        world.At(1000 + server.Index, TellFactsAsync);
    }

    public bool IsConnected { get; private set; }

    /// <summary>The server may send: what was kept has been asked for.</summary>
    public bool IsPublishing { get; private set; }

    /// <summary>Requests that a server still had when the connection broke: it answers them, to nobody, and keeps what it answered.</summary>
    public bool HasAskedInVain() => !IsConnected && askedInVain > 0 && askedInVain-- > 0;

    /// <summary>Something happens soon after the next connection.</summary>
    public void UponConnection(Func<ValueTask> what) => uponConnection.Enqueue(what);

    /// <summary>Something happens right after the next message.</summary>
    public void UponMessage(Func<ValueTask> what) => uponMessage.Enqueue(what);

    /// <summary>The next response with values is lost; null when it is not.</summary>
    public FaultKind? LoseNext { get; set; }

    /// <summary>Every response is lost; what is asked for by its number is answered.</summary>
    public bool LosesAll { get; set; }

    public bool HasNetwork { get; set; } = true;

    private bool Reaches => HasNetwork && !isStalled && server.Answers;

    private Arrival Now => new(gateway.Clocks.GetTimestamp(), gateway.Clocks.GetUtcNow());

    private SubscriptionIntake Intake => gateway.Intake(server.Index);

    /// <summary>A new process of the gateway: nothing is known yet.</summary>
    public void Begin()
    {
        (evidence, evidenceSent, broken) = (null, null, null);
        Attempt(TimeSpan.FromMilliseconds(500));
    }

    /// <summary>The gateway's process is gone, and every connection of it.</summary>
    public void End()
    {
        generation++;
        IsConnected = IsPublishing = late = isAsking = false;
        CloseBlindness(isAnew: false, isRepaired: false);
        server.KnowsSession = isRefreshDue = false;
        held.Clear();
        stalled.Clear();
        lostFrom = null;
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
        else if (!IsPublishing || LosesAll)
        {
            // Nobody is there to take it; whoever comes can have it again.
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
        IsConnected = IsPublishing = late = isAsking = false;
        askedInVain = world.Random.Next(4);
        world.At(world.Now + 3, () => mine == generation && gateway.IsAlive ? LoseAsync() : ValueTask.CompletedTask);
    }

    private async ValueTask LoseAsync()
    {
        await GiveUpAsync();
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
        (silences, askedInVain) = (0, 0);
        while (uponConnection.TryDequeue(out var what))
            world.At(world.Now + world.Random.Next(0, 40), what);
        if (kind == RecoveryKind.Recreated)
        {
            await PassHeldAsync();
            (expected, epoch) = (1, epoch + 1);
            isRefreshDue = false;
            refused.Clear();
            server.Subscribe(Watched);
        }

        await ResumeAsync(generation, kind, isFirst);
    }

    /// <summary>What the plant file in force has of this server: each tag, and its number.</summary>
    private IEnumerable<(int Tag, int Source)> Watched => server.Tags.Select(tag => (Tag: tag, Source: gateway.SourceOf(tag))).Where(tag => tag.Source is not null).Select(tag => (tag.Tag, tag.Source!.Value));

    /// <summary>Messages in hand when the subscription is gone: what is missing between them is nowhere any more.</summary>
    private async ValueTask PassHeldAsync()
    {
        foreach (var (message, at, wall) in held.OrderBy(each => each.Message.Sequence).ToList())
        {
            if (message.IsKeepAlive || message.Sequence < expected)
                continue;
            if (expected < message.Sequence)
                (lostFrom, expected) = (expected, message.Sequence);
            await GiveUpAsync();
            await DeliverAsync(message, DataChangeOrigin.Published, at, wall);
        }

        held.Clear();
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

        if (kind != RecoveryKind.Recreated)
        {
            await SettleHeldAsync(mine);
            if (isAsking)
            {
                world.At(world.Now + 10, () => ResumeAsync(mine, kind, isFirst));
                return;
            }

            if (server.Subscription!.Find(expected) is { } kept)
            {
                await DeliverAsync(kept, DataChangeOrigin.Republished, Now, truth.Wall);
                world.At(world.Now + world.Random.Next(1, 60), () => ResumeAsync(mine, kind, isFirst));
                return;
            }
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
                Prove(truth.Wall, truth.Wall);
            await RefreshAsync();
        }

        await FollowAsync(mine);
        WatchSilence(generation);
        server.Publish();
    }

    /// <summary>Another plant file is in force: it is followed within a second, or when the server is back.</summary>
    public void Follow()
    {
        var mine = generation;
        world.At(world.Now + world.Random.Next(1, 1_000), () => FollowAsync(mine));
    }

    /// <summary>Brings the items to what the plant file says; those that the server refuses are tried again.</summary>
    private async ValueTask FollowAsync(int mine)
    {
        if (mine != generation || !gateway.IsAlive || !IsPublishing)
            return;
        if (Reaches && server.Subscription is { } present)
        {
            var (wanted, items) = (Watched.ToHashSet(), present.Items.ToHashSet());
            foreach (var (tag, _) in items.Except(wanted))
                present.Remove(tag);
            foreach (var (tag, source) in wanted.Except(items))
            {
                if (!server.Missing.Contains(tag))
                    present.Add(server.PresentOf(tag), source);
                else if (refused.Add(source))
                    await RefuseAsync(tag, source);
            }

            if (!server.Missing.Overlaps(wanted.Select(item => item.Tag)))
                return;
        }

        world.At(world.Now + world.Random.Next(500, 2_000), () => FollowAsync(mine));
    }

    private async ValueTask RefuseAsync(int tag, int source)
    {
        truth.Refused.Add((tag, truth.Wall));
        var result = new MonitoredItemResult(SubscriptionIntake.HandleOf(source), ExpandedNodeId.Parse($"nsu=urn:truth;s={PlantTag.NameOf(tag)}"), StatusCodes.BadNodeIdUnknown, 0, default, 0);
        await Intake.OnStatusAsync(new SubscriptionStatus.ItemRejected(subscription, Now, result, TimeSpan.FromSeconds(1)));
        await gateway.SettleAsync();
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

                // A server that answers may have what did not come.
                while (Reaches && held.Count == 0 && server.Subscription?.Find(expected) is { } kept)
                    await DeliverAsync(kept, DataChangeOrigin.Republished, Now, truth.Wall);
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

    private void Prove(long at, long sent)
    {
        (evidence, evidenceSent) = (at, sent);
        truth.Evidence[server.Index].Add(at);
    }

    private void Break(GapCause cause) => broken ??= (cause, evidence ?? truth.Wall);

    private void CloseBlindness(bool isAnew, bool isRepaired, long? at = null)
    {
        if (broken is not { } open)
            return;
        truth.Blind.Add(new Blindness(server.Index, open.Cause, open.From, at ?? truth.Wall, isAnew, isRepaired && !hasLost) { Sent = Math.Min(open.From, evidenceSent ?? open.From) });
        (broken, hasLost) = (null, false);
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
