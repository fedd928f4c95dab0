using Microsoft.Extensions.Time.Testing;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A clock that is moved by hand and a wall clock that can be set beside it, as a person or a time server does.</summary>
internal sealed class TwoClocks(DateTimeOffset start) : TimeProvider
{
    private readonly FakeTimeProvider steady = new(start);
    private static readonly TimeSpan RetryPace = TimeSpan.FromSeconds(1);

    private long step;
    private int retries;

    /// <summary>Waits of one second that are under way: a journal that takes nothing is between two attempts.</summary>
    public bool IsRetryAwaited => Volatile.Read(ref retries) > 0;

    /// <summary>By how much the wall clock was set so far.</summary>
    public TimeSpan Step
    {
        get => new(Interlocked.Read(ref step));
        set => Interlocked.Exchange(ref step, value.Ticks);
    }

    public override long TimestampFrequency => steady.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() + Step;

    public override long GetTimestamp() => steady.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != RetryPace || period != Timeout.InfiniteTimeSpan)
            return steady.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref retries);
        return steady.CreateTimer(
            given =>
            {
                Interlocked.Decrement(ref retries);
                callback(given);
            },
            state, dueTime, period);
    }

    /// <summary>Both clocks go on; timers that fall due on the way fire.</summary>
    public void Advance(TimeSpan by) => steady.Advance(by);
}
