using System.Collections.Concurrent;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>The subscriptions of a client, by their own identity and by the ids that the server gave them. Thread-safe.</summary>
internal sealed class SubscriptionSet
{
    private readonly ConcurrentDictionary<Subscription, byte> all = new();
    private readonly ConcurrentDictionary<uint, Subscription> byId = new();

    public int Count => all.Count;

    public ICollection<Subscription> Snapshot() => all.Keys;

    /// <summary>Something is registered that Publish responses may be for.</summary>
    public bool HasRegistered => !byId.IsEmpty;

    /// <summary>The sink of one is behind: a message more could not be held.</summary>
    public bool IsAnyFull
    {
        get
        {
            foreach (var pair in byId)
            {
                if (pair.Value.IsFull)
                    return true;
            }
            return false;
        }
    }

    public void Add(Subscription subscription) => all.TryAdd(subscription, 0);

    public void Register(Subscription subscription, uint id)
    {
        byId[id] = subscription;
        Registered?.Invoke(id);
    }

    /// <summary>The server no longer has it under this id.</summary>
    public void Forget(uint id) => byId.TryRemove(id, out _);

    public void Remove(Subscription subscription)
    {
        all.TryRemove(subscription, out _);
        byId.TryRemove(new KeyValuePair<uint, Subscription>(subscription.SubscriptionId, subscription));
    }

    public Subscription? Find(uint id) => byId.GetValueOrDefault(id);

    /// <summary>Raised with each id that becomes known.</summary>
    public Action<uint>? Registered { get; set; }

    /// <summary>The connection is gone, and with it every id.</summary>
    public void Disconnect(UaException reason, Arrival at)
    {
        byId.Clear();
        foreach (var subscription in all.Keys)
            subscription.Post(new SubscriptionInput.Disconnected(reason, at));
    }

    /// <summary>
    /// Brings every subscription back over a new connection: as it is when the session was resumed, transferred to a new session, or
    /// made anew. Returns when each has tried, or when the connection is gone again: a sink that hangs must not hide that.
    /// </summary>
    public async Task RepairAsync(Session session, bool resumed, CancellationToken cancellation)
    {
        byId.Clear();
        Subscription[] broken = [.. all.Keys];
        if (broken.Length == 0)
            return;
        var kinds = resumed
            ? Enumerable.Repeat(RecoveryKind.Republished, broken.Length).ToArray()
            : await TransferAsync(session, broken, cancellation).ConfigureAwait(false);
        var repairs = new Task[broken.Length];
        for (var i = 0; i < broken.Length; i++)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            broken[i].Post(new SubscriptionInput.Connected(session, kinds[i], done));
            repairs[i] = done.Task;
        }
        await Task.WhenAny(Task.WhenAll(repairs), session.Channel.Channel.Closed, session.Lost).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Every sink hears when the server's state or service level changed.</summary>
    public void TellState(ServerInformation previous, ServerInformation current, Arrival at)
    {
        if (previous.State == current.State && previous.ServiceLevel == current.ServiceLevel)
            return;
        foreach (var subscription in all.Keys)
        {
            List<SubscriptionStatus> news = [];
            if (previous.State != current.State)
                news.Add(new SubscriptionStatus.ServerStateChanged(subscription, at, previous.State, current.State));
            if (previous.ServiceLevel != current.ServiceLevel)
                news.Add(new SubscriptionStatus.ServiceLevelChanged(subscription, at, previous.ServiceLevel, current.ServiceLevel));
            subscription.Post(new SubscriptionInput.News(news));
        }
    }

    private static async Task<RecoveryKind[]> TransferAsync(Session session, Subscription[] broken, CancellationToken cancellation)
    {
        try
        {
            var results = (await session.CallAsync<TransferSubscriptionsResponse>(
                new TransferSubscriptionsRequest { SubscriptionIds = [.. broken.Select(subscription => subscription.SubscriptionId)] }, cancellation).ConfigureAwait(false)).Results;
            return [.. broken.Select((_, i) => i < results.Length && !results[i].StatusCode.IsBad ? RecoveryKind.Transferred : RecoveryKind.Recreated)];
        }
        catch (UaException) when (!session.Channel.IsBroken)
        {
            return [.. broken.Select(_ => RecoveryKind.Recreated)];
        }
    }
}
