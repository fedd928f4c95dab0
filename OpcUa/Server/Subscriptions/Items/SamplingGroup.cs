namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

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

    /// <summary>Timestamp of the next sample.</summary>
    public long Due { get; private set; } = due;

    /// <summary>Intervals that have passed, visited or not.</summary>
    public long Passed => Volatile.Read(ref passed);

    /// <summary>Intervals that have passed by the clock, those included that the subscription's loop is late to visit.</summary>
    public long PassedBy(long now, long step) => Passed + (now >= Due ? Grid.Steps(Due, step, now) : 0);

    private long passed;

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

    /// <summary>Keeps to the grid of the interval; samples that were missed are not made up for. For the subscription's loop alone.</summary>
    public void Advance(long now, long step)
    {
        long steps = Grid.Steps(Due, step, now);
        Due += steps * step;
        Volatile.Write(ref passed, passed + steps);
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
