using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What made a subscription sound again.</summary>
public enum RecoveryKind
{
    /// <summary>It was only late; a message came.</summary>
    OnTime,

    /// <summary>The session was resumed and Republish brought what the server had kept.</summary>
    Republished,

    /// <summary>A new session took the subscription over with its queue.</summary>
    Transferred,

    /// <summary>A new subscription: whatever happened since the last message is unknown. Every item reports its present value first.</summary>
    Recreated,
}

/// <summary>Something about a subscription other than values, in order with them.</summary>
/// <param name="At">When it was noticed.</param>
public abstract record SubscriptionStatus(Subscription Subscription, Arrival At)
{
    /// <summary>Blind from the last message until <see cref="Recovered"/>.</summary>
    public sealed record ConnectionLost(Subscription Subscription, Arrival At, UaException Reason) : SubscriptionStatus(Subscription, At);

    /// <summary>Neither values nor keep-alive for longer than <paramref name="Limit"/>, 1.5 × the keep-alive interval.</summary>
    public sealed record Late(Subscription Subscription, Arrival At, TimeSpan Silence, TimeSpan Limit) : SubscriptionStatus(Subscription, At);

    /// <param name="Epoch">Numbering from here on; differs from the one before when <paramref name="How"/> is Recreated.</param>
    public sealed record Recovered(Subscription Subscription, Arrival At, RecoveryKind How, int Epoch) : SubscriptionStatus(Subscription, At);

    /// <summary>The server says that its own state changed (Part 5 §12.10); anything but Running makes its values doubtful.</summary>
    public sealed record ServerStateChanged(Subscription Subscription, Arrival At, ServerState Previous, ServerState Current) : SubscriptionStatus(Subscription, At);

    /// <summary>The server's ServiceLevel changed (Part 4 §6.6.2.4.2): 0 maintenance, 1 no data, 2–199 degraded, 200–255 healthy.</summary>
    public sealed record ServiceLevelChanged(Subscription Subscription, Arrival At, byte Previous, byte Current) : SubscriptionStatus(Subscription, At);

    /// <summary>The server does not monitor the item. It is tried again after <paramref name="RetryIn"/>; the rest goes on.</summary>
    public sealed record ItemRejected(Subscription Subscription, Arrival At, MonitoredItemResult Result, TimeSpan RetryIn) : SubscriptionStatus(Subscription, At);

    /// <summary>An item that had been rejected is monitored now.</summary>
    public sealed record ItemAccepted(Subscription Subscription, Arrival At, MonitoredItemResult Result) : SubscriptionStatus(Subscription, At);

    /// <summary>After a server restart the node's DataType attribute is another one: what the values mean may have changed.</summary>
    public sealed record ItemTypeChanged(Subscription Subscription, Arrival At, uint ClientHandle, ExpandedNodeId Previous, ExpandedNodeId Current) : SubscriptionStatus(Subscription, At);
}
