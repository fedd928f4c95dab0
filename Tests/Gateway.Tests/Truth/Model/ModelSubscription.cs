namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A subscription as OPC UA Part 4 §5.13 describes it: a queue for each item, publishing cycles, numbered messages, and those sent kept for a while.</summary>
internal sealed class ModelSubscription(int queueSize, int keepAliveCount, int lifetimeCount)
{
    private const int MostKept = 20;

    private readonly SortedDictionary<int, (int Source, LinkedList<(Produced Value, bool Overflow)> Queue)> items = [];
    private readonly LinkedList<Message> kept = new();
    private uint next = 1;
    private int cyclesWithoutMessage;
    private int cyclesWithoutClient;
    private bool first = true;

    /// <summary>A message waits for a client to take it.</summary>
    public bool IsDue { get; private set; }

    /// <summary>The newest value that each item was given.</summary>
    public Dictionary<int, int> Sampled { get; } = [];

    /// <summary>By tag that is monitored: the source as the gateway numbers it.</summary>
    public IEnumerable<(int Tag, int Source)> Items => items.Select(item => (item.Key, item.Value.Source));

    public void Add(Produced present, int source)
    {
        items[present.Tag] = (source, new LinkedList<(Produced, bool)>());
        Enqueue(present);
    }

    /// <summary>What its queue holds is gone with it.</summary>
    public void Remove(int tag) => items.Remove(tag);

    /// <summary>A full queue drops its oldest value and marks the one that is then the oldest.</summary>
    public void Enqueue(Produced value)
    {
        if (!items.TryGetValue(value.Tag, out var item))
            return;
        Sampled[value.Tag] = value.Number;
        var queue = item.Queue;
        queue.AddLast((value, false));
        if (queue.Count <= queueSize)
            return;
        queue.RemoveFirst();
        var (beside, _) = queue.First!.Value;
        queue.First.Value = (beside, true);
    }

    /// <summary>One publishing interval is over.</summary>
    /// <returns>False when the subscription has outlived its client.</returns>
    public bool EndCycle(bool hasClient)
    {
        cyclesWithoutClient = hasClient ? 0 : cyclesWithoutClient + 1;
        cyclesWithoutMessage++;
        IsDue |= first || cyclesWithoutMessage >= keepAliveCount || items.Values.Any(item => item.Queue.Count > 0);
        return cyclesWithoutClient < lifetimeCount;
    }

    public Message Take(DateTime publishTime, long sent)
    {
        var values = new List<Notified>();
        foreach (var (source, queue) in items.Values)
        {
            values.AddRange(queue.Select(value => new Notified(value.Value, source, value.Overflow)));
            queue.Clear();
        }

        (IsDue, first, cyclesWithoutMessage) = (false, false, 0);
        var message = new Message(next, values, publishTime, sent);
        if (message.IsKeepAlive)
            return message;
        next++;
        kept.AddLast(message);
        if (kept.Count > MostKept)
            kept.RemoveFirst();
        return message;
    }

    /// <summary>What Republish finds.</summary>
    public Message? Find(uint sequence) => kept.FirstOrDefault(message => message.Sequence == sequence);

    public void Forget(Message message) => kept.Remove(message);
}
