using System.Collections.Concurrent;

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

    /// <summary>No connection, no ids.</summary>
    public void ForgetAll() => byId.Clear();

    public void Remove(Subscription subscription)
    {
        all.TryRemove(subscription, out _);
        byId.TryRemove(new KeyValuePair<uint, Subscription>(subscription.SubscriptionId, subscription));
    }

    public Subscription? Find(uint id) => byId.GetValueOrDefault(id);

    /// <summary>Raised with each id that becomes known.</summary>
    public Action<uint>? Registered { get; set; }
}
