using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>Counts, item by item, values that rise by one each, from 1; a value beyond the next one is a loss of those between.</summary>
internal sealed class CountingSink(int items, int last) : ISubscriptionSink
{
    private readonly double[] seen = new double[items];
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int behind = items;

    public long Received { get; private set; }
    public long Missing { get; private set; }
    public long Repeated { get; private set; }
    public long Overflows { get; private set; }
    public long Messages { get; private set; }
    public List<object> Losses { get; } = [];

    /// <summary>Completes when every item has reached the last value.</summary>
    public Task Complete => complete.Task;

    public ValueTask OnDataChangeAsync(DataChange change)
    {
        Messages++;
        foreach (ref readonly var item in change.Items.Span)
        {
            if (item.Value.Status.HasOverflow)
                Overflows++;
            if (!item.Value.Value.TryGetNumber(out var value) || value == 0)
                continue; // As it was before the counting.
            Received++;
            ref var before = ref seen[item.ClientHandle];
            if (value > before + 1)
                Missing += (long)(value - before - 1);
            if (value <= before)
                Repeated++;
            if (before < last && value >= last && --behind == 0)
                complete.SetResult();
            before = value;
        }
        if (change.SequenceNumber != 0)
            change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
        return ValueTask.CompletedTask;
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => ValueTask.CompletedTask;

    public ValueTask OnLostAsync(LostNotifications lost)
    {
        Losses.Add(lost);
        return ValueTask.CompletedTask;
    }

    public ValueTask OnStatusAsync(SubscriptionStatus status)
    {
        if (status is not (SubscriptionStatus.Late or SubscriptionStatus.Recovered { How: RecoveryKind.OnTime } or SubscriptionStatus.ServerStateChanged))
            Losses.Add(status);
        return ValueTask.CompletedTask;
    }

    public override string ToString() =>
        $"{Received} values in {Messages} messages, {Missing} missing, {Repeated} repeated, {Overflows} overflows, {Losses.Count} losses reported{string.Concat(Losses.Take(5).Select(loss => "\n  " + loss))}";
}
