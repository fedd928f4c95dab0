using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>
/// Publishes what is true now: line reports and the gateway's status, retained, with their validity as expiry. Only the newest of each
/// counts: what was true before is history, and the journal has it.
/// </summary>
internal sealed class LivePublisher : ILiveReports, IAsyncDisposable
{
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ConcurrentDictionary<string, LineReport> reports = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private readonly MqttLink link;
    private readonly TimeProvider time;
    private readonly Task loop;
    private GatewayStatus? status;
    private CoverageDigest? digest;

    public LivePublisher(MqttLink link, TimeProvider time)
    {
        (this.link, this.time) = (link, time);
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>Publishes a report as soon as it can; a newer one of the same line takes its place.</summary>
    public void Post(LineReport report)
    {
        reports[report.Line] = report;
        wake.Writer.TryWrite(true);
    }

    public void Post(GatewayStatus newest)
    {
        Interlocked.Exchange(ref status, newest);
        wake.Writer.TryWrite(true);
    }

    public void Post(CoverageDigest newest)
    {
        Interlocked.Exchange(ref digest, newest);
        wake.Writer.TryWrite(true);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await wake.Reader.ReadAsync(cancel).ConfigureAwait(false);
                foreach (var line in reports.Keys)
                    if (reports.TryRemove(line, out var report))
                        await PublishAsync(report, cancel).ConfigureAwait(false);
                if (Interlocked.Exchange(ref status, null) is { } newest)
                    await PublishAsync(newest, cancel).ConfigureAwait(false);
                if (Interlocked.Exchange(ref digest, null) is { } coverage)
                    await PublishAsync(coverage, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task PublishAsync(LineReport report, CancellationToken cancel)
    {
        // One that waited too long for the broker would outlive its own validity there.
        var left = report.At + TimeSpan.FromMilliseconds(report.ValidForMs) - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return;
        var payload = JsonSerializer.SerializeToUtf8Bytes(report, MessageJson.Default.LineReport);
        await link.PublishAsync(Topics.LineReport(report.Site, report.Line, report.Gateway), payload, retain: true, left, cancel).ConfigureAwait(false);
    }

    /// <summary>Not retained: who was not listening then hears the next one.</summary>
    private Task<string?> PublishAsync(CoverageDigest newest, CancellationToken cancel) => link.PublishAsync(
        Topics.CoverageDigest(newest.Site, newest.Gateway), JsonSerializer.SerializeToUtf8Bytes(newest, MessageJson.Default.CoverageDigest),
        retain: false, TimeSpan.FromMilliseconds(newest.ValidForMs), cancel);

    private Task<string?> PublishAsync(GatewayStatus newest, CancellationToken cancel) => link.PublishAsync(
        Topics.GatewayStatus(newest.Site, newest.Gateway), JsonSerializer.SerializeToUtf8Bytes(newest, MessageJson.Default.GatewayStatus),
        retain: true, TimeSpan.FromMilliseconds(newest.ValidForMs), cancel);
}
