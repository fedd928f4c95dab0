using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A subscription that outlives its connection: lost messages are fetched again, a lost subscription is transferred or made anew.
/// Its members may be called from anywhere; what it delivers comes through its <see cref="ISubscriptionSink"/>.
/// </summary>
public sealed class Subscription : IAsyncDisposable
{
    private readonly ConnectionKeeper keeper;
    private readonly SubscriptionDelivery delivery;
    private readonly MonitoredItemSet items;
    private readonly SubscriptionNews news;
    private readonly SilenceWatch silence;
    private readonly PendingAcknowledgements acknowledgements = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly ItemRetries retries;
    private readonly Lock arrivalGate = new();
    private SubscriptionBinding? binding;
    private Arrival lastMessageAt;
    private Task delivering = Task.CompletedTask;
    private Task retrying = Task.CompletedTask;
    private int disposed;

    internal Subscription(ConnectionKeeper keeper, SubscriptionOptions options, ISubscriptionSink sink)
    {
        this.keeper = keeper;
        Options = options;
        news = new SubscriptionNews(this, keeper.Diagnostics);
        items = new MonitoredItemSet(options, keeper.Batches, keeper.Time);
        retries = new ItemRetries(this, items, keeper);
        silence = new SilenceWatch(keeper.Time, (span, times) => delivery!.TryPost(new SubscriptionInput.Silent(span, times, Binding)));
        delivery = new SubscriptionDelivery(this, keeper, items, new SinkCalls(sink, keeper.Diagnostics), options.QueuedMessages);
    }

    public SubscriptionOptions Options { get; private set; }

    /// <summary>The server's id of the present incarnation.</summary>
    public uint SubscriptionId { get; private set; }

    /// <summary>Counts the incarnations, from 1. Sequence numbers begin again at 1 in each.</summary>
    public int Epoch { get; private set; }

    public TimeSpan RevisedPublishingInterval { get; private set; }
    public uint RevisedKeepAliveCount { get; private set; }
    public uint RevisedLifetimeCount { get; private set; }

    /// <summary>Longest silence that the server may keep: publishing interval × keep-alive count.</summary>
    public TimeSpan KeepAliveInterval { get; private set; }

    /// <summary>Silence that is reported as <see cref="SubscriptionStatus.Late"/>: 1.5 × the keep-alive interval.</summary>
    public TimeSpan LateAfter => silence.Limit;

    /// <summary>Arrival of the latest message of any kind; of the creation before there was one.</summary>
    public Arrival LastMessageAt
    {
        get
        {
            lock (arrivalGate)
                return lastMessageAt;
        }
    }

    /// <summary>Items that the server monitors now.</summary>
    public int MonitoredItems => items.Monitored;

    /// <summary>Items that it does not, although asked; each is tried again.</summary>
    public int RejectedItems => items.Rejected;

    internal PendingAcknowledgements Acknowledgements => acknowledgements;

    internal SubscriptionBinding? Binding => Volatile.Read(ref binding);

    /// <summary>No more messages should be asked for until the sink has caught up.</summary>
    internal bool IsFull => delivery.IsFull;

    /// <summary>Adds items; results are in order. A rejected item stops nothing: it is tried again, backing off.</summary>
    /// <exception cref="ArgumentException">A client handle is taken already.</exception>
    public async Task<IReadOnlyList<MonitoredItemResult>> AddItemsAsync(IReadOnlyList<MonitoredItemOptions> added, CancellationToken cancellation)
    {
        var results = await items.AddAsync(Binding, added, cancellation).ConfigureAwait(false);
        ReportItems();
        news.TellRevisions(added, results);
        return results;
    }

    public Task RemoveItemsAsync(IReadOnlyList<uint> clientHandles, CancellationToken cancellation) => items.RemoveAsync(Binding, clientHandles, cancellation);

    /// <summary>Changes sampling, queue and filter of items that exist (Part 4, ModifyMonitoredItems).</summary>
    public async Task<IReadOnlyList<MonitoredItemResult>> ModifyItemsAsync(IReadOnlyList<MonitoredItemOptions> changed, CancellationToken cancellation) =>
        await items.ModifyAsync(Bound, changed, cancellation).ConfigureAwait(false);

