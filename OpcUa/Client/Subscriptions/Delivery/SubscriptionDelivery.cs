using System.Threading.Channels;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// The one loop of a subscription: takes what comes for it in order, keeps the sequence, repairs it, and calls the sink. It alone
/// touches the sequence numbers, so that no lock is needed and nothing overtakes anything.
/// </summary>
internal sealed partial class SubscriptionDelivery : IDisposable
{
    private readonly Subscription subscription;
    private readonly ConnectionKeeper keeper;
    private readonly MonitoredItemSet items;
    private readonly SinkCalls sink;
    private readonly int queueLength;
    private readonly Channel<SubscriptionInput> inputs;
    private readonly SequenceTracker sequence = new();
    private readonly NotificationReader reader = new();

    // Messages that came before others that are missing, by arrival; settled together once those are.
    private readonly List<Held> held = [];
    private readonly ITimer recreateTimer;
    private Arrival inOrderAt;
    private CancellationToken stopping;
    private int queued;
    private int recreateFailures;
    private int silentReconnects;
    private bool late;
    private bool refreshDue;

    public SubscriptionDelivery(Subscription subscription, ConnectionKeeper keeper, MonitoredItemSet items, SinkCalls sink, int queueLength)
    {
        this.subscription = subscription;
        this.keeper = keeper;
        this.items = items;
        this.sink = sink;
        this.queueLength = queueLength;
        // Room besides the messages for everything else, which is little; messages stop being asked for long before.
        inputs = Channel.CreateBounded<SubscriptionInput>(new BoundedChannelOptions(queueLength + 512) { SingleReader = true });
        recreateTimer = keeper.Time.CreateTimer(_ => TryPost(new SubscriptionInput.Gone(subscription.SubscriptionId, ConnectionKeeper.NotConnected("subscription"))),
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsFull => Volatile.Read(ref queued) >= queueLength;

    private Arrival Now => Arrival.Now(keeper.Time);

    /// <summary>False when the loop has ended or is hopelessly behind; a message then counts as missing and is fetched again.</summary>
    public bool TryPost(SubscriptionInput input)
    {
        if (input is SubscriptionInput.Message)
            Interlocked.Increment(ref queued);
        if (inputs.Writer.TryWrite(input))
            return true;
        switch (input)
        {
            case SubscriptionInput.Message message:
                Interlocked.Decrement(ref queued);
                message.Response.Dispose();
                break;
            case SubscriptionInput.Connected connected:
                connected.Done.TrySetResult();
                break;
        }
        return false;
    }

    public void Complete() => inputs.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellation)
    {
        stopping = cancellation;
        inOrderAt = Now;
        await Task.Yield();
        await foreach (var input in inputs.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await TakeAsync(input).ConfigureAwait(false);
            }
            catch (UaException fault)
            {
                // What the loop could not finish is finished when the connection is back, or shows as a missing number.
                keeper.Diagnostics.Dropped($"subscription {subscription.SubscriptionId}: {fault.What}", fault.Status);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Disposed; what is left in the queue is only let go.
            }
#pragma warning disable CA1031 // The loop outlives a bug; what it missed shows as a missing number.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                keeper.Diagnostics.Raise(at => new UaClientEvent.HandlerFailed(at, nameof(SubscriptionDelivery), bug));
            }
            finally
            {
                (input as SubscriptionInput.Connected)?.Done.TrySetResult();
            }
        }
        foreach (var message in held)
            message.Dispose();
        held.Clear();
    }

    public void Dispose() => recreateTimer.Dispose();

    private ValueTask TakeAsync(SubscriptionInput input) => input switch
    {
        SubscriptionInput.Message message => TakeMessageAsync(message),
        _ when stopping.IsCancellationRequested => ValueTask.CompletedTask,
        SubscriptionInput.Connected connected => RepairAsync(connected.Session, connected.Kind),
        SubscriptionInput.Disconnected lost => TakeDisconnectedAsync(lost),
        SubscriptionInput.Silent silent => TakeSilentAsync(silent),
        SubscriptionInput.Gone gone => TakeGoneAsync(gone),
        SubscriptionInput.News news => TakeNewsAsync(news),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private async ValueTask TakeMessageAsync(SubscriptionInput.Message message)
    {
        // Only who was full has kept the pump from asking for more.
        if (Interlocked.Decrement(ref queued) == queueLength - 1)
            keeper.WakePump();
        var response = message.Response;
        try
        {
            if (stopping.IsCancellationRequested)
                return;
            var head = reader.Read(response.Span);
            if (head.SubscriptionId != subscription.SubscriptionId)
            {
                keeper.Diagnostics.Dropped($"a message of subscription {head.SubscriptionId}, which is no more", StatusCodes.BadSubscriptionIdInvalid);
                return;
            }
            silentReconnects = 0;
            if (late)
            {
                late = false;
                await sink.StatusAsync(new SubscriptionStatus.Recovered(subscription, Now, RecoveryKind.OnTime, subscription.Epoch)).ConfigureAwait(false);
            }
            switch (sequence.Judge(head.SequenceNumber, head.IsKeepAlive, isStraggler: message.At.Timestamp < inOrderAt.Timestamp))
            {
                case SequenceVerdict.InOrder:
                    await DeliverAsync(head, DataChangeOrigin.Published, message.At).ConfigureAwait(false);
                    await SettleHeldAsync(message.At).ConfigureAwait(false);
                    break;
                case SequenceVerdict.Missing:
                    keeper.Diagnostics.CountSequenceGap();
                    held.Add(new Held(head.SequenceNumber, head.IsKeepAlive, response, message.At));
                    response = null;
                    await SettleHeldAsync(message.At).ConfigureAwait(false);
                    break;
                case SequenceVerdict.Restarted:
                    await sink.LostAsync(Lost(sequence.Expected, sequence.Expected, message.At, StatusCodes.BadSequenceNumberInvalid)).ConfigureAwait(false);
                    refreshDue = true;
                    sequence.AdvanceTo(head.SequenceNumber);
                    await DeliverAsync(head, DataChangeOrigin.Published, message.At).ConfigureAwait(false);
                    break;
                default:
                    keeper.Diagnostics.Dropped($"notification message {head.SequenceNumber} of subscription {head.SubscriptionId}, which came already or too late", StatusCodes.BadSequenceNumberInvalid);
                    break;
            }
            if (refreshDue)
                await RefreshAsync(message.At).ConfigureAwait(false);
        }
        finally
        {
            response?.Dispose();
            reader.Release();
        }
    }

    /// <summary>Hands over the message that the reader read last; it is the one expected.</summary>
    private async ValueTask DeliverAsync(NotificationHead head, DataChangeOrigin origin, Arrival at)
    {
        var epoch = subscription.Epoch;
        if (head.IsKeepAlive)
        {
            keeper.Diagnostics.CountKeepAlive();
            inOrderAt = at;
            await sink.KeepAliveAsync(new KeepAlive(subscription, epoch, head.SequenceNumber, head.PublishTime, at)).ConfigureAwait(false);
            return;
        }
        sequence.Advance();
        inOrderAt = at;
        var statusChange = reader.StatusChange;
        var values = reader.Items;
        if (values.Length > 0)
        {
            keeper.Diagnostics.CountMessage(values.Length, reader.Overflows);
            keeper.Diagnostics.CountMalformed(reader.MalformedValues);
            await sink.DataChangeAsync(new DataChange
            {
                Subscription = subscription,
                Epoch = epoch,
                SequenceNumber = head.SequenceNumber,
                PublishTime = head.PublishTime,
                ReceivedAt = at,
                Origin = origin,
                MoreFollow = head.More,
                Items = values,
            }).ConfigureAwait(false);
        }
        else
        {
            // Nothing in it that a caller could make safe.
            subscription.Acknowledge(head.SequenceNumber, epoch);
        }
        if (statusChange is { IsBad: true } or { Value: StatusCodes.GoodSubscriptionTransferred })
            TryPost(new SubscriptionInput.Gone(subscription.SubscriptionId, new UaException(statusChange.Value, "The server ended the subscription", "StatusChangeNotification")));
    }

    private async ValueTask TakeDisconnectedAsync(SubscriptionInput.Disconnected lost)
    {
        late = false;
        subscription.Unbind();
        await sink.StatusAsync(new SubscriptionStatus.ConnectionLost(subscription, lost.At, lost.Reason)).ConfigureAwait(false);
    }

    private async ValueTask TakeNewsAsync(SubscriptionInput.News news)
    {
        foreach (var status in news.Statuses)
            await sink.StatusAsync(status).ConfigureAwait(false);
    }

    private LostNotifications Lost(uint first, uint last, Arrival at, StatusCode reason) =>
        new(subscription, subscription.Epoch, first, last, inOrderAt, at, reason);

    /// <summary>A message that waits for those before it.</summary>
    private sealed record Held(uint SequenceNumber, bool IsKeepAlive, Transport.PooledMessage Response, Arrival At) : IDisposable
    {
        public void Dispose() => Response.Dispose();
    }
}
