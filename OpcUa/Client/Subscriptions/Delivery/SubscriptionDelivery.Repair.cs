using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

// The repair ladder: Republish, the transferred queue, a new subscription, a fresh read of every item.
internal sealed partial class SubscriptionDelivery
{
    // No server keeps more; a distance beyond it is no gap but nonsense, and is not asked for one by one.
    private const int MostRepublished = 4096;

    private const int TimeoutsPerMessage = 2;

    /// <summary>The messages that wait, each once those before it were fetched or given up. Stops when the connection is gone.</summary>
    private async ValueTask SettleHeldAsync(Arrival at)
    {
        while (held.Count > 0)
        {
            var next = held.MinBy(message => NotificationNumbers.Distance(sequence.Expected, message.SequenceNumber))!;
            if (!await FetchUpToAsync(next.SequenceNumber, at).ConfigureAwait(false))
                return;
            held.Remove(next);
            try
            {
                // A message that Republish has brought meanwhile is behind by now; a keep-alive only said which number is next.
                if (!next.IsKeepAlive && next.SequenceNumber == sequence.Expected)
                    await DeliverAsync(reader.Read(next.Response.Span), DataChangeOrigin.Published, next.At).ConfigureAwait(false);
            }
            finally
            {
                next.Dispose();
            }
        }
    }

    /// <summary>Fetches what is missing before a number. False when the connection is gone, and the rest has to wait for another.</summary>
    private async ValueTask<bool> FetchUpToAsync(uint number, Arrival at)
    {
        if (NotificationNumbers.Distance(sequence.Expected, number) > MostRepublished)
            return await GiveUpAsync(sequence.Expected, number, at, StatusCodes.BadSequenceNumberInvalid).ConfigureAwait(false);
        uint? lostFrom = null;
        StatusCode reason = StatusCodes.BadMessageNotAvailable;
        var timeouts = 0;
        while (NotificationNumbers.Distance(sequence.Expected, number) > 0)
        {
            var expected = sequence.Expected;
            var outcome = await RepublishAsync(expected, lostFrom, at).ConfigureAwait(false);
            if (outcome.IsConnectionLost)
            {
                if (lostFrom is { } before)
                    await GiveUpAsync(before, expected, at, reason).ConfigureAwait(false);
                return false;
            }
            if (outcome.Status.IsGood)
            {
                lostFrom = null;
                timeouts = 0;
                continue;
            }
            if (outcome.Status == StatusCodes.BadTimeout && ++timeouts < TimeoutsPerMessage)
                continue;
            timeouts = 0;
            reason = outcome.Status;
            lostFrom ??= expected;
            sequence.Advance();
            if (IsSubscriptionGone(reason))
            {
                TryPost(new SubscriptionInput.Gone(subscription.SubscriptionId, new UaException(reason, "The server has no such subscription", "Republish")));
                break;
            }
        }
        if (lostFrom is { } first)
            await GiveUpAsync(first, number, at, reason).ConfigureAwait(false);
        return true;
    }

