namespace PatchEdge.OpcUa.Client;

/// <summary>Words what happened to a subscription and its items, for the sink and the client's diagnostics.</summary>
internal sealed class SubscriptionNews(Subscription subscription, ClientDiagnostics diagnostics)
{
    /// <summary>Raises the diagnostics of what became of items; returns what the sink should hear.</summary>
    public List<SubscriptionStatus> Tell(List<ItemReport> reports)
    {
        List<SubscriptionStatus> statuses = [];
        var now = Arrival.Now(diagnostics.Time);
        foreach (var report in reports)
        {
            switch (report)
            {
                case ItemReport.Rejected rejected:
                    statuses.Add(new SubscriptionStatus.ItemRejected(subscription, now, rejected.Result, rejected.RetryIn));
                    diagnostics.Raise(at => new UaClientEvent.ItemRejected(at, subscription.SubscriptionId, rejected.Result, rejected.RetryIn));
                    break;
                case ItemReport.Accepted accepted:
                    statuses.Add(new SubscriptionStatus.ItemAccepted(subscription, now, accepted.Result));
                    diagnostics.Raise(at => new UaClientEvent.ItemAccepted(at, subscription.SubscriptionId, accepted.Result));
                    break;
                case ItemReport.TypeChanged changed:
                    statuses.Add(new SubscriptionStatus.ItemTypeChanged(subscription, now, changed.ClientHandle, changed.Previous, changed.Current));
                    break;
            }
        }
        return statuses;
    }

    public void TellRevision(string what, string requested, string revised)
    {
        if (requested != revised)
            diagnostics.Raise(at => new UaClientEvent.RevisedDiffers(at, $"subscription {subscription.SubscriptionId}: {what}", requested, revised));
    }

    /// <summary>One event for all items of a call: there may be thousands.</summary>
    public void TellRevisions(IReadOnlyList<MonitoredItemOptions> asked, MonitoredItemResult[] got)
    {
        var revised = 0;
        MonitoredItemResult? example = null;
        for (var i = 0; i < got.Length; i++)
        {
            var sameSampling = asked[i].SamplingInterval is not { } sampling || sampling == got[i].RevisedSamplingInterval;
            if (got[i].Status.IsBad || (sameSampling && asked[i].QueueSize == got[i].RevisedQueueSize))
                continue;
            revised++;
            example ??= got[i];
        }
        if (example is not null)
            diagnostics.Raise(at => new UaClientEvent.ItemsRevised(at, subscription.SubscriptionId, revised, example));
    }
}
