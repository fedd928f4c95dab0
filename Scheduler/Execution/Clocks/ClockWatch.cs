using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Scheduler.Execution.Clocks;

/// <summary>Notices when the wall clock steps against the monotonic one. Thread-safe.</summary>
/// <param name="limit">Smallest step that counts.</param>
/// <param name="time">The clock.</param>
internal sealed class ClockWatch(TimeSpan limit, TimeProvider time)
{
    /// <summary>How long nothing is released after a step: long enough for every sender to be heard anew.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private DateTimeOffset lastUtc = time.GetUtcNow();
    private long lastTicks = time.GetTimestamp();
    private long? steppedAt;
    private TimeSpan step;

    /// <summary>Looks at both clocks. The shorter the time between two looks, the surer a step is told from a drift.</summary>
    /// <returns>Why the clock cannot be trusted now; null when it can.</returns>
    public string? Look()
    {
        lock (gate)
        {
            var utc = time.GetUtcNow();
            var ticks = time.GetTimestamp();
            var difference = utc - lastUtc - time.GetElapsedTime(lastTicks, ticks);
            (lastUtc, lastTicks) = (utc, ticks);
            if (difference.Duration() > limit)
                (steppedAt, step) = (ticks, difference);
            if (steppedAt is { } at && time.GetElapsedTime(at, ticks) >= Quiet)
                steppedAt = null;
            return steppedAt is null
                ? null
                : $"the scheduler's clock was set {(step > TimeSpan.Zero ? "forward" : "back")} by {Durations.Format(step.Duration())}: nothing is released until it has run evenly for {Durations.Format(Quiet)}";
        }
    }
}
