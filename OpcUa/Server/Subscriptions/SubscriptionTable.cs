using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>All subscriptions, with or without a session. Thread-safe.</summary>
internal sealed class SubscriptionTable(ServerLimits limits, Responder responder, TimeProvider timeProvider, RunningTasks running, Action<UaServerEvent> report)
{
    private readonly ConcurrentDictionary<uint, ServerSubscription> subscriptions = new();
    private readonly Lock gate = new();

    // Begins anywhere, so that an id of an earlier run of the server is hardly ever taken for one of this.
    private uint lastId = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
    private long order;
    private long created;
    private int itemCount;

    // When each lost its session, to let the oldest go first.
    private readonly Dictionary<uint, long> orphans = [];

    public IEnumerable<ServerSubscription> All => subscriptions.Values;
    public int Count => subscriptions.Count;
    public long Created => Volatile.Read(ref created);
    public int ItemCount => Volatile.Read(ref itemCount);

    public ServerSubscription Create(ServerSession session, SubscriptionParameters parameters, bool publishingEnabled)
    {
        lock (gate)
        {
            if (subscriptions.Count >= limits.MaxSubscriptions || OfSession(session).Count() >= limits.MaxSubscriptionsPerSession)
                throw new UaException(StatusCodes.BadTooManySubscriptions, "There is no room for another subscription", "CreateSubscription", "Delete one first");
            do lastId = unchecked(lastId + 1);
            while (lastId == 0 || subscriptions.ContainsKey(lastId));
            var surroundings = new SubscriptionSurroundings(limits, timeProvider, responder, Expire);
            var subscription = new ServerSubscription(lastId, session, parameters, publishingEnabled, surroundings);
            subscriptions[lastId] = subscription;
            created++;
            subscription.Start();
            report(new UaServerEvent(UaServerEventKind.SubscriptionCreated, session.Channel.Peer, StatusCodes.Good, $"Subscription {lastId} every {parameters.PublishingInterval.TotalMilliseconds} ms."));
            return subscription;
        }
    }

    public ServerSubscription? Find(uint id) => subscriptions.GetValueOrDefault(id);

    /// <exception cref="UaException">BadSubscriptionIdInvalid unless the session has this subscription.</exception>
    public ServerSubscription Require(ServerSession session, uint id)
    {
        if (Find(id) is { } subscription && subscription.Session == session)
        {
            subscription.Touch();
            return subscription;
        }
        throw new UaException(StatusCodes.BadSubscriptionIdInvalid, $"The session has no subscription {id}", "SubscriptionId", "Create one, or transfer it");
    }

    public IEnumerable<ServerSubscription> OfSession(ServerSession session) => subscriptions.Values.Where(subscription => subscription.Session == session);

    public bool HasAny(ServerSession session) => OfSession(session).Any();

    /// <summary>Room for one more item in the whole server; <see cref="ReleaseItems"/> gives it back.</summary>
    public bool TryReserveItem()
    {
        if (Interlocked.Increment(ref itemCount) <= limits.MaxMonitoredItems) return true;
        Interlocked.Decrement(ref itemCount);
        return false;
    }

    public void ReleaseItems(int count) => Interlocked.Add(ref itemCount, -count);

    /// <summary>False when somebody else has deleted it. The last of a session answers the Publish requests that wait, unless nobody shall hear.</summary>
    public async ValueTask<bool> DeleteAsync(ServerSubscription subscription, bool silently = false)
    {
        if (!subscriptions.TryRemove(new(subscription.Id, subscription))) return false;
        lock (gate) orphans.Remove(subscription.Id);
        await subscription.DisposeAsync().ConfigureAwait(false);
        ReleaseItems(subscription.ItemCount);
        // Without a subscription nothing will ever answer them (Part 4, Publish).
        if (!silently && subscription.Session is { } session && !HasAny(session))
        {
            foreach (ParkedPublish parked in session.Publishes.TakeAll())
                running.Add(responder.FaultAsync(parked, StatusCodes.BadNoSubscription, CancellationToken.None));
        }
        report(new UaServerEvent(UaServerEventKind.SubscriptionDeleted, null, StatusCodes.Good, $"Subscription {subscription.Id} deleted."));
        return true;
    }

    /// <summary>Moves a subscription to a session; its former one, if it still lives, hears of it (Part 4, TransferSubscriptions).</summary>
    public uint[] Transfer(ServerSubscription subscription, ServerSession to, bool sendInitialValues)
    {
        ServerSession? from = subscription.Session;
        uint[] available = subscription.MoveTo(to, sendInitialValues);
        lock (gate) orphans.Remove(subscription.Id);
        if (from is not null && from != to) Notify(from, subscription, StatusCodes.GoodSubscriptionTransferred);
        report(new UaServerEvent(UaServerEventKind.SubscriptionTransferred, to.Channel.Peer, StatusCodes.Good, $"Subscription {subscription.Id} transferred to session '{to.Name}'."));
        return available;
    }

    /// <summary>The session ends: its subscriptions go with it, or wait for another session until their lifetime ends.</summary>
    public async ValueTask LeaveAsync(ServerSession session, bool delete)
    {
        foreach (ServerSubscription subscription in OfSession(session).ToArray())
        {
            if (delete)
            {
                await DeleteAsync(subscription, silently: true).ConfigureAwait(false);
                continue;
            }
            subscription.MoveTo(null, sendInitialValues: false);
            if (Orphan(subscription.Id) is { } oldest && Find(oldest) is { } displaced) running.Add(DeleteAsync(displaced).AsTask());
        }
    }

    /// <summary>Deletes every subscription and tells nobody.</summary>
    public async Task DeleteAllAsync()
    {
        foreach (ServerSubscription subscription in subscriptions.Values) await DeleteAsync(subscription, silently: true).ConfigureAwait(false);
    }

    /// <summary>Notes a subscription as without a session; returns the one that has to go for it, if any.</summary>
    private uint? Orphan(uint id)
    {
        lock (gate)
        {
            orphans[id] = ++order;
            return orphans.Count > limits.MaxSubscriptionsWithoutSession ? orphans.MinBy(entry => entry.Value).Key : null;
        }
    }

    // Called from the subscription's own loop, which ends when this returns: its disposal waits for that.
    private void Expire(ServerSubscription subscription)
    {
        if (subscription.Session is { } session) Notify(session, subscription, StatusCodes.BadTimeout);
        report(new UaServerEvent(UaServerEventKind.SubscriptionTimedOut, null, StatusCodes.BadTimeout, $"Subscription {subscription.Id} outlived its client."));
        running.Add(DeleteAsync(subscription).AsTask());
    }

    /// <summary>Tells a session by StatusChangeNotification that it has lost a subscription.</summary>
    private void Notify(ServerSession session, ServerSubscription subscription, StatusCode status)
    {
        var notice = new StatusNotice(subscription.Id, subscription.LastSequenceNumber(), status);
        if (session.Publishes.TakeForNotice(notice) is { } request) running.Add(SendNoticeAsync(request, notice));
    }

    public async Task SendNoticeAsync(ParkedPublish request, StatusNotice notice)
    {
        using var message = new UaBinaryWriter();
        using var response = new UaBinaryWriter();
        NotificationWriter.StatusChange(message, notice.SequenceNumber, timeProvider.GetUtcNow().UtcDateTime, notice.Status);
        NotificationWriter.PublishResponse(response, responder.Header(request.RequestHandle), notice.SubscriptionId, [], false, message.WrittenSpan, request.Results);
        await responder.SendPublishAsync(request, response.WrittenMemory, droppable: false, CancellationToken.None).ConfigureAwait(false);
    }
}
