using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Execution.Clocks;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Execution;

/// <summary>The one loop that changes runs. Whatever happens, it takes the next input; what one input could not do, a later one does again.</summary>
internal sealed partial class Runner(
    RunnerInbox inbox,
    IDbContextFactory<SchedulerDb> databases,
    Recorder recorder,
    Leadership leadership,
    Succession succession,
    Relay relay,
    LedgerHealth health,
    HeadKeeper heads,
    VerdictHistory history,
    RunMemory memory,
    AlarmClock alarm,
    EvidenceBoard evidence,
    Releases releases,
    GoAheads goAheads,
    ProgressIntake progress,
    Deadlines deadlines,
    LineHolding holding,
    OrderDesk orders,
    CampaignDesk campaigns,
    StopSwitch stopSwitch,
    ChangeSignal changes,
    SchedulerOptions options,
    TimeProvider time,
    ILogger<Runner> log) : BackgroundService
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    private string lastFault = "";

    /// <summary>Prepares the loop: verifies the ledger and remembers what was known. Nothing is released before it has run.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>What comes before the loop; when others share the database, it comes with the first term instead.</summary>
    internal Task PrepareAsync(CancellationToken cancellationToken) => leadership.IsShared ? Task.CompletedTask : succession.BeginAsync(cancellationToken);

    /// <summary>The loop itself, on the caller's thread.</summary>
    internal Task RunAsync(CancellationToken stopping) => ExecuteAsync(stopping);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        evidence.Changed += inbox.Wake;
        leadership.Changed += Look;
        using var timer = new PeriodicTimer(TickEvery, time);
        var ticking = TickAsync(timer, stoppingToken);
        try
        {
            if (!leadership.IsShared)
                await SetAlarmsAsync(stoppingToken);
            while (await inbox.Reader.WaitToReadAsync(stoppingToken))
                while (inbox.Reader.TryRead(out var input))
                {
                    stoppingToken.ThrowIfCancellationRequested();
                    await HandleSafelyAsync(input, stoppingToken);
                }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            evidence.Changed -= inbox.Wake;
            leadership.Changed -= Look;
            await ticking;
        }
    }

    private void Look() => inbox.TryPost(RunnerInput.Tick.Now);

    private async Task TickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                inbox.TryPost(RunnerInput.Tick.Now);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Every run that lives has its alarm, also when Quartz has lost its file.</summary>
    private async Task SetAlarmsAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var living = await db.Runs.AsNoTracking()
            .Where(run => run.State != RunState.Requested && run.State != RunState.Done && run.State != RunState.Aborted && run.State != RunState.Expired && run.State != RunState.Revoked)
            .Select(run => run.Id)
            .ToListAsync(cancellation);
        foreach (var run in living)
            await alarm.SetAsync(run, cancellation);
        inbox.Wake();
    }

    private async Task HandleSafelyAsync(RunnerInput input, CancellationToken cancellation)
    {
        try
        {
            if (!await succession.LeadsAsync(cancellation))
            {
                await FollowAsync(input, cancellation);
                return;
            }

            await HandleAsync(input, cancellation);
            while (recorder.TryTakeEnded(out var ended))
            {
                memory.Forget(ended);
                history.Forget(ended);
                await alarm.ClearAsync(ended, cancellation);
            }
        }
        catch (Exception exception) when (exception is NotLeadingException or RecordException { IsNotLeading: true })
        {
            NotLeading(input.GetType().Name, exception.Message);
        }
        catch (Exception exception) when (exception is RecordException || DatabaseFault.Is(exception))
        {
            var reason = exception is RecordException ? exception.Message : DatabaseFault.Reason(exception);
            health.Unwritable(reason);
            // Said once for each reason: a full disk must not be filled further by saying so.
            if (reason != lastFault)
                NotRecorded(input.GetType().Name, reason);
            lastFault = reason;
        }
#pragma warning disable CA1031 // The loop's boundary: one input must not end it, and nothing was released that was not recorded.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Failed(exception, input.GetType().Name);
        }
    }

    /// <summary>Listens, and changes nothing: evidence is kept warm, pages follow the record, and who wants something is told whom to ask.</summary>
    private async Task FollowAsync(RunnerInput input, CancellationToken cancellation)
    {
        switch (input)
        {
            case RunnerInput.Wake:
                inbox.WakeTaken();
                changes.Raise();
                break;
            case RunnerInput.Tick:
                evidence.Sweep();
                await succession.FollowAsync(cancellation);
                break;
            case RunnerInput.HeadSeen seen:
                await JudgeAsync(seen, cancellation);
                break;
            case RunnerInput.Asked asked:
                asked.Answer.TrySetResult(await relay.PassOnAsync(asked.Order, cancellation) ?? new OrderResult(OrderOutcome.Elsewhere, [leadership.Look().Refusal]));
                break;
        }
    }

    private async Task JudgeAsync(RunnerInput.HeadSeen seen, CancellationToken cancellation)
    {
        if (await heads.JudgeAsync(seen.Token, $"gateway {seen.Gateway}", cancellation) is not { } contradiction)
            return;
        LedgerBroken(contradiction);
        changes.Raise();
    }

    private async Task HandleAsync(RunnerInput input, CancellationToken cancellation)
    {
        switch (input)
        {
            case RunnerInput.Wake:
                await releases.ConsiderAsync(inbox.WakeTaken(), cancellation);
                changes.Raise();
                break;
            case RunnerInput.Tick:
                if (health.IsUnwritable)
                    await ProbeLedgerAsync(cancellation);
                if (!health.IsUnwritable)
                    lastFault = "";
                await relay.TakeAsync(OrderAsync, cancellation);
                if (stopSwitch.Pressed is { } pressed)
                    await OrderAsync(new Order.Stop(pressed.Reason, pressed.By), cancellation);
                evidence.Sweep();
                foreach (var run in memory.TakeDue())
                    inbox.Wake(run);
                await deadlines.LookAsync(cancellation);
                await holding.LookAsync(cancellation);
                await campaigns.LookAsync(cancellation);
                await heads.LookAsync(cancellation);
                await history.CompactWhenDueAsync(time, options.VerdictRetention, cancellation);
                break;
            case RunnerInput.PermitAsked asked:
                await releases.OnPermitAskedAsync(asked.Request, cancellation);
                break;
            case RunnerInput.HoldAnswered answered:
                if (await holding.OnReplyAsync(answered.Reply, cancellation))
                    await releases.CompleteAsync(answered.Reply.Run, cancellation);
                inbox.Wake();
                break;
            case RunnerInput.HeadSeen seen:
                await JudgeAsync(seen, cancellation);
                break;
            case RunnerInput.GoAheadAsked asked:
                await goAheads.OnAskedAsync(asked.Request, cancellation);
                break;
            case RunnerInput.Progressed reported:
                await progress.OnProgressAsync(reported.Progress, cancellation);
                inbox.Wake();
                break;
            case RunnerInput.Asked asked:
                await AnswerAsync(asked, cancellation);
                inbox.Wake();
                break;
        }
    }

    /// <summary>While nothing can be recorded nothing is released, so nothing else would find out that it can be again.</summary>
    private Task<LedgerEntry> ProbeLedgerAsync(CancellationToken cancellation) => recorder.WriteAsync(scope => scope.AppendAsync(new LedgerRecord
    {
        Actor = Actors.Scheduler,
        Action = LedgerActions.WritableAgain,
        Subject = "site",
        Reason = "the ledger can be written again",
    }), cancellation);

    private async Task<OrderResult> OrderAsync(Order order, CancellationToken cancellation)
    {
        var result = await orders.HandleAsync(order, cancellation);
        if (order is Order.Stop or Order.Resume)
            stopSwitch.Recorded();
        return result;
    }

    private async Task AnswerAsync(RunnerInput.Asked asked, CancellationToken cancellation)
    {
        try
        {
            asked.Answer.TrySetResult(await OrderAsync(asked.Order, cancellation));
        }
        catch (RecordException exception) when (exception.IsNotLeading)
        {
            asked.Answer.TrySetResult(new OrderResult(OrderOutcome.Elsewhere, [leadership.Look().Refusal]));
            throw;
        }
        catch (RecordException exception)
        {
            asked.Answer.TrySetResult(new OrderResult(OrderOutcome.Failed, [$"it could not be recorded, so it was not done: {exception.Message}"]));
            throw;
        }
        catch (Exception exception)
        {
            asked.Answer.TrySetException(exception);
            throw;
        }
    }

    [LoggerMessage(3000, LogLevel.Critical, "The ledger does not verify: {Fault}. Nothing is released until it is put right.")]
    private partial void LedgerBroken(string fault);

    [LoggerMessage(3010, LogLevel.Error, "{Input} could not be recorded, so it had no effect: {Reason}. Nothing is released until a record can be written.")]
    private partial void NotRecorded(string input, string reason);

    [LoggerMessage(3012, LogLevel.Warning, "{Input} had no effect: {Reason}.")]
    private partial void NotLeading(string input, string reason);

    [LoggerMessage(3011, LogLevel.Error, "{Input} failed; nothing was released by it. Report this as a defect.")]
    private partial void Failed(Exception exception, string input);
}
