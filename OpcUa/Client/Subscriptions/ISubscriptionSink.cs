namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Takes what a subscription delivers. Calls come one at a time and in order, from one loop per subscription; a task that has not
/// completed holds the subscription back, first here, then at the server, whose queues overflow in the end: visible as the
/// overflow bit of the values. An exception from a sink is a bug in it: it is reported as a diagnostic event and the loop goes on.
/// </summary>
public interface ISubscriptionSink
{
    /// <summary>Values. Call <see cref="Subscription.Acknowledge"/> once they are safe; nothing acknowledges for you.</summary>
    ValueTask OnDataChangeAsync(DataChange change);

    /// <summary>Proof of silence since the message before.</summary>
    ValueTask OnKeepAliveAsync(KeepAlive keepAlive);

    /// <summary>Values that nobody has any more.</summary>
    ValueTask OnLostAsync(LostNotifications lost);

    ValueTask OnStatusAsync(SubscriptionStatus status);
}
