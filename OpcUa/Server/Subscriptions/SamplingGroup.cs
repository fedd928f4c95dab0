namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>
/// The items of one subscription that are sampled at one interval. Instead of a timer each, they share one, and it visits only
/// those whose variable was set since; what is computed on demand is looked at every time.
/// </summary>
internal sealed class SamplingGroup(TimeSpan interval, long due)
{
    private readonly Lock gate = new();
    private List<MonitoredItem> changed = [];
    private List<MonitoredItem> sampled = [];
    private readonly HashSet<MonitoredItem> polled = [];

    public TimeSpan Interval { get; } = interval;

    /// <summary>Timestamp of the next sample; the subscription's loop keeps it.</summary>
    public long Due { get; set; } = due;

    /// <summary>Items in it, so that an empty group can go; the subscription keeps it.</summary>
    public int Members { get; set; }

    public void Changed(MonitoredItem item)
    {
        lock (gate) changed.Add(item);
    }

    public void Poll(MonitoredItem item, bool wanted)
    {
        lock (gate)
        {
            if (wanted) polled.Add(item);
            else polled.Remove(item);
        }
    }

    /// <summary>Takes a sample of each item that may have one. For the subscription's loop alone.</summary>
    public void Sample()
    {
        lock (gate)
        {
            (changed, sampled) = (sampled, changed);
            sampled.AddRange(polled);
        }
        foreach (MonitoredItem item in sampled) item.Sample();
        sampled.Clear();
    }
}
