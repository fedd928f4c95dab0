using PatchEdge.Plant.Files;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Keeps the newest message of one sender about one subject, and judges it on the monotonic clock. Not thread-safe.</summary>
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
    private T? message;
    private string boot = "";
    private long sequence;
    private long receivedAtTicks;
    private DateTimeOffset receivedAt;
    private TimeSpan validity;
    private TimeSpan clockOffset;
    private bool live;
    private bool offline;
    private bool disconnected;

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
        if (retained && live)
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

        message = incoming;
        live = !retained;
        offline = !online;
        disconnected = false;
        receivedAt = time.GetUtcNow();
        receivedAtTicks = time.GetTimestamp();
        clockOffset = sentAt is { } sent ? (receivedAt - sent).Duration() : TimeSpan.MaxValue;
        validity = TimeSpan.FromMilliseconds(Math.Clamp(validForMs, 0, LongestValidity.TotalMilliseconds));
        return true;
    }

    /// <summary>What was received so far is history: only a new message is evidence again.</summary>
    public void Disconnect() => disconnected = live;

    /// <summary>The sender is gone: only a new message is evidence again.</summary>
    public void SenderGone() => offline = message is not null;

    public Received<T> Judge()
    {
        if (message is null)
            return Received<T>.Nothing($"nothing was received from {sender}");
        var age = time.GetElapsedTime(receivedAtTicks);
        var (standing, doubt) = this switch
        {
            { offline: true } => (Standing.Offline, $"{sender} is offline"),
            { disconnected: true } => (Standing.Disconnected, $"the connection to the broker was lost after {sender} was last heard"),
            { live: false } => (Standing.Retained, $"{sender} has not been heard since the scheduler connected: what the broker kept is history"),
            _ when age > validity => (Standing.Stale, $"{sender} was last heard {Words(age)} ago and may be relied on for {Words(validity)}"),
            _ when clockOffset > clockLimit => (Standing.ClockOff, $"the clock of {sender} and the scheduler's differ by {Words(clockOffset)}, the limit is {Words(clockLimit)}"),
            _ => (Standing.Fresh, ""),
        };
        return new Received<T>(message, standing, receivedAt, age, doubt);
    }

    private void Retire(string ended)
    {
        if (retiredBoots.Count == RememberedBoots)
            retiredBoots.Dequeue();
        retiredBoots.Enqueue(ended);
    }

    private static string Words(TimeSpan span) => Durations.Format(span < TimeSpan.FromSeconds(10)
        ? TimeSpan.FromMilliseconds(Math.Round(span.TotalMilliseconds))
        : TimeSpan.FromSeconds(Math.Round(span.TotalSeconds)));
}
