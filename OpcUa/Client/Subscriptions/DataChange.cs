using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Client;

/// <summary>How the values of a <see cref="DataChange"/> got here.</summary>
public enum DataChangeOrigin
{
    /// <summary>In a Publish response, in order.</summary>
    Published,

    /// <summary>Missing at first, then fetched again by Republish; still in order.</summary>
    Republished,

    /// <summary>
    /// Read afresh because notifications were lost: the present values, not what was missed. No sequence number, nothing to
    /// acknowledge; item values may be older than ones already delivered, so compare source timestamps.
    /// </summary>
    Refresh,
}

/// <summary>All value changes of one notification message (Part 4 §7.26), in the order of the subscription.</summary>
public sealed class DataChange
{
    public required Subscription Subscription { get; init; }

    /// <summary>Numbering that <see cref="SequenceNumber"/> belongs to; see <see cref="Subscription.Epoch"/>.</summary>
    public required int Epoch { get; init; }

    /// <summary>Number to acknowledge; 0 for a refresh.</summary>
    public required uint SequenceNumber { get; init; }

    /// <summary>When the server put the message together, by its clock.</summary>
    public required DateTime PublishTime { get; init; }

    public required Arrival ReceivedAt { get; init; }

    /// <summary>
    /// The server had more to say than this message holds (MoreNotifications, Part 4 §5.14.5): of the items that are not in it, it says nothing;
    /// the next message without it does. False where the server did not say, as for what was fetched again.
    /// </summary>
    public bool MoreFollow { get; init; }

    public required DataChangeOrigin Origin { get; init; }

    /// <summary>Valid until the task returned by the sink completes; copy what must live longer.</summary>
    public required ReadOnlyMemory<MonitoredItemNotification> Items { get; init; }

    public bool Republished => Origin == DataChangeOrigin.Republished;
}
