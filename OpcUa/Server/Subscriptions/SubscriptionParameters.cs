namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>Revised parameters of a subscription (Part 4, CreateSubscription).</summary>
internal sealed record SubscriptionParameters
{
    public required TimeSpan PublishingInterval { get; init; }
    public required uint LifetimeCount { get; init; }
    public required uint MaxKeepAliveCount { get; init; }

    /// <summary>0 is no limit of the client's.</summary>
    public required uint MaxNotificationsPerPublish { get; init; }
    public required byte Priority { get; init; }

    /// <summary>
    /// Fits a client's wishes between the limits. The lifetime is three keep-alives at least, and neither outlives the longest
    /// lifetime of a server that nobody calls.
    /// </summary>
    public static SubscriptionParameters Revise(ServerLimits limits, double publishingInterval, uint lifetimeCount, uint keepAliveCount, uint maxNotifications, byte priority)
    {
        TimeSpan interval = Clamp(publishingInterval, limits.ShortestPublishingInterval, limits.LongestPublishingInterval);
        uint longest = (uint)Math.Clamp(limits.LongestLifetime / interval, 3, uint.MaxValue);
        uint keepAlive = Math.Clamp(keepAliveCount == 0 ? 10 : keepAliveCount, 1, longest / 3);
        return new SubscriptionParameters
        {
            PublishingInterval = interval,
            MaxKeepAliveCount = keepAlive,
            LifetimeCount = Math.Clamp(lifetimeCount, 3 * keepAlive, longest),
            MaxNotificationsPerPublish = maxNotifications,
            Priority = priority,
        };
    }

    /// <summary>Milliseconds of a client, which may be anything, into a span between two bounds.</summary>
    public static TimeSpan Clamp(double milliseconds, TimeSpan shortest, TimeSpan longest) =>
        !(milliseconds > shortest.TotalMilliseconds) ? shortest
        : milliseconds >= longest.TotalMilliseconds ? longest
        : TimeSpan.FromMilliseconds(milliseconds);
}
