using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>Counts notifications, and those missing between two values of an item; acknowledges at once.</summary>
internal sealed class TickSink(int items) : ISubscriptionSink
{
    // Plain counters: one subscription's calls never overlap, and each sink belongs to one.
    private readonly double[] ticks = new double[items];

    public long Notifications;

    /// <summary>Feeds that an item did not bring.</summary>
    public long Lost;

    public ValueTask OnDataChangeAsync(DataChange change)
    {
        foreach (ref readonly var item in change.Items.Span)
        {
            if (!item.Value.Value.TryGet(out double tick))
                continue;
            ref var last = ref ticks[item.ClientHandle % (uint)ticks.Length];
            if (last != 0 && tick != last + 1)
                Lost += (long)Math.Abs(tick - last - 1);
            last = tick;
        }
        Notifications += change.Items.Length;
        if (change.SequenceNumber != 0)
            change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
        return default;
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => default;

    public ValueTask OnLostAsync(LostNotifications lost)
    {
        Console.Error.WriteLine($"{lost.Count} message(s) lost: {lost.Reason}");
        return default;
    }

    public ValueTask OnStatusAsync(SubscriptionStatus status) => default;
}
