namespace PatchEdge.OpcUa.Server;

/// <summary>
/// What clients together and each alone may take of a server. Beyond a limit comes the status that the specification has for
/// it, never more memory. The limits per call are shown in the address space as OperationLimits (Part 5 §6.3.11).
/// </summary>
public sealed record ServerLimits
{
    public int MaxConnections { get; init; } = 200;
    public int MaxConnectionsPerAddress { get; init; } = 100;
    public int MaxSessions { get; init; } = 100;
    public int MaxSessionsPerAddress { get; init; } = 50;
    public TimeSpan ShortestSessionTimeout { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestSessionTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bad tokens and signatures in a row after which a session is closed.</summary>
    public int MaxFailedActivations { get; init; } = 5;

    public int MaxNodesPerRead { get; init; } = 10_000;
    public int MaxNodesPerWrite { get; init; } = 10_000;
    public int MaxNodesPerBrowse { get; init; } = 2_000;
    public int MaxNodesPerRegister { get; init; } = 10_000;
    public int MaxNodesPerTranslate { get; init; } = 2_000;
    public int MaxNodesPerHistoryRead { get; init; } = 1_000;
    public int MaxMethodsPerCall { get; init; } = 100;
    public int MaxMonitoredItemsPerCall { get; init; } = 10_000;

    /// <summary>Steps of one browse path.</summary>
    public int MaxPathElements { get; init; } = 64;

    /// <summary>References in one answer for one node; the rest waits behind a continuation point.</summary>
    public int MaxReferencesPerNode { get; init; } = 10_000;

    /// <summary>References in one answer for all its nodes together.</summary>
    public int MaxReferencesPerBrowse { get; init; } = 50_000;
    public int MaxContinuationPointsPerSession { get; init; } = 32;

    /// <summary>History values of one node in one answer.</summary>
    public int MaxHistoryValuesPerRead { get; init; } = 10_000;

    /// <summary>History values in one answer for all its nodes together.</summary>
    public int MaxHistoryValuesPerAnswer { get; init; } = 100_000;

    /// <summary>Calls of one session that run at a time.</summary>
    public int MaxRunningCallsPerSession { get; init; } = 16;

    public int MaxSubscriptions { get; init; } = 500;
    public int MaxSubscriptionsPerSession { get; init; } = 50;

    /// <summary>Subscriptions whose session has ended; beyond it the oldest goes.</summary>
    public int MaxSubscriptionsWithoutSession { get; init; } = 50;
    public int MaxMonitoredItems { get; init; } = 500_000;
    public int MaxMonitoredItemsPerSubscription { get; init; } = 100_000;
    public int MaxQueueSize { get; init; } = 10_000;

    /// <summary>Values that wait in one subscription's queues together; beyond, each queue is full at what it has.</summary>
    public int MaxQueuedValuesPerSubscription { get; init; } = 1_000_000;

    /// <summary>Bytes of texts and arrays that wait in one subscription's queues together; beyond, each queue is full at what it has.</summary>
    public int MaxQueuedBytesPerSubscription { get; init; } = 64 * 1024 * 1024;

    /// <summary>Sampling intervals that one subscription's items may have between them; beyond, an item gets the nearest.</summary>
    public int MaxSamplingIntervalsPerSubscription { get; init; } = 16;

    /// <summary>A client that asks for less would keep both sides busy with renewing.</summary>
    public TimeSpan ShortestTokenLifetime { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan LongestTokenLifetime { get; init; } = TimeSpan.FromHours(1);
    public TimeSpan ShortestPublishingInterval { get; init; } = TimeSpan.FromMilliseconds(10);
    public TimeSpan LongestPublishingInterval { get; init; } = TimeSpan.FromHours(1);
    public TimeSpan ShortestSamplingInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Publishing interval times lifetime count.</summary>
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromHours(12);
    public int MaxPublishRequestsPerSession { get; init; } = 100;
    public int MaxNotificationsPerPublish { get; init; } = 50_000;
    public int MaxRetransmissionMessages { get; init; } = 100;

    /// <summary>Bytes of one subscription's retransmission queue; the oldest message goes first.</summary>
    public int MaxRetransmissionBytes { get; init; } = 32 * 1024 * 1024;

    /// <exception cref="ArgumentException">Names the property and what is allowed.</exception>
    internal void Validate()
    {
        foreach (var property in typeof(ServerLimits).GetProperties())
        {
            if (property.GetValue(this) is int and < 1) throw new ArgumentException($"{nameof(ServerLimits)}.{property.Name} must be 1 or more.");
            if (property.GetValue(this) is TimeSpan span && span <= TimeSpan.Zero) throw new ArgumentException($"{nameof(ServerLimits)}.{property.Name} must be longer than zero.");
        }
        if (ShortestSessionTimeout > LongestSessionTimeout || ShortestPublishingInterval > LongestPublishingInterval || ShortestTokenLifetime > LongestTokenLifetime)
            throw new ArgumentException($"A shortest span in {nameof(ServerLimits)} is longer than its longest.");
    }
}
