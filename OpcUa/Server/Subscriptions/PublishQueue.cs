namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>
/// The Publish requests of one session that wait, and the subscriptions that wait for one (Part 4 §5.13.1.2, the late state).
/// Thread-safe; never calls out under its lock but to wake a loop.
/// </summary>
internal sealed class PublishQueue(int capacity)
{
    private readonly Lock gate = new();
    private readonly LinkedList<ParkedPublish> parked = [];
    private readonly List<ServerSubscription> late = [];
    private readonly Queue<StatusNotice> notices = [];

    // A client that never asks loses the oldest.
    private const int MaxNotices = 16;

    public int Count
    {
        get
        {
            lock (gate) return parked.Count;
        }
    }

    /// <summary>Parks a request and wakes the subscription that waits most urgently. Returns the oldest when there is no room for both.</summary>
    public ParkedPublish? Park(ParkedPublish request)
    {
        ParkedPublish? displaced = null;
        lock (gate)
        {
            parked.AddLast(request);
            if (parked.Count > capacity)
            {
                displaced = parked.First!.Value;
                parked.RemoveFirst();
            }
            WakeNext();
        }
        return displaced;
    }

    /// <summary>Takes the oldest request; without one the subscription is noted as late and will be woken.</summary>
    public ParkedPublish? TakeOrWait(ServerSubscription subscription)
    {
        lock (gate)
        {
            if (TryTake() is { } request) return request;
            if (!late.Contains(subscription)) late.Add(subscription);
            return null;
        }
    }

    public ParkedPublish? Take()
    {
        lock (gate) return TryTake();
    }

    /// <summary>A request to send a notice with now; without one the notice waits for the next.</summary>
    public ParkedPublish? TakeForNotice(StatusNotice notice)
    {
        lock (gate)
        {
            if (TryTake() is { } request) return request;
            if (notices.Count == MaxNotices) notices.Dequeue();
            notices.Enqueue(notice);
            return null;
        }
    }

    /// <summary>A notice that waits for a request.</summary>
    public StatusNotice? TakeNotice()
    {
        lock (gate) return notices.TryDequeue(out StatusNotice? notice) ? notice : null;
    }

    /// <summary>The subscription is served or gone; who else is late may have what is left.</summary>
    public void Leave(ServerSubscription subscription)
    {
        lock (gate)
        {
            late.Remove(subscription);
            if (parked.Count > 0) WakeNext();
        }
    }

    /// <summary>Takes the requests that nobody waits for any longer.</summary>
    public List<ParkedPublish> TakeExpired(long now) => TakeWhere(request => request.Deadline <= now);

    public List<ParkedPublish> TakeAll() => TakeWhere(static _ => true);

    public List<ParkedPublish> TakeWhere(Predicate<ParkedPublish> matches)
    {
        var taken = new List<ParkedPublish>();
        lock (gate)
        {
            for (LinkedListNode<ParkedPublish>? node = parked.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (!matches(node.Value)) continue;
                taken.Add(node.Value);
                parked.Remove(node);
            }
        }
        return taken;
    }

    private ParkedPublish? TryTake()
    {
        if (parked.First is not { } first) return null;
        parked.RemoveFirst();
        return first.Value;
    }

    private void WakeNext()
    {
        if (late.Count == 0) return;
        ServerSubscription next = late[0];
        foreach (ServerSubscription candidate in late)
            if (candidate.Priority > next.Priority) next = candidate;
        late.Remove(next);
        next.Wake();
    }
}
