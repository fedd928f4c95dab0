using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Has rejected items tried again when their time comes, for as long as the subscription lives.</summary>
internal sealed class ItemRetries(Subscription subscription, MonitoredItemSet items, ConnectionKeeper keeper) : IDisposable
{
    private readonly SemaphoreSlim woken = new(0, 1);

    /// <summary>Something changed that the next attempt depends on.</summary>
    public void Wake()
    {
        try
        {
            if (woken.CurrentCount == 0)
                woken.Release();
        }
        catch (Exception ended) when (ended is SemaphoreFullException or ObjectDisposedException)
        {
            // Another caller was faster, or there is nobody left to wake.
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        var wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            try
            {
                using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                await Task.WhenAny(woken.WaitAsync(timer.Token), Task.Delay(wait, keeper.Time, timer.Token)).ConfigureAwait(false);
                await timer.CancelAsync().ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                await LearnNamespacesAsync(cancellation).ConfigureAwait(false);
                wait = await items.RetryAsync(subscription.Binding, cancellation).ConfigureAwait(false);
                subscription.ReportItems();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Items must be tried again whatever happened this time.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                keeper.Diagnostics.Raise(at => new UaClientEvent.HandlerFailed(at, nameof(ItemRetries), bug));
                wait = subscription.Options.FirstItemRetry;
            }
        }
    }

    public void Dispose() => woken.Dispose();

    /// <summary>A server may gain a namespace while it runs, and with it the items that wait for it.</summary>
    private async Task LearnNamespacesAsync(CancellationToken cancellation)
    {
        if (subscription.Binding is not { } bound || !await items.LacksNamespaceAsync(bound, cancellation).ConfigureAwait(false))
            return;
        try
        {
            await keeper.RefreshAsync(cancellation).ConfigureAwait(false);
        }
        catch (UaException)
        {
            // The next retry asks again.
        }
    }
}
