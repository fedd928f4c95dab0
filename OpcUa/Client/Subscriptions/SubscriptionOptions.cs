using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Client;

/// <summary>What to ask of the server for a subscription (Part 4 §5.14.2). What it grants stands in <see cref="Subscription"/>.</summary>
public sealed record SubscriptionOptions
{
    public TimeSpan PublishingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Publishing intervals without a value before the server sends a keep-alive.</summary>
    public uint KeepAliveCount { get; init; } = 10;

    /// <summary>Publishing intervals without a Publish request before the server gives up; raised to 3 × the keep-alive count if less.</summary>
    public uint LifetimeCount { get; init; } = 300;

    /// <summary>
    /// Values in one message at most; 0 leaves it to the server. Messages that fit a processor's cache cost a third of what one
    /// of fifty thousand values does, and hold less memory.
    /// </summary>
    public uint MaxNotificationsPerPublish { get; init; } = 4000;

    public byte Priority { get; init; }

    public bool PublishingEnabled { get; init; } = true;

    public TimestampsToReturn Timestamps { get; init; } = TimestampsToReturn.Both;

    /// <summary>Messages that wait here for a slow sink; then no more are asked for.</summary>
    public int QueuedMessages { get; init; } = 64;

    /// <summary>Remember each item's DataType attribute and compare it after the server restarted.</summary>
    public bool CompareDataTypes { get; init; } = true;

    /// <summary>Between the first attempts to have a rejected item monitored; doubles up to <see cref="LongestItemRetry"/>.</summary>
    public TimeSpan FirstItemRetry { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan LongestItemRetry { get; init; } = TimeSpan.FromMinutes(5);

    internal uint AskedLifetimeCount => (uint)Math.Min(Math.Max(LifetimeCount, 3L * KeepAliveCount), uint.MaxValue);

    internal void Validate()
    {
        if (PublishingInterval < TimeSpan.Zero)
            throw new ArgumentException("SubscriptionOptions.PublishingInterval is negative; zero asks for the server's fastest.");
        if (KeepAliveCount == 0)
            throw new ArgumentException("SubscriptionOptions.KeepAliveCount is 0; allowed: 1 or more.");
        if (QueuedMessages is < 1 or > 65536)
            throw new ArgumentException("SubscriptionOptions.QueuedMessages is out of range; allowed: 1 to 65536.");
        if (FirstItemRetry <= TimeSpan.Zero || LongestItemRetry < FirstItemRetry)
            throw new ArgumentException("SubscriptionOptions.FirstItemRetry must be more than zero and at most LongestItemRetry.");
    }
}