    /// <summary>Reports <paramref name="first"/> up to, not including, <paramref name="next"/> as lost.</summary>
    private async ValueTask<bool> GiveUpAsync(uint first, uint next, Arrival at, StatusCode reason)
    {
        sequence.AdvanceTo(next);
        refreshDue = true;
        await sink.LostAsync(Lost(first, NotificationNumbers.Previous(next), at, reason)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Asks for one message and delivers it. Whatever was lost before it is reported first.</summary>
    private async ValueTask<(StatusCode Status, bool IsConnectionLost)> RepublishAsync(uint number, uint? lostFrom, Arrival at)
    {
        if (subscription.Binding is not { } binding)
            return (StatusCodes.BadServerNotConnected, true);
        PooledMessage message;
        try
        {
            message = await binding.Session.RequestAsync(
                new RepublishRequest { SubscriptionId = binding.SubscriptionId, RetransmitSequenceNumber = number },
                RepublishResponse.BinaryEncodingId, keeper.Options.OperationTimeout, stopping).ConfigureAwait(false);
        }
        catch (UaException refused)
        {
            var gone = binding.Session.Channel.IsBroken || Session.IsSessionGone(refused.Status);
            return (refused.Status, gone);
        }
        using (message)
        {
            NotificationHead head;
            try
            {
                head = reader.Read(message.Span);
            }
            catch (UaException malformed)
            {
                return (malformed.Status, false);
            }
            if (head.SequenceNumber != number || head.IsKeepAlive)
            {
                keeper.Diagnostics.Dropped($"message {head.SequenceNumber} in answer to Republish of {number}", StatusCodes.BadUnknownResponse);
                return (StatusCodes.BadUnknownResponse, false);
            }
            keeper.Diagnostics.CountRepublished();
            if (lostFrom is { } first)
                await GiveUpAsync(first, number, at, StatusCodes.BadMessageNotAvailable).ConfigureAwait(false);
            await DeliverAsync(head, DataChangeOrigin.Republished, Now).ConfigureAwait(false);
            return (StatusCodes.Good, false);
        }
    }

    /// <summary>Fetches whatever the server has kept beyond what was delivered.</summary>
    private async ValueTask<(StatusCode Status, bool IsConnectionLost)> FetchKeptAsync()
    {
        for (var i = 0; i < MostRepublished; i++)
        {
            var outcome = await RepublishAsync(sequence.Expected, null, Now).ConfigureAwait(false);
            if (outcome.Status.IsBad)
                return outcome;
        }
        return (StatusCodes.BadMessageNotAvailable, false);
    }

    /// <summary>A connection is there again (Part 4 §6.7): the session resumed, the subscription transferred, or neither.</summary>
    private async ValueTask RepairAsync(Session session, RecoveryKind kind)
    {
        if (kind == RecoveryKind.Recreated || silentReconnects > 1)
        {
            await RecreateAsync(session).ConfigureAwait(false);
            return;
        }
        subscription.Bind(session);
        keeper.Subscriptions.Register(subscription, subscription.SubscriptionId);
        await SettleHeldAsync(Now).ConfigureAwait(false);
        var (status, isConnectionLost) = await FetchKeptAsync().ConfigureAwait(false);
        if (isConnectionLost)
            return;
        if (IsSubscriptionGone(status))
        {
            await RecreateAsync(session).ConfigureAwait(false);
            return;
        }
        await sink.StatusAsync(new SubscriptionStatus.Recovered(subscription, Now, kind, subscription.Epoch)).ConfigureAwait(false);
        if (refreshDue)
            await RefreshAsync(Now).ConfigureAwait(false);
        subscription.RetryItemsNow();
    }

    /// <summary>A new subscription in place of one that the server no longer has. Tried again later when the server refuses.</summary>
    private async ValueTask RecreateAsync(Session session)
    {
        // What is in hand is delivered, what is missing between is nowhere any more.
        foreach (var message in held.OrderBy(message => NotificationNumbers.Distance(sequence.Expected, message.SequenceNumber)).ToArray())
        {
            if (NotificationNumbers.Distance(sequence.Expected, message.SequenceNumber) > 0)
                await GiveUpAsync(sequence.Expected, message.SequenceNumber, Now, StatusCodes.BadSubscriptionIdInvalid).ConfigureAwait(false);
            if (!message.IsKeepAlive && message.SequenceNumber == sequence.Expected)
                await DeliverAsync(reader.Read(message.Response.Span), DataChangeOrigin.Published, message.At).ConfigureAwait(false);
            message.Dispose();
        }
        held.Clear();

        keeper.Subscriptions.Forget(subscription.SubscriptionId);
        if (subscription.Binding is { } former && former.Session == session)
            await Subscription.DeleteAsync(former).ConfigureAwait(false);
        try
        {
            await subscription.CreateAsync(session, stopping).ConfigureAwait(false);
        }
        catch (UaException refused)
        {
            if (session.Channel.IsBroken || Session.IsSessionGone(refused.Status))
                return;
            var wait = keeper.Options.ReconnectBackoff.Delay(++recreateFailures, Random.Shared.NextDouble());
            recreateTimer.Change(wait, Timeout.InfiniteTimeSpan);
            keeper.Diagnostics.Dropped($"subscription {subscription.SubscriptionId} could not be made anew; tried again in {wait.TotalSeconds:0.#} s", refused.Status);
            return;
        }
        recreateFailures = 0;
        silentReconnects = 0;
        sequence.Reset();
        late = false;
        // Every item reports its present value first: there is nothing to read besides.
        refreshDue = false;
        inOrderAt = Now;
        await sink.StatusAsync(new SubscriptionStatus.Recovered(subscription, Now, RecoveryKind.Recreated, subscription.Epoch)).ConfigureAwait(false);
        await items.CreateAllAsync(subscription.Binding!, stopping).ConfigureAwait(false);
        subscription.ReportItems();
        subscription.RetryItemsNow();
        keeper.WakePump();
    }

    private async ValueTask TakeGoneAsync(SubscriptionInput.Gone gone)
    {
        if (gone.SubscriptionId != subscription.SubscriptionId || keeper.ActiveSession is not { } session)
            return;
        if (gone.IsCertain || IsSubscriptionGone((await FetchKeptAsync().ConfigureAwait(false)).Status))
            await RecreateAsync(session).ConfigureAwait(false);
    }

    /// <summary>
    /// The subscription says nothing: it may be gone, its messages may not reach us, or the way is dead. Republish tells which; a
    /// connection that stays silent is given up, whatever else still answers on it.
    /// </summary>
    private async ValueTask TakeSilentAsync(SubscriptionInput.Silent silent)
    {
        // Some wait here while Republish goes unanswered; the next connection must not pay for the silence of the one before.
        if (subscription.Binding is not { } binding || silent.Over != binding || keeper.Time.GetElapsedTime(subscription.LastMessageAt.Timestamp) < subscription.LateAfter)
            return;
        if (!late)
        {
            late = true;
            await sink.StatusAsync(new SubscriptionStatus.Late(subscription, Now, silent.Silence, subscription.LateAfter)).ConfigureAwait(false);
        }
        var (status, isConnectionLost) = await FetchKeptAsync().ConfigureAwait(false);
        if (isConnectionLost)
            return;
        if (IsSubscriptionGone(status))
        {
            await RecreateAsync(binding.Session).ConfigureAwait(false);
            return;
        }
        if (silent.Times < 3)
            return;
        silentReconnects++;
        binding.Session.GiveUp(new UaException(StatusCodes.BadTimeout, $"Subscription {subscription.SubscriptionId} has been silent for {silent.Silence.TotalSeconds:0.#} s",
            "Publish", "Connecting again; check the server's load"));
    }

    /// <summary>Reads every item's present value, since what was lost may have been its last change.</summary>
    private async ValueTask RefreshAsync(Arrival at)
    {
        if (subscription.Binding is not { } binding)
            return;
        var (handles, wanted) = await items.SnapshotAsync(stopping).ConfigureAwait(false);
        DataValue[] values;
        try
        {
            values = await keeper.Batches.RunAsync(BatchedService.Read, wanted, async part => (await binding.Session.CallAsync<ReadResponse>(
                new ReadRequest { TimestampsToReturn = TimestampsToReturn.Both, NodesToRead = part }, stopping).ConfigureAwait(false)).Results).ConfigureAwait(false);
        }
        catch (UaException)
        {
            // Still due: at the next message, or when the connection is back.
            return;
        }
        refreshDue = false;
        var notifications = new MonitoredItemNotification[values.Length];
        for (var i = 0; i < values.Length; i++)
            notifications[i] = new MonitoredItemNotification { ClientHandle = handles[i], Value = values[i] };
        await sink.DataChangeAsync(new DataChange
        {
            Subscription = subscription,
            Epoch = subscription.Epoch,
            SequenceNumber = 0,
            PublishTime = keeper.Time.GetUtcNow().UtcDateTime,
            ReceivedAt = at,
            Origin = DataChangeOrigin.Refresh,
            Items = notifications,
        }).ConfigureAwait(false);
    }

    private static bool IsSubscriptionGone(StatusCode status) => status.Code is StatusCodes.BadSubscriptionIdInvalid or StatusCodes.BadNoSubscription;
}
