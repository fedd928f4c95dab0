namespace PatchEdge.OpcUa.Client;

/// <summary>Calls a sink so that what it throws is reported and harms nobody else.</summary>
internal sealed class SinkCalls(ISubscriptionSink sink, ClientDiagnostics diagnostics)
{
#pragma warning disable CA1031 // A sink's bug must not end the subscription.
    public async ValueTask DataChangeAsync(DataChange change)
    {
        try
        {
            await sink.OnDataChangeAsync(change).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Report(failure, nameof(sink.OnDataChangeAsync));
        }
    }

    public async ValueTask KeepAliveAsync(KeepAlive keepAlive)
    {
        try
        {
            await sink.OnKeepAliveAsync(keepAlive).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Report(failure, nameof(sink.OnKeepAliveAsync));
        }
    }

    public async ValueTask LostAsync(LostNotifications lost)
    {
        diagnostics.CountLost(lost.Count);
        diagnostics.Raise(at => new UaClientEvent.NotificationsLost(at, lost.Subscription.SubscriptionId, lost.First, lost.Last, lost.Reason));
        try
        {
            await sink.OnLostAsync(lost).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Report(failure, nameof(sink.OnLostAsync));
        }
    }

    public async ValueTask StatusAsync(SubscriptionStatus status)
    {
        try
        {
            await sink.OnStatusAsync(status).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Report(failure, nameof(sink.OnStatusAsync));
        }
    }
#pragma warning restore CA1031

    private void Report(Exception failure, string name) =>
        diagnostics.Raise(at => new UaClientEvent.HandlerFailed(at, $"{nameof(ISubscriptionSink)}.{name}", failure));
}
