using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A subscription that outlives its connection: lost messages are fetched again, a lost subscription is transferred or made anew.
/// Its members may be called from anywhere; what it delivers comes through its <see cref="ISubscriptionSink"/>.
/// </summary>
public sealed class Subscription : IAsyncDisposable
{
    internal Subscription() { }

    public SubscriptionOptions Options => throw new NotImplementedException();

    /// <summary>The server's id of the present incarnation.</summary>
    public uint SubscriptionId => throw new NotImplementedException();

    /// <summary>Counts the incarnations, from 1. Sequence numbers begin again at 1 in each.</summary>
    public int Epoch => throw new NotImplementedException();

    public TimeSpan RevisedPublishingInterval => throw new NotImplementedException();
    public uint RevisedKeepAliveCount => throw new NotImplementedException();
    public uint RevisedLifetimeCount => throw new NotImplementedException();

    /// <summary>Longest silence that the server may keep: publishing interval × keep-alive count.</summary>
    public TimeSpan KeepAliveInterval => throw new NotImplementedException();

    /// <summary>Arrival of the latest message of any kind.</summary>
    public Arrival LastMessageAt => throw new NotImplementedException();

    /// <summary>Items that the server monitors now.</summary>
    public int MonitoredItems => throw new NotImplementedException();

    /// <summary>Items that it does not, although asked; each is tried again.</summary>
    public int RejectedItems => throw new NotImplementedException();

    /// <summary>Adds items; results are in order. A rejected item stops nothing: it is tried again, backing off.</summary>
    /// <exception cref="ArgumentException">A client handle is taken already.</exception>
    public Task<IReadOnlyList<MonitoredItemResult>> AddItemsAsync(IReadOnlyList<MonitoredItemOptions> items, CancellationToken cancellation) => throw new NotImplementedException();

    public Task RemoveItemsAsync(IReadOnlyList<uint> clientHandles, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Changes sampling, queue and filter of items that exist (Part 4, ModifyMonitoredItems).</summary>
    public Task<IReadOnlyList<MonitoredItemResult>> ModifyItemsAsync(IReadOnlyList<MonitoredItemOptions> items, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Changes the subscription itself (Part 4, ModifySubscription).</summary>
    public Task ModifyAsync(SubscriptionOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    public Task SetPublishingModeAsync(bool enabled, CancellationToken cancellation) => throw new NotImplementedException();

    public Task SetMonitoringModeAsync(MonitoringMode mode, IReadOnlyList<uint> clientHandles, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Tells the server with the next Publish request that it may forget a notification message. Never done without you: call it
    /// when the values are safe. An epoch that has passed is ignored.
    /// </summary>
    public void Acknowledge(uint sequenceNumber, int epoch) => throw new NotImplementedException();

    /// <summary>Deletes the subscription at the server and ends its loops.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
