using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Clocks;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Begins and ends what this process may decide: at its start when the database is its own, with each term when others share it. Only the runner's loop calls it.</summary>
/// <remarks>A term begins as a start does: nothing that was remembered of an earlier one counts, everything is read from the database.</remarks>
internal sealed partial class Succession(
    Leadership leadership,
    IDbContextFactory<SchedulerDb> databases,
    Recorder recorder,
    LedgerWalk ledgerWalk,
    LedgerHealth health,
    PermitSigner signer,
    HeadKeeper heads,
    RunBook book,
    RunMemory memory,
    VerdictHistory history,
    HoldCarrier holds,
    AlarmClock alarm,
    RunnerInbox inbox,
    StopSwitch stopSwitch,
    SchedulerOptions options,
    ILogger<Succession> log)
{
    private long ledgerSeen = -1;

    /// <summary>Verifies the ledger, remembers what was known, and puts the beginning on record. Nothing is released before.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        if (await ledgerWalk.BeginAsync(cancellation) is { } fault)
            LedgerBroken(fault);
        await history.LoadAsync(cancellation);
        await recorder.WriteAsync(scope => scope.AppendAsync(leadership.IsShared ? Taken() : Started()), cancellation);
    }

    /// <summary>Whether the runner may act on its next input; a term that has begun since the last is taken up first.</summary>
    public async ValueTask<bool> LeadsAsync(CancellationToken cancellation)
    {
        if (leadership.Acts)
            return true;
        if (leadership.Acting is not null)
            await StepDownAsync(cancellation);
        if (leadership.Epoch is not { } epoch)
            return false;
        try
        {
            await TakeOverAsync(epoch, cancellation);
            return leadership.Acts;
        }
        catch (Exception exception) when (DatabaseFault.Is(exception) || exception is RecordException)
        {
            NotTaken(epoch, DatabaseFault.Reason(exception));
            leadership.StepDown();
            return false;
        }
    }

    /// <summary>What a follower does each second: what others wrote is to be seen on its pages.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var size = await Ledger.Tree.StoredTree.SizeAsync(db, cancellation);
        if (size == ledgerSeen)
            return;
        ledgerSeen = size;
        book.Forget();
        await history.LoadAsync(cancellation);
        if (stopSwitch.Pressed is not { } pressed)
            return;
        // Whoever leads heard it too, or was told. Once it is on record, the record says what holds.
        var stop = await db.EmergencyStop.AsNoTracking().FirstOrDefaultAsync(item => item.Id == Features.EmergencyStop.EmergencyStopRecord.OnlyId, cancellation);
        if (stop is { Active: true } || stop?.Since > pressed.Since)
            stopSwitch.Recorded();
    }

    private async Task TakeOverAsync(long epoch, CancellationToken cancellation)
    {
        Forget();
        leadership.Act(epoch);
        await BeginAsync(cancellation);
        // Before anything else happens in this term: what would be released now may not be what people agreed to.
        if (leadership.Before is { } before)
            stopSwitch.Press($"scheduler {options.Name}", $"this scheduler took over from {before.Name}, which is configured differently: {before.Listed}. Make them the same, or see that these here are right; then resume");
        await heads.RenewAsync(cancellation);
        await alarm.RingAsync(cancellation);
        foreach (var run in (await book.ReadAsync(cancellation)).Runs.Ordered)
            if (run.State != RunState.Requested)
                await alarm.SetAsync(run.Id, cancellation);
        inbox.Wake();
        TookOver(epoch, options.Name);
    }

    private async Task StepDownAsync(CancellationToken cancellation)
    {
        leadership.StepDown();
        Forget();
        // It is for whoever leads now to say whether the ledger can be written.
        health.Written();
        SteppedDown(leadership.Look().Refusal);
        await alarm.StandByAsync(cancellation);
    }

    private void Forget()
    {
        ledgerSeen = -1;
        book.Forget();
        memory.Clear();
        holds.Clear();
        history.Clear();
        while (recorder.TryTakeEnded(out _))
        {
        }
    }

    private LedgerRecord Started() => new()
    {
        Actor = Actors.Scheduler,
        Action = LedgerActions.Started,
        Subject = "site",
        Reason = "the scheduler started; evidence from before counts for nothing",
        After = new JsonObject { ["version"] = typeof(Succession).Assembly.GetName().Version?.ToString(), ["attempts"] = options.Attempts },
    };

    private LedgerRecord Taken() => new()
    {
        Actor = Actors.Scheduler,
        Action = LedgerActions.LeadershipTaken,
        Subject = "site",
        Reason = $"{options.Name} leads from here on; nothing that another scheduler had begun and not recorded is done any more",
        After = new JsonObject
        {
            ["scheduler"] = options.Name,
            ["epoch"] = leadership.Acting,
            ["key"] = signer.Thumbprint,
            ["version"] = typeof(Succession).Assembly.GetName().Version?.ToString(),
            ["attempts"] = options.Attempts,
            ["differs"] = leadership.Before is { } before ? new JsonArray([.. before.Parts.Select(part => (JsonNode)part)]) : null,
        },
    };

    [LoggerMessage(3000, LogLevel.Critical, "The ledger does not verify: {Fault}. Nothing is released until it is put right.")]
    private partial void LedgerBroken(string fault);

    [LoggerMessage(3020, LogLevel.Information, "{Name} leads in term {Epoch}: everything was read anew.")]
    private partial void TookOver(long epoch, string name);

    [LoggerMessage(3021, LogLevel.Warning, "This scheduler no longer leads; {Refusal}.")]
    private partial void SteppedDown(string refusal);

    [LoggerMessage(3022, LogLevel.Error, "Term {Epoch} could not be taken up: {Reason}. It is tried again.")]
    private partial void NotTaken(long epoch, string reason);
}
