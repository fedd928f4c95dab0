using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Verification;

/// <summary>Walks the whole of a long ledger beside the work, after a start has looked at its newest part; what does not hold locks releases at once.</summary>
/// <remarks>Only the runner's loop begins a walk; one is under way at a time.</remarks>
internal sealed partial class LedgerWalk(
    IDbContextFactory<SchedulerDb> databases, LedgerAnchors anchors, PermitSigner signer, LedgerHealth health, ChangeSignal changes, TimeProvider time, ILogger<LedgerWalk> log) : IAsyncDisposable
{
    /// <summary>Between a few thousand entries and the next: the work goes first.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource ending = new();
    private Task walking = Task.CompletedTask;

    /// <summary>Looks at the newest part at once, and at all of a longer ledger from now on.</summary>
    /// <returns>What is wrong with the newest part, which has locked releases; null when nothing is.</returns>
    public async Task<string?> BeginAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var check = await LedgerVerifier.RunRecentAsync(db, anchors.Read(signer.ReadHead), signer.ReadHead, cancellation);
        health.Reopened = check.Reopened;
        if (check.Fault is { } fault)
            health.Tampered(fault);
        else if (check.From > 0 && walking.IsCompleted)
            walking = WalkAsync(ending.Token);
        return check.Fault;
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await walking;
        ending.Dispose();
    }

    private async Task WalkAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            var check = await LedgerVerifier.RunAsync(db, anchors.Read(signer.ReadHead), cancellation, () => Task.Delay(Pause, time, cancellation));
            if (check.Fault is not { } fault)
            {
                Holds(check.Entries);
                return;
            }

            health.Tampered(fault);
            Broken(fault);
            changes.Raise();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            NotWalked(DatabaseFault.Reason(exception));
        }
    }

    [LoggerMessage(3030, LogLevel.Information, "The whole ledger holds together: {Entries} entries.")]
    private partial void Holds(long entries);

    [LoggerMessage(3031, LogLevel.Critical, "The ledger does not verify: {Fault}. Nothing is released until it is put right.")]
    private partial void Broken(string fault);

    [LoggerMessage(3032, LogLevel.Error, "The ledger could not be walked to its end: {Reason}. 'ledger verify' does it, and so does the next start.")]
    private partial void NotWalked(string reason);
}
