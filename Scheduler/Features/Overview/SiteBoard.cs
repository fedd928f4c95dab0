using System.Threading.Channels;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Features.Overview;

/// <summary>Keeps what open pages show up to date: one reading for all of them, at every change but not more often than pages can follow, and once a second so that ages and staleness show.</summary>
/// <remarks>While no page is open it reads nothing. Thread-safe.</remarks>
internal sealed partial class SiteBoard(SiteQueries queries, ChangeSignal changes, TimeProvider time, ILogger<SiteBoard> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>A new view was taken. Handlers must not block.</summary>
    public event Action<SiteView>? Changed;

    /// <summary>A view as of now.</summary>
    public Task<SiteView> TakeAsync(CancellationToken cancellation) => queries.TakeAsync(cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        changes.Changed += Wake;
        using var timer = new PeriodicTimer(Tick, time);
        var ticking = TickAsync(timer, stoppingToken);
        try
        {
            await foreach (var _ in wake.Reader.ReadAllAsync(stoppingToken))
            {
                await ShowAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            changes.Changed -= Wake;
            await ticking;
        }
    }

    private void Wake() => wake.Writer.TryWrite(true);

    private async Task TickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                Wake();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ShowAsync(CancellationToken stopping)
    {
        if (Changed is not { } pages)
            return;
        try
        {
            pages(await queries.TakeAsync(stopping));
        }
#pragma warning disable CA1031 // The loop's boundary: pages keep what they show, whose age tells that it is old, and the next second tries again.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            NotRead(exception);
        }
    }

    [LoggerMessage(3400, LogLevel.Warning, "What open pages show could not be read; they keep showing what was.")]
    private partial void NotRead(Exception exception);
}
