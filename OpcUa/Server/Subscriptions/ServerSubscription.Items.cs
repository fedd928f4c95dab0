using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

// The items and the intervals at which they are sampled.
internal sealed partial class ServerSubscription
{
    public MonitoredItem? FindItem(uint id)
    {
        lock (gate) return items.GetValueOrDefault(id);
    }

    public MonitoredItem[] Items()
    {
        lock (gate) return [.. items.Values];
    }

    /// <summary>Number for a new item; never one in use.</summary>
    public uint NextItemId()
    {
        lock (gate)
        {
            do lastItemId = unchecked(lastItemId + 1);
            while (lastItemId == 0 || items.ContainsKey(lastItemId));
            return lastItemId;
        }
    }

    public void Add(MonitoredItem item)
    {
        lock (gate)
        {
            // Closed meanwhile: nobody would ever delete the item.
            if (isClosed) throw new UaException(StatusCodes.BadSubscriptionIdInvalid, "The subscription has ended", "CreateMonitoredItems");
            items.Add(item.Id, item);
        }
    }

    public bool Remove(uint id)
    {
        MonitoredItem? item;
        lock (gate)
        {
            if (!items.Remove(id, out item)) return false;
            LeaveGroup(item.Group);
        }
        item.Delete();
        return true;
    }

    /// <summary>
    /// The group for a sampling interval; beyond the number of intervals allowed, the nearest there is. Null is no sampling: every
    /// change counts. Whoever gets a group is a member of it from then on.
    /// </summary>
    public SamplingGroup? JoinGroup(TimeSpan interval)
    {
        if (interval == TimeSpan.Zero) return null;
        lock (gate)
        {
            SamplingGroup? group = Array.Find(groups, candidate => candidate.Interval == interval);
            if (group is null && groups.Length >= limits.MaxSamplingIntervalsPerSubscription)
                group = groups.MinBy(candidate => Math.Abs((candidate.Interval - interval).Ticks));
            if (group is null)
            {
                // On the grid of the publishing cycles where it can be, so that a sample is fresh when it is sent.
                long due = interval == Parameters.PublishingInterval ? nextPublish : timeProvider.GetTimestamp() + Ticks(interval);
                group = new SamplingGroup(interval, due);
                groups = [.. groups, group];
                Wake();
            }
            group.Members++;
            return group;
        }
    }

    public void LeaveGroup(SamplingGroup? group)
    {
        if (group is null) return;
        lock (gate)
        {
            if (--group.Members == 0) groups = [.. groups.Where(other => other != group)];
        }
    }
}
