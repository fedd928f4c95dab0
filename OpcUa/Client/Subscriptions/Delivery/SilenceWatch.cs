namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Notices when a subscription says nothing for longer than it may: 1.5 × its keep-alive interval, and again after each further such
/// span. A message costs it one write, no timer.
/// </summary>
internal sealed class SilenceWatch : IDisposable
{
    private const double Patience = 1.5;

    private readonly TimeProvider time;
    private readonly Action<TimeSpan, int> silent;
    private readonly ITimer timer;
    private long lastAt;
    private long limitTicks = long.MaxValue;
    private int times;

    /// <param name="silent">Told the silence so far and how many limits it spans, on a timer thread.</param>
    public SilenceWatch(TimeProvider time, Action<TimeSpan, int> silent)
    {
        this.time = time;
        this.silent = silent;
        lastAt = time.GetTimestamp();
        timer = time.CreateTimer(static state => ((SilenceWatch)state!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Limit => TimeSpan.FromTicks(Volatile.Read(ref limitTicks));

    /// <summary>Begins, or goes on with another interval; the silence counts from now.</summary>
    public void Start(TimeSpan keepAliveInterval)
    {
        var limit = keepAliveInterval * Patience;
        // Timers end at some 49 days, and a server may grant a keep-alive count of millions.
        limit = limit > TimeSpan.FromDays(40) ? TimeSpan.FromDays(40) : limit < TimeSpan.FromMilliseconds(100) ? TimeSpan.FromMilliseconds(100) : limit;
        Volatile.Write(ref limitTicks, limit.Ticks);
        Hear(time.GetTimestamp());
        timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    public void Stop() => timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A message arrived at <paramref name="timestamp"/>.</summary>
    public void Hear(long timestamp)
    {
        Volatile.Write(ref lastAt, timestamp);
        Volatile.Write(ref times, 0);
    }

    public void Dispose() => timer.Dispose();

    private void Check()
    {
        var limit = Limit;
        var silence = time.GetElapsedTime(Volatile.Read(ref lastAt));
        var due = limit * (Volatile.Read(ref times) + 1);
        if (silence < due)
        {
            timer.Change(due - silence, Timeout.InfiniteTimeSpan);
            return;
        }
        var count = Interlocked.Increment(ref times);
        timer.Change(limit, Timeout.InfiniteTimeSpan);
        silent(silence, count);
    }
}
