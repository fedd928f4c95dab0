using PatchEdge.OpcUa.Client;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary>Counts what a subscription delivers, and acknowledges it; nothing else, so that what is measured is the client.</summary>
internal sealed class SubscriptionCounter : ISubscriptionSink
{
    private long notifications;
    private long lost;

    public long Notifications => Interlocked.Read(ref notifications);

    /// <summary>Messages that the server no longer had.</summary>
    public long Lost => Interlocked.Read(ref lost);

    public ValueTask OnDataChangeAsync(DataChange change)
    {
        Interlocked.Add(ref notifications, change.Items.Length);
        if (change.SequenceNumber != 0)
            change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
        return default;
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => default;

    public ValueTask OnLostAsync(LostNotifications lostNow)
    {
        Interlocked.Add(ref lost, lostNow.Count);
        return default;
    }

    public ValueTask OnStatusAsync(SubscriptionStatus status) => default;
}
