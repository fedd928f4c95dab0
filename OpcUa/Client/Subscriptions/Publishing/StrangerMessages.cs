using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Messages of subscriptions that nobody knows, or not yet: the answer to CreateSubscription may be overtaken by the first
/// notification. Bounded in messages and in the ids it remembers. For the one loop of its <see cref="PublishPump"/>.
/// </summary>
internal sealed class StrangerMessages : IDisposable
{
    private const int Most = 16;

    private readonly List<Stranger> waiting = [];

    // Apart from the messages, which come and go: who talks much is a stranger for as long as who talks little.
    private readonly List<(uint SubscriptionId, long Since)> known = [];

    public bool IsEmpty => known.Count == 0;

    /// <summary>Keeps a message. Returns the one that had to make room for it, already let go of; null while there is room.</summary>
    public Stranger? Add(uint subscriptionId, PooledMessage message, Arrival at)
    {
        Stranger? oldest = null;
        if (waiting.Count == Most)
        {
            oldest = waiting[0];
            waiting.RemoveAt(0);
            oldest.Message.Dispose();
        }
        waiting.Add(new Stranger(subscriptionId, message, at));
        if (known.All(stranger => stranger.SubscriptionId != subscriptionId))
        {
            if (known.Count == Most)
                known.RemoveAt(0);
            known.Add((subscriptionId, at.Timestamp));
        }
        return oldest;
    }

    /// <summary>Hands out, in order, the messages of subscriptions that are known by now.</summary>
    public Stranger[] Take(Func<uint, bool> isKnown)
    {
        Stranger[] taken = [.. waiting.Where(stranger => isKnown(stranger.SubscriptionId))];
        foreach (var stranger in taken)
            waiting.Remove(stranger);
        known.RemoveAll(stranger => isKnown(stranger.SubscriptionId));
        return taken;
    }

    /// <summary>The id that has been unknown longest, if that is at least so long; it is forgotten, its messages are let go.</summary>
    /// <param name="isKnown">Servers use ids again: what was a stranger's may be ours by now.</param>
    public uint? Expel(TimeProvider time, TimeSpan patience, Func<uint, bool> isKnown)
    {
        known.RemoveAll(stranger => isKnown(stranger.SubscriptionId));
        if (known.Count == 0 || time.GetElapsedTime(known[0].Since) < patience)
            return null;
        var id = known[0].SubscriptionId;
        known.RemoveAt(0);
        foreach (var stranger in waiting.Where(stranger => stranger.SubscriptionId == id))
            stranger.Message.Dispose();
        waiting.RemoveAll(stranger => stranger.SubscriptionId == id);
        return id;
    }

    public void Dispose()
    {
        foreach (var stranger in waiting)
            stranger.Message.Dispose();
        waiting.Clear();
    }
}

/// <summary>One message of <see cref="StrangerMessages"/>.</summary>
internal sealed record Stranger(uint SubscriptionId, PooledMessage Message, Arrival At);
