using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Permits;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Takes the lease when it is free, renews it, and hands it back at the end. What others do with a term is theirs to ask <see cref="Leadership"/>.</summary>
internal sealed partial class LeaseKeeper(
    LeaseStore store, Leadership leadership, PermitSigner signer, ConsoleAddress address, SchedulerOptions options, TimeProvider time, ILogger<LeaseKeeper> log) : BackgroundService
{
    /// <summary>Renewals to a lease: four may fail before it ends.</summary>
    private const int Renewals = 5;

    private readonly TimeSpan length = options.Database!.Lease;
    private LeaseRow? last;
    private long unchangedSince = time.GetTimestamp();
    private string lastFault = "";

    /// <summary>How long of a lease is believed, so that its holder stops before another can begin.</summary>
    public static TimeSpan Believed(TimeSpan length) => length * 3 / 4;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (leadership.Epoch is not { } epoch)
            return;
        leadership.Lose();
        try
        {
            await store.ReleaseAsync(epoch, cancellationToken);
            HandedBack(epoch);
        }
        catch (Exception exception) when (DatabaseFault.Is(exception) || exception is OperationCanceledException)
        {
            NotReached(DatabaseFault.Reason(exception));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(length / Renewals, time);
        try
        {
            do
                await TurnAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One look at the lease; never throws for what the database does.</summary>
    internal async Task TurnAsync(CancellationToken cancellation)
    {
        var asked = time.GetTimestamp();
        var mine = leadership.Epoch;
        try
        {
            var row = mine is { } epoch ? await store.RenewAsync(epoch, address.Value, length, cancellation) : await TryTakeAsync(cancellation);
            if (row is not null)
                leadership.Hold(row, asked, Believed(length));
            else
                leadership.Follow(await store.ReadAsync(cancellation));
            if (mine is null && row is not null)
                Leads(row.Epoch);
            else if (mine is { } lost && row is null)
                Lost(lost);
            lastFault = "";
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            var reason = DatabaseFault.Reason(exception);
            leadership.Unreachable(reason);
            if (reason != lastFault)
                NotReached(reason);
            lastFault = reason;
        }
    }

    /// <summary>A row that stood still for twice its length has nobody behind it, even when the database's clock was set back and says that it lasts.</summary>
    private async Task<LeaseRow?> TryTakeAsync(CancellationToken cancellation)
    {
        var row = await store.ReadAsync(cancellation);
        if (last is null || row.Epoch != last.Epoch || row.RenewedAt != last.RenewedAt)
            (last, unchangedSince) = (row, time.GetTimestamp());
        var stuck = row.IsHeld && time.GetElapsedTime(unchangedSince) > length * 2;
        leadership.Follow(row);
        return row.IsHeld && !stuck ? null : await store.TryTakeAsync(options.Name, address.Value, signer.Thumbprint, length, stuck ? row : null, cancellation);
    }

    [LoggerMessage(3901, LogLevel.Information, "This scheduler has the lease: term {Epoch}.")]
    private partial void Leads(long epoch);

    [LoggerMessage(3902, LogLevel.Warning, "This scheduler has lost the lease of term {Epoch}: it decides and releases nothing.")]
    private partial void Lost(long epoch);

    [LoggerMessage(3903, LogLevel.Error, "The lease cannot be asked for: {Reason}. Without it nothing is decided or released.")]
    private partial void NotReached(string reason);

    [LoggerMessage(3904, LogLevel.Information, "Handed back the lease of term {Epoch}.")]
    private partial void HandedBack(long epoch);
}
