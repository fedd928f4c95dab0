namespace PatchEdge.Scheduler.Evidence;

/// <summary>Keeps the newest message of one sender about one subject. Not thread-safe.</summary>
/// <param name="sender">For words, such as <c>gateway gw-1</c>.</param>
/// <param name="clockLimit">Largest difference of clocks at receipt.</param>
/// <param name="time">The clock.</param>
internal sealed class SenderSlot<T>(string sender, TimeSpan clockLimit, TimeProvider time)
    where T : class
{
    /// <summary>No message is relied on longer than this, whatever its sender says.</summary>
    private static readonly TimeSpan LongestValidity = TimeSpan.FromMinutes(2);

    private const int RememberedBoots = 16;

    private readonly Queue<string> retiredBoots = new();
    private string boot = "";
    private long sequence;

    /// <summary>The newest message with how it came in; immutable, so that it may be judged elsewhere and later.</summary>
    public SlotState<T> State { get; private set; } = new() { Sender = sender, ClockLimit = clockLimit };

    /// <summary>Takes a message in, unless it is a duplicate, out of order, or from a boot that has ended.</summary>
    /// <param name="incoming">The message.</param>
    /// <param name="retained">The broker had kept it.</param>
    /// <param name="incomingBoot">The sender's boot.</param>
    /// <param name="incomingSequence">Rises within a boot; null when messages of this kind are not numbered.</param>
    /// <param name="sentAt">UTC by the sender's clock; null when it does not say.</param>
    /// <param name="validForMs">How long it may be relied on.</param>
    /// <param name="online">False when it announces the sender's end.</param>
    /// <returns>False when it was dropped.</returns>
    public bool Take(T incoming, bool retained, string incomingBoot, long? incomingSequence, DateTimeOffset? sentAt, int validForMs, bool online = true)
    {
        if (retained && State.Live)
            return false;
        if (incomingBoot != boot)
        {
            if (retiredBoots.Contains(incomingBoot))
                return false;
            if (boot.Length > 0)
                Retire(boot);
            boot = incomingBoot;
            sequence = 0;
        }

        if (incomingSequence is { } number)
        {
            if (number <= sequence)
                return false;
            sequence = number;
        }

        var receivedAt = time.GetUtcNow();
        State = State with
        {
            Message = incoming,
            Live = !retained,
            Offline = !online,
            Disconnected = false,
            ReceivedAt = receivedAt,
            ReceivedAtTicks = time.GetTimestamp(),
            ClockOffset = sentAt is { } sent ? (receivedAt - sent).Duration() : TimeSpan.MaxValue,
            Validity = TimeSpan.FromMilliseconds(Math.Clamp(validForMs, 0, LongestValidity.TotalMilliseconds)),
        };
        return true;
    }

    /// <summary>What was received so far is history: only a new message is evidence again.</summary>
    public void Disconnect() => State = State with { Disconnected = State.Live };

    /// <summary>The sender is gone: only a new message is evidence again.</summary>
    public void SenderGone() => State = State with { Offline = State.Message is not null };

    private void Retire(string ended)
    {
        if (retiredBoots.Count == RememberedBoots)
            retiredBoots.Dequeue();
        retiredBoots.Enqueue(ended);
    }
}
