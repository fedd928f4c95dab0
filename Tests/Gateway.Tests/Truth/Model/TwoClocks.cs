namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A clock that is moved by hand and a wall clock that can be set beside it, as a person or a time server does.</summary>
/// <remarks>A timer rings at its own moment, never in the middle of a move: whoever looks at both clocks sees one instant.</remarks>
internal sealed class TwoClocks(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<(HandTimer Timer, int Setting), (long At, long Order)> due = new();
    private long elapsed;
    private long order;

    /// <summary>By how much the wall clock was set so far.</summary>
    public TimeSpan Step { get; set; }

    /// <summary>True time since the start.</summary>
    public TimeSpan Elapsed => new(Interlocked.Read(ref elapsed));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => start + Elapsed + Step;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass, no timer on the way left out and none overtaken.</summary>
    /// <param name="to">Since the start; never back.</param>
    /// <param name="rest">Completes when whatever a timer set in motion has come to rest.</param>
    public async Task AdvanceAsync(TimeSpan to, Func<Task> rest)
    {
        while (NextDue(to) is { } timer)
        {
            timer.Ring();
            await rest();
        }

        Interlocked.Exchange(ref elapsed, Math.Max(elapsed, to.Ticks));
    }

    /// <summary>Brings the clocks to the next moment at which a timer rings; null when none does up to the given one.</summary>
    private HandTimer? NextDue(TimeSpan to)
    {
        lock (gate)
        {
            while (due.TryPeek(out var next, out var when) && when.At <= to.Ticks)
            {
                due.Dequeue();
                if (!next.Timer.IsSet(next.Setting))
                    continue;
                Interlocked.Exchange(ref elapsed, Math.Max(elapsed, when.At));
                return next.Timer;
            }

            return null;
        }
    }

    private sealed class HandTimer(TwoClocks clocks, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan pace;
        private int setting;

        public bool IsSet(int at) => setting == at;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clocks.gate)
            {
                unchecked
                {
                    setting++;
                }

                pace = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clocks.due.Enqueue((this, setting), (clocks.elapsed + dueTime.Ticks, clocks.order++));
                return true;
            }
        }

        public void Ring()
        {
            if (pace > TimeSpan.Zero)
                Change(pace, pace);
            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
