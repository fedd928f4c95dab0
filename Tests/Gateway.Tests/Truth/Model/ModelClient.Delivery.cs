using PatchEdge.Gateway.Acquisition;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Model;

// Messages in the order of their numbers: what is missing is asked for, what nobody has any more is given up.
internal sealed partial class ModelClient
{
    private void Send(Message message)
    {
        var mine = generation;
        pathFree = Math.Max(pathFree, world.Now + world.Random.Next(1, 25));
        world.At(pathFree, () => mine == generation && gateway.IsAlive ? TakeAsync(message) : ValueTask.CompletedTask);
    }

    private async ValueTask TakeAsync(Message message)
    {
        (lastMessage, silences) = (world.Now, 0);
        if (late)
        {
            late = false;
            await Intake.OnStatusAsync(new SubscriptionStatus.Recovered(subscription, Now, RecoveryKind.OnTime, epoch));
        }

        if (held.Count == 0 && message.Sequence == expected)
        {
            await DeliverAsync(message, DataChangeOrigin.Published, Now, truth.Wall);
        }
        else
        {
            held.Add((message, Now, truth.Wall));
            if (!isAsking)
                await SettleHeldAsync(generation);
        }

        while (uponMessage.TryDequeue(out var what))
            world.At(world.Now + world.Random.Next(1, 60), what);
    }

    /// <summary>Messages in hand, each once those before it were had or given up. Asking takes its time; whoever breaks the connection meanwhile leaves the rest to the next.</summary>
    private async ValueTask SettleHeldAsync(int mine)
    {
        while (held.Count > 0)
        {
            var (message, at, wall) = held.MinBy(each => each.Message.Sequence);
            if (expected < message.Sequence)
            {
                isAsking = true;
                world.At(world.Now + world.Random.Next(1, 60), () => AskAsync(mine));
                return;
            }

            await GiveUpAsync();
            held.Remove((message, at, wall));
            // A keep-alive behind missing messages only said which number is next.
            if (message.Sequence == expected && !message.IsKeepAlive)
                await DeliverAsync(message, DataChangeOrigin.Published, at, wall);
        }

        if (IsPublishing)
            await RefreshAsync();
    }

    private async ValueTask AskAsync(int mine)
    {
        if (mine != generation || !gateway.IsAlive)
            return;
        if (!Reaches)
        {
            world.At(world.Now + 100, () => AskAsync(mine));
            return;
        }

        isAsking = false;
        if (server.Subscription?.Find(expected) is { } kept)
        {
            await GiveUpAsync();
            await DeliverAsync(kept, DataChangeOrigin.Republished, Now, truth.Wall);
        }
        else
        {
            lostFrom ??= expected;
            expected++;
        }

        await SettleHeldAsync(mine);
    }

    /// <summary>Tells of what nobody has any more.</summary>
    private async ValueTask GiveUpAsync()
    {
        if (lostFrom is not { } first)
            return;
        lostFrom = null;
        isRefreshDue = true;
        hasLost |= broken is not null;
        Break(GapCause.SequenceMissing);
        await Intake.OnLostAsync(new LostNotifications(subscription, epoch, first, expected - 1, Now, Now, StatusCodes.BadMessageNotAvailable));
        await gateway.SettleAsync();
    }

    private async ValueTask DeliverAsync(Message message, DataChangeOrigin origin, Arrival at, long wall)
    {
        if (message.IsKeepAlive)
        {
            await Intake.OnKeepAliveAsync(new KeepAlive(subscription, epoch, message.Sequence, message.PublishTime, at));
        }
        else
        {
            expected++;
            await HandOverAsync(message.Values, origin, message.Sequence, message.PublishTime, at, wall);
        }

        await gateway.SettleAsync();
        // What is had again, or was in hand when the connection broke, proves the past only.
        if (broken is not null && (origin == DataChangeOrigin.Republished || !IsPublishing))
            return;
        CloseBlindness(isAnew: false, isRepaired: broken?.Cause == GapCause.KeepAliveLate, wall);
        Prove(wall, message.Sent);
    }

    /// <summary>After a loss every item's present value is read: what was lost may have been its last change.</summary>
    private async ValueTask RefreshAsync()
    {
        if (!isRefreshDue || !Reaches || server.Subscription is not { } present)
            return;
        isRefreshDue = false;
        await HandOverAsync([.. present.Items.Select(item => new Notified(server.PresentOf(item.Tag), item.Source, Overflow: false))], DataChangeOrigin.Refresh, 0, Now.Utc.UtcDateTime, Now, truth.Wall);
    }

    private async ValueTask HandOverAsync(IReadOnlyList<Notified> values, DataChangeOrigin origin, uint sequence, DateTime published, Arrival at, long wall)
    {
        var timeHolds = measuredOffset == server.ClockOffset - (long)gateway.Clocks.Step.TotalMilliseconds;
        // What is still under way of an item that is watched no more arrives, and proves nothing.
        foreach (var (value, source, overflow) in values)
            if (gateway.SourceOf(value.Tag) == source)
                truth.Delivered[value.Tag].Add(new Delivered(value.Number, wall, Math.Min(evidenceSent ?? wall, wall), overflow, timeHolds));
        await Intake.OnDataChangeAsync(new DataChange
        {
            Subscription = subscription,
            Epoch = epoch,
            SequenceNumber = sequence,
            PublishTime = published,
            ReceivedAt = at,
            Origin = origin,
            Items = values.Select(each => new MonitoredItemNotification(
                SubscriptionIntake.HandleOf(each.Source), each.Overflow ? each.Value.Value with { Status = each.Value.Value.Status.Value | 0x480u } : each.Value.Value)).ToArray(),
        });
    }
}