    /// <summary>Changes the subscription itself (Part 4, ModifySubscription).</summary>
    public async Task ModifyAsync(SubscriptionOptions options, CancellationToken cancellation)
    {
        options.Validate();
        var bound = Bound;
        var response = await bound.Session.CallAsync<ModifySubscriptionResponse>(new ModifySubscriptionRequest
        {
            SubscriptionId = bound.SubscriptionId,
            RequestedPublishingInterval = options.PublishingInterval.TotalMilliseconds,
            RequestedLifetimeCount = options.AskedLifetimeCount,
            RequestedMaxKeepAliveCount = options.KeepAliveCount,
            MaxNotificationsPerPublish = options.MaxNotificationsPerPublish,
            Priority = options.Priority,
        }, cancellation).ConfigureAwait(false);
        Options = options with { QueuedMessages = Options.QueuedMessages, PublishingEnabled = Options.PublishingEnabled };
        Revise(response.RevisedPublishingInterval, response.RevisedMaxKeepAliveCount, response.RevisedLifetimeCount);
    }

    public async Task SetPublishingModeAsync(bool enabled, CancellationToken cancellation)
    {
        var bound = Bound;
        var response = await bound.Session.CallAsync<SetPublishingModeResponse>(
            new SetPublishingModeRequest { PublishingEnabled = enabled, SubscriptionIds = [bound.SubscriptionId] }, cancellation).ConfigureAwait(false);
        if (response.Results is [{ IsBad: true } refused])
            throw new UaException(refused, "The publishing mode was not set", "SetPublishingMode");
        Options = Options with { PublishingEnabled = enabled };
    }

    public Task SetMonitoringModeAsync(MonitoringMode mode, IReadOnlyList<uint> clientHandles, CancellationToken cancellation) =>
        items.SetModeAsync(Bound, mode, clientHandles, cancellation);

    /// <summary>
    /// Tells the server with the next Publish request that it may forget a notification message. Never done without you: call it
    /// when the values are safe. An epoch that has passed is ignored.
    /// </summary>
    public void Acknowledge(uint sequenceNumber, int epoch) => acknowledgements.Add(sequenceNumber, epoch);

    /// <summary>Deletes the subscription at the server and ends its loops; waits for the sink's present call, so a sink must not await it.</summary>
    public ValueTask DisposeAsync() => EndAsync(deleteAtServer: true);

