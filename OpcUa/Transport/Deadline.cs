namespace PatchEdge.OpcUa.Transport;

/// <summary>One timer, set and cleared many times over; runs its action when a set time passes before it is cleared.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider time;
    private readonly Action expired;
    private readonly ITimer timer;
    private long dueAt = long.MaxValue;

    public Deadline(TimeProvider time, Action expired)
    {
        this.time = time;
        this.expired = expired;
        timer = time.CreateTimer(static state => ((Deadline)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>An infinite span clears.</summary>
    public void Set(TimeSpan within)
    {
        if (within == Timeout.InfiniteTimeSpan)
        {
            Clear();
            return;
        }
        Volatile.Write(ref dueAt, time.GetTimestamp() + (long)(within.TotalSeconds * time.TimestampFrequency));
        timer.Change(within, Timeout.InfiniteTimeSpan);
    }

    public void Clear()
    {
        if (Volatile.Read(ref dueAt) == long.MaxValue)
            return;
        Volatile.Write(ref dueAt, long.MaxValue);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => timer.Dispose();

    // A timer may already be firing when it is cleared or set again: the time decides, not the callback. It may also fire a
    // few ticks early; a millisecond of slack keeps such a deadline from being lost.
    private void Fire()
    {
        var slack = time.TimestampFrequency / 50;
        var due = Volatile.Read(ref dueAt);
        if (due != long.MaxValue && time.GetTimestamp() + slack >= due)
            expired();
    }
}
