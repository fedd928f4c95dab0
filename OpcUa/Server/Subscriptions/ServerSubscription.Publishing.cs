using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

// The loop: sample, count the cycles, send (Part 4 §5.13.1.2).
internal sealed partial class ServerSubscription
{
    /// <summary>Larger messages are cut: MoreNotifications then says that the rest comes next.</summary>
    private const int MaxMessageBytes = 1024 * 1024;

    private async Task RunAsync()
    {
        await Task.Yield();
        CancellationToken token = ended.Token;
        try
        {
            while (!token.IsCancellationRequested)
            {
                long now = timeProvider.GetTimestamp();
                TimeSpan wait = timeProvider.GetElapsedTime(now, NextDue());
                if (wait > TimeSpan.Zero)
                {
                    timer.Change(wait, Timeout.InfiniteTimeSpan);
                    await signal.Reader.ReadAsync(token).ConfigureAwait(false);
                }
                SampleDue(timeProvider.GetTimestamp());
                if (!CountCycle(timeProvider.GetTimestamp()))
                {
                    onExpired(this);
                    return;
                }
                await SendDueAsync(token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
        }
    }

    private long NextDue()
    {
        lock (gate)
        {
            long due = nextPublish;
            foreach (SamplingGroup group in groups) due = Math.Min(due, group.Due);
            return due;
        }
    }

    private void SampleDue(long now)
    {
        SamplingGroup[] all;
        lock (gate) all = groups;
        foreach (SamplingGroup group in all)
        {
            if (group.Due > now) continue;
            group.Sample();
            group.Advance(now, Ticks(group.Interval));
        }
    }

    /// <summary>Ends a publishing cycle when its time has come; false when the subscription has outlived its client.</summary>
    private bool CountCycle(long now)
    {
        lock (gate)
        {
            if (nextPublish > now) return true;
            // Cycles that were missed are not made up for.
            long step = Ticks(Parameters.PublishingInterval);
            nextPublish += Grid.Steps(nextPublish, step, now) * step;
            if (++cyclesWithoutClient >= Parameters.LifetimeCount) return false;
            cyclesWithoutMessage++;
            isDue |= isFirst || cyclesWithoutMessage >= Parameters.MaxKeepAliveCount || (PublishingEnabled && HasNotifications());
            return true;
        }
    }

    private bool HasNotifications()
    {
        lock (QueueGate) return ready.Count > 0;
    }

    private async Task SendDueAsync(CancellationToken token)
    {
        while (true)
        {
            ServerSession? receiver;
            lock (gate)
            {
                if (!isDue || isClosed) return;
                receiver = session;
            }
            if (receiver?.Publishes.TakeOrWait(this) is not { } request) return;
            bool droppable = Encode(receiver, request);
            await responder.SendPublishAsync(request, response.WrittenMemory, droppable, token).ConfigureAwait(false);
            receiver.Publishes.Leave(this);
        }
    }

    /// <summary>Writes the next message and the response around it; true when it carries notifications.</summary>
    private bool Encode(ServerSession receiver, ParkedPublish request)
    {
        lock (gate)
        {
            DateTime now = timeProvider.GetUtcNow().UtcDateTime;
            message.Reset();
            bool more = false;
            bool carries = PublishingEnabled && WriteDataChange(Math.Min(receiver.LargestResponse, request.Channel.MaxResponseSize), now, out more);
            if (carries)
            {
                sent.Add(nextSequenceNumber, message.WrittenSpan);
                nextSequenceNumber = nextSequenceNumber == uint.MaxValue ? 1 : nextSequenceNumber + 1;
            }
            else
            {
                message.Reset();
                NotificationWriter.KeepAlive(message, nextSequenceNumber, now);
            }
            isDue = more;
            isFirst = false;
            cyclesWithoutMessage = 0;
            cyclesWithoutClient = 0;
            response.Reset();
            NotificationWriter.PublishResponse(response, responder.Header(request.RequestHandle), Id, sent.Available(), more, message.WrittenSpan, request.Results);
            return carries;
        }
    }

    private bool WriteDataChange(int largestResponse, DateTime now, out bool more)
    {
        int most = limits.MaxNotificationsPerPublish;
        if (Parameters.MaxNotificationsPerPublish > 0) most = (int)Math.Min((uint)most, Parameters.MaxNotificationsPerPublish);
        // Half of what the client takes leaves room for the last value and for what stands around the message.
        int largest = Math.Min(MaxMessageBytes, largestResponse / 2);
        int written = 0;
        (int Body, int Count) opened = NotificationWriter.BeginDataChange(message, nextSequenceNumber, now);
        lock (QueueGate)
        {
            while (written < most && (written == 0 || message.Length < largest) && ready.TryDequeue(out MonitoredItem? item))
            {
                item.IsReady = false;
                if (!item.IsReporting) continue;
                written += item.WriteNotifications(message, most - written, largest);
                if (item.HasWaiting) Ready(item);
            }
            more = ready.Count > 0;
        }
        NotificationWriter.EndDataChange(message, opened, written);
        if (written == 0) more = false;
        return written > 0;
    }
}