    /// <summary>Ends the loops; closing the session deletes the subscription too.</summary>
    internal async ValueTask EndAsync(bool deleteAtServer)
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        keeper.Subscriptions.Remove(this);
        silence.Dispose();
        var bound = Interlocked.Exchange(ref binding, null);
        await stopping.CancelAsync().ConfigureAwait(false);
        delivery.Complete();
        await Task.WhenAll(delivering, retrying).ConfigureAwait(false);
        if (deleteAtServer && bound is not null && keeper.State == UaClientState.Connected)
            await DeleteAsync(bound).ConfigureAwait(false);
        delivery.Dispose();
        items.Dispose();
        retries.Dispose();
        stopping.Dispose();
    }

    /// <summary>Creates the subscription at the server and begins to deliver.</summary>
    internal async Task StartAsync(Session session, CancellationToken cancellation)
    {
        delivering = delivery.RunAsync(stopping.Token);
        retrying = retries.RunAsync(stopping.Token);
        // Known before it exists, so that a loss in between is repaired too.
        keeper.Subscriptions.Add(this);
        await CreateAsync(session, cancellation).ConfigureAwait(false);
    }

    /// <summary>CreateSubscription in a session, without items. A new incarnation: numbering, acknowledgements and id begin anew.</summary>
    internal async Task CreateAsync(Session session, CancellationToken cancellation)
    {
        var response = await session.CallAsync<CreateSubscriptionResponse>(new CreateSubscriptionRequest
        {
            RequestedPublishingInterval = Options.PublishingInterval.TotalMilliseconds,
            RequestedLifetimeCount = Options.AskedLifetimeCount,
            RequestedMaxKeepAliveCount = Options.KeepAliveCount,
            MaxNotificationsPerPublish = Options.MaxNotificationsPerPublish,
            PublishingEnabled = Options.PublishingEnabled,
            Priority = Options.Priority,
        }, cancellation).ConfigureAwait(false);
        Epoch++;
        acknowledgements.Begin(Epoch);
        SubscriptionId = response.SubscriptionId;
        Bind(session);
        Revise(response.RevisedPublishingInterval, response.RevisedMaxKeepAliveCount, response.RevisedLifetimeCount);
        keeper.Subscriptions.Register(this, response.SubscriptionId);
    }

    /// <summary>The subscription as it is, over another connection.</summary>
    internal void Bind(Session session)
    {
        Volatile.Write(ref binding, new SubscriptionBinding(keeper, session, SubscriptionId));
        Hear(Arrival.Now(keeper.Time));
        if (KeepAliveInterval > TimeSpan.Zero)
            silence.Start(KeepAliveInterval);
    }

    internal void Unbind()
    {
        Volatile.Write(ref binding, null);
        silence.Stop();
    }

    internal static async Task DeleteAsync(SubscriptionBinding bound)
    {
        try
        {
            await bound.Session.CallAsync<DeleteSubscriptionsResponse>(new DeleteSubscriptionsRequest { SubscriptionIds = [bound.SubscriptionId] }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (UaException)
        {
            // Its lifetime ends it at the server.
        }
    }

    /// <summary>A Publish response for this subscription, from the publish pump, in order. False when there is no room for it.</summary>
    internal bool Accept(PooledMessage response, Arrival at)
    {
        Hear(at);
        return delivery.TryPost(new SubscriptionInput.Message(response, at));
    }

    internal void Post(SubscriptionInput input) => delivery.TryPost(input);

    internal void RetryItemsNow() => retries.Wake();

    /// <summary>Tells the sink and the diagnostics what became of items.</summary>
    internal void ReportItems()
    {
        var statuses = news.Tell(items.TakeReports());
        if (statuses.Count > 0)
            delivery.TryPost(new SubscriptionInput.News(statuses));
        if (statuses.Any(status => status is SubscriptionStatus.ItemRejected))
            RetryItemsNow();
    }

    private SubscriptionBinding Bound => Binding ?? throw ConnectionKeeper.NotConnected("subscription");

    private void Hear(Arrival at)
    {
        lock (arrivalGate)
            lastMessageAt = at;
        silence.Hear(at.Timestamp);
    }

    private void Revise(double publishingInterval, uint keepAliveCount, uint lifetimeCount)
    {
        RevisedPublishingInterval = RevisedSpan.Of(publishingInterval);
        RevisedKeepAliveCount = Math.Max(1, keepAliveCount);
        RevisedLifetimeCount = lifetimeCount;
        // An interval of zero says nothing about how often the server looks; what was asked is the best guess left.
        var interval = RevisedPublishingInterval > TimeSpan.Zero ? RevisedPublishingInterval : Options.PublishingInterval;
        if (interval < TimeSpan.FromMilliseconds(1))
            interval = TimeSpan.FromMilliseconds(1);
        KeepAliveInterval = TimeSpan.FromTicks((long)Math.Min(interval.Ticks * (double)RevisedKeepAliveCount, TimeSpan.FromDays(365).Ticks));
        silence.Start(KeepAliveInterval);

        news.TellRevision("publishing interval", $"{Options.PublishingInterval.TotalMilliseconds:0.###} ms", $"{RevisedPublishingInterval.TotalMilliseconds:0.###} ms");
        news.TellRevision("keep-alive count", $"{Options.KeepAliveCount}", $"{keepAliveCount}");
        news.TellRevision("lifetime count", $"{Options.AskedLifetimeCount}", $"{lifetimeCount}");
    }
}
