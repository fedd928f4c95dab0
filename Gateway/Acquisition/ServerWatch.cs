using System.Numerics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition.Redundancy;
using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>Watches one server: connects, subscribes to its tags, keeps an eye on its state and clock. Whatever fails is tried again for as long as the gateway runs.</summary>
internal sealed class ServerWatch : IAsyncDisposable
{
    private static readonly TimeSpan FactsPace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);

    /// <summary>An offset measured longer ago says nothing about the clock now.</summary>
    private static readonly TimeSpan OffsetAge = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<int, Watched> subscriptions = [];
    private readonly int server;
    private readonly UaClient client;
    private readonly ChannelWriter<Arrived> arrivals;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Channel<bool> nudge = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Task loop;
    private volatile bool wantsSleep;
    private volatile int level = byte.MaxValue;
    private bool isAsleep;
    private volatile SourceTable table;

    /// <param name="server">Index in <see cref="SourceTable.Servers"/>.</param>
    /// <param name="table">What to watch there.</param>
    /// <param name="options">How to connect.</param>
    /// <param name="arrivals">The pipeline.</param>
    /// <param name="time">For pace.</param>
    /// <param name="log">Hears of the connection.</param>
    /// <param name="asleep">It begins as a warm standby: connected, its items created and not sampled.</param>
    public ServerWatch(int server, SourceTable table, UaClientOptions options, ChannelWriter<Arrived> arrivals, TimeProvider time, ILogger log, bool asleep = false)
    {
        (wantsSleep, isAsleep) = (asleep, asleep);
        (this.server, this.table, this.arrivals, this.time, this.log) = (server, table, arrivals, time, log);
        client = new UaClient(options);
        client.Diagnostics += diagnostic => AcquisitionLog.Tell(log, Server.Name, diagnostic);
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>The connection, which others may use while it stands; this watch keeps it.</summary>
    public UaClient Client => client;

    public string Name => table.Servers[server].Name;

    /// <summary>As last read; <see cref="Failover.Lost"/> while it is not connected or its server not running.</summary>
    public int ServiceLevel => client.State == UaClientState.Connected ? level : Failover.Lost;

    /// <summary>Has its items sampled, or not; at once, or when the server is back.</summary>
    public void SetAwake(bool awake)
    {
        if (wantsSleep == !awake)
            return;
        wantsSleep = !awake;
        nudge.Writer.TryWrite(true);
    }

    /// <summary>What to watch from now on: items that go are removed, items that come are created, all others stay. Within seconds, or when the server is back.</summary>
    public void Revise(SourceTable next) => table = next;

    private OpcUaServer Server => table.Servers[server];

    private Moment Now => Moment.Of(time.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        await client.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await RetryAsync(ConnectAsync, cancel).ConfigureAwait(false);
            while (true)
            {
                await FollowTableAsync(cancel).ConfigureAwait(false);
                await FollowSleepAsync(cancel).ConfigureAwait(false);
                await TellFactsAsync(cancel).ConfigureAwait(false);
                await WaitAsync(cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, FactsPace, Timeout.InfiniteTimeSpan);
        try
        {
            await nudge.Reader.ReadAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nobody asked for anything: look anyway.
        }
    }

    /// <summary>Wakes the items or puts them to sleep. The fold hears of a sleep before it and of a waking before the first value.</summary>
    private async Task FollowSleepAsync(CancellationToken cancel)
    {
        var asleep = wantsSleep;
        if (asleep == isAsleep || client.State != UaClientState.Connected)
            return;
        try
        {
            foreach (var (index, watched) in subscriptions)
            {
                uint[] handles = [.. watched.Sources.Select(SubscriptionIntake.HandleOf)];
                await TellSleepAsync(index, asleep, cancel).ConfigureAwait(false);
                await watched.Subscription.SetMonitoringModeAsync(asleep ? MonitoringMode.Disabled : MonitoringMode.Reporting, handles, cancel).ConfigureAwait(false);
                await watched.Subscription.SetPublishingModeAsync(!asleep, cancel).ConfigureAwait(false);
            }

            isAsleep = asleep;
        }
        catch (UaException exception)
        {
            AcquisitionLog.SleepFailed(log, Server.Name, asleep ? "put to sleep" : "woken", exception.Message);
        }
    }

    private ValueTask TellSleepAsync(int subscription, bool asleep, CancellationToken cancel) => arrivals.WriteAsync(
        new Arrived.Event(Now, new ContinuityEvent(asleep ? ContinuityEventKind.FellAsleep : ContinuityEventKind.Woke)
        {
            Subscription = subscription,
            Detail = "another server of the set is sampled",
        }), cancel);

    /// <summary>Brings subscriptions and items to what the table says now.</summary>
    private async Task FollowTableAsync(CancellationToken cancel)
    {
        for (var index = 0; index < table.Map.Subscriptions.Length; index++)
        {
            var subscription = index;
            if (table.Map.Subscriptions[index].Server != server)
                continue;
            if (!subscriptions.TryGetValue(index, out var watched))
                await RetryAsync(token => SubscribeAsync(subscription, token), cancel).ConfigureAwait(false);
            else if (watched.By != table)
                await ReviseAsync(index, watched, cancel).ConfigureAwait(false);
        }
    }

    private async Task ReviseAsync(int index, Watched watched, CancellationToken cancel)
    {
        var now = table;
        var wanted = now.Map.Subscriptions[index].Sources.ToHashSet();
        var (gone, come) = (watched.Sources.Where(source => !wanted.Contains(source)).ToList(), wanted.Where(source => !watched.Sources.Contains(source)).ToList());
        try
        {
            // What is asked for is kept by the subscription, whether or not the server answers now.
            foreach (var source in gone)
                watched.Sources.Remove(source);
            if (gone.Count > 0)
                await watched.Subscription.RemoveItemsAsync([.. gone.Select(SubscriptionIntake.HandleOf)], cancel).ConfigureAwait(false);
            watched.Sources.UnionWith(come);
            if (come.Count > 0)
                await watched.Subscription.AddItemsAsync([.. come.Select(source => Item(now, source))], cancel).ConfigureAwait(false);
        }
        catch (UaException exception)
        {
            AcquisitionLog.ReviseFailed(log, Server.Name, exception.Message);
        }

        watched.By = now;
        if (gone.Count + come.Count > 0)
            AcquisitionLog.Revised(log, Server.Name, come.Count, gone.Count, watched.Sources.Count);
    }

    private MonitoredItemOptions Item(SourceTable table, int source) => new()
    {
        MonitoringMode = isAsleep ? MonitoringMode.Disabled : MonitoringMode.Reporting,
        ClientHandle = SubscriptionIntake.HandleOf(source),
        NodeId = ExpandedNodeId.Parse(table.Tags[source].Node),
        SamplingInterval = table.Tags[source].SamplingInterval,
        QueueSize = table.Tags[source].QueueSize,
    };

    private async Task RetryAsync(Func<CancellationToken, Task> attempt, CancellationToken cancel)
    {
        var wait = TimeSpan.FromMilliseconds(500);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await attempt(cancel).ConfigureAwait(false);
                return;
            }
            catch (UaException exception)
            {
                if (BitOperations.IsPow2(tries))
                    AcquisitionLog.ConnectFailed(log, Server.Name, Server.Url, exception.Message + (client.Options.CertificateStore is { } store ? ServerConnection.TrustHint(exception, store) : ""));
                await arrivals.WriteAsync(
                    new Arrived.Event(Now, new ContinuityEvent(ContinuityEventKind.ServerUnreachable) { Server = server, Detail = exception.Status.SymbolicName + ": " + exception.What }),
                    cancel).ConfigureAwait(false);
                await arrivals.WriteAsync(new Arrived.Facts(Now, server, ServerFacts.Unknown), cancel).ConfigureAwait(false);
            }

            await Task.Delay(wait, time, cancel).ConfigureAwait(false);
            wait = wait * 2 < LongestBackOff ? wait * 2 : LongestBackOff;
        }
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        await client.ConnectAsync(cancel).ConfigureAwait(false);
        AcquisitionLog.Connected(log, Server.Name, Server.Url);
    }

    private async Task SubscribeAsync(int index, CancellationToken cancel)
    {
        var options = new SubscriptionOptions
        {
            PublishingInterval = Server.PublishingInterval,
            KeepAliveCount = Server.KeepAliveCount,
            LifetimeCount = Server.LifetimeCount,
            PublishingEnabled = !isAsleep,
        };
        if (isAsleep)
            await TellSleepAsync(index, true, cancel).ConfigureAwait(false);
        var subscription = await client.SubscribeAsync(options, new SubscriptionIntake(index, server, arrivals, () => table, log), cancel).ConfigureAwait(false);
        var now = table;
        subscriptions[index] = new Watched(subscription, [.. now.Map.Subscriptions[index].Sources]) { By = now };
        await arrivals.WriteAsync(new Arrived.Subscribed(Now, index, subscription.KeepAliveInterval), cancel).ConfigureAwait(false);
        var items = now.Map.Subscriptions[index].Sources.Select(source => Item(now, source)).ToList();
        IReadOnlyList<MonitoredItemResult> results;
        try
        {
            results = await subscription.AddItemsAsync(items, cancel).ConfigureAwait(false);
        }
        catch (UaException)
        {
            // The next attempt begins with a subscription of its own: two for the same tags would contradict each other.
            subscriptions.Remove(index);
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        AcquisitionLog.Subscribed(log, Server.Name, results.Count(result => !result.Status.IsBad), results.Count(result => result.Status.IsBad), subscription.RevisedPublishingInterval.TotalMilliseconds, subscription.KeepAliveInterval.TotalMilliseconds);
    }

    /// <summary>Of a server in a redundancy set the level counts, too: in maintenance, or without data, it proves nothing however it calls its state.</summary>
    private async Task<string?> LookAtServiceLevelAsync(string? state, CancellationToken cancel)
    {
        if (Server.Set is null)
            return state;
        var answer = await client.ReadValueAsync(VariableIds.Server_ServiceLevel, cancel).ConfigureAwait(false);
        var said = answer.Status.IsGood && answer.Value.TryGetInteger(out var number) ? (int)Math.Clamp(number, 0, 255) : 255;
        level = state == nameof(OpcUa.Services.ServerState.Running) ? said : Failover.Lost;
        return state is null || said > 1 ? state : said == 0 ? "in maintenance (ServiceLevel 0)" : "without data (ServiceLevel 1)";
    }

    private async Task TellFactsAsync(CancellationToken cancel)
    {
        string? state = null;
        var asked = Now;
        try
        {
            if (client.State == UaClientState.Connected)
            {
                var answer = await client.ReadValueAsync(VariableIds.Server_ServerStatus_State, cancel).ConfigureAwait(false);
                if (answer.Status.IsGood && answer.Value.TryGetInteger(out var number))
                    state = ((OpcUa.Services.ServerState)number).ToString();
                state = await LookAtServiceLevelAsync(state, cancel).ConfigureAwait(false);
            }
        }
        catch (UaException)
        {
            // The client tells of lost connections itself; a state that was not read is not known.
        }

        var offset = client.Server.ClockOffset;
        var fresh = offset.IsKnown && time.GetElapsedTime(offset.MeasuredAt.Timestamp) < OffsetAge;
        var facts = new ServerFacts(
            client.State.ToString(), state, state is null ? null : asked, fresh ? offset.Offset : null,
            subscriptions.Values.Sum(watched => watched.Subscription.MonitoredItems), subscriptions.Values.Sum(watched => watched.Subscription.RejectedItems), client.Counters.Reconnects);
        await arrivals.WriteAsync(new Arrived.Facts(Now, server, facts), cancel).ConfigureAwait(false);
        if (state is not null)
        {
            var kind = state == nameof(OpcUa.Services.ServerState.Running) ? ContinuityEventKind.ServerRunning : ContinuityEventKind.ServerNotRunning;
            await arrivals.WriteAsync(new Arrived.Event(Now, new ContinuityEvent(kind) { Server = server, Detail = $"the server's state is {state}" }), cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A subscription and what it was last asked to watch.</summary>
    private sealed class Watched(Subscription subscription, HashSet<int> sources)
    {
        public Subscription Subscription => subscription;

        public HashSet<int> Sources => sources;

        /// <summary>The table that the items are by.</summary>
        public required SourceTable By { get; set; }
    }
}
