using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest message of one sender about one subject with how it came in. Immutable; what it is worth depends on when it is judged.</summary>
internal sealed record SlotState<T>
    where T : class
{
    /// <summary>For words, such as <c>gateway gw-1</c>.</summary>
    public required string Sender { get; init; }

    /// <summary>Largest difference of clocks at receipt.</summary>
    public required TimeSpan ClockLimit { get; init; }

    /// <summary>Null while nothing was received.</summary>
    public T? Message { get; init; }

    /// <summary>It was not kept by the broker.</summary>
    public bool Live { get; init; }

    /// <summary>The sender said, or the broker said for it, that it is gone.</summary>
    public bool Offline { get; init; }

    /// <summary>The connection to the broker was lost since.</summary>
    public bool Disconnected { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The same on the monotonic clock.</summary>
    public long ReceivedAtTicks { get; init; }

    /// <summary>How long it may be relied on from its receipt.</summary>
    public TimeSpan Validity { get; init; }

    /// <summary>Difference of the two clocks at receipt.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <param name="now">Timestamp of the moment to judge it at.</param>
    /// <param name="time">The clock that gave it.</param>
    public Received<T> Judge(long now, TimeProvider time)
    {
        if (Message is null)
            return Received<T>.Nothing($"nothing was received from {Sender}");
        var age = time.GetElapsedTime(ReceivedAtTicks, now);
        var (standing, doubt) = this switch
        {
            { Offline: true } => (Standing.Offline, $"{Sender} is offline"),
            { Disconnected: true } => (Standing.Disconnected, $"the connection to the broker was lost after {Sender} was last heard"),
            { Live: false } => (Standing.Retained, $"{Sender} has not been heard since the scheduler connected: what the broker kept is history"),
            _ when age > Validity => (Standing.Stale, $"{Sender} was last heard {Words(age)} ago and may be relied on for {Words(Validity)}"),
            _ when ClockOffset > ClockLimit => (Standing.ClockOff, $"the clock of {Sender} and the scheduler's differ by {Words(ClockOffset)}, the limit is {Words(ClockLimit)}"),
            _ => (Standing.Fresh, ""),
        };
        return new Received<T>(Message, standing, ReceivedAt, age, doubt);
    }

    /// <summary>It was evidence at the first moment and is none at the second, for no other reason than its age.</summary>
    public bool WentStale(long before, long now, TimeProvider time) =>
        Message is not null && this is { Live: true, Offline: false, Disconnected: false }
        && time.GetElapsedTime(ReceivedAtTicks, before) <= Validity && time.GetElapsedTime(ReceivedAtTicks, now) > Validity;

    private static string Words(TimeSpan span) => Durations.Format(span < TimeSpan.FromSeconds(10)
        ? TimeSpan.FromMilliseconds(Math.Round(span.TotalMilliseconds))
        : TimeSpan.FromSeconds(Math.Round(span.TotalSeconds)));
}
