using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.FleetLock;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Execution;

/// <summary>Takes one run from where it stands to its end, step by step; what it is about to do is durable before it does it.</summary>
/// <remarks>While it runs, it alone writes the state. It never starts anything once the state cannot be written.</remarks>
internal sealed partial class RunExecutor(
    StateStore store, GoAheadDesk goAheads, FleetLockDesk fleetLock, Action<RunProgress> tell, AgentConfiguration configuration, StepRunner runStep, TimeProvider time,
    ILogger<RunExecutor> log)
{
    private readonly AgentTimings timings = configuration.Timings;

    /// <param name="permission">Of the permit just accepted; null when the run is resumed, whose next step then needs a go-ahead whatever it is.</param>
    /// <param name="stop">The agent is to end: no further step is begun, the present one gets <see cref="AgentTimings.StopWait"/>.</param>
    public async Task RunAsync(Permission? permission, CancellationToken stop)
    {
        await Task.Yield();
        var run = store.Current!.Run!;
        try
        {
            if (permission is null)
                run = await ResumeAsync(run);
            // A resumed run asks at its first edge; from there on each irreversible step asks for itself.
            var (right, mustAsk) = (permission, permission is null);
            while (!run.IsOver && !stop.IsCancellationRequested)
            {
                var inside = run.Inside;
                run = run.Course == Course.Forward ? await ForwardAsync(run, right, mustAsk, stop) : await BackAsync(run, stop);
                (right, mustAsk) = (null, mustAsk && inside);
            }

            Ended(log, run.Run, run.Token, run.Progress.Phase);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Ended(log, run.Run, run.Token, run.Progress.Phase);
        }
        catch (Exception exception)
        {
            // Nothing more is started. Not durable, so it may be told otherwise after a restart; but silence would look like a run under way.
            Lost(log, run.Run, exception.Message);
            tell(store.Current!.Run!.Ended(RunPhase.Unknown, time.GetUtcNow(), exception.Message).Progress);
        }
    }

    private async Task<RunRecord> ResumeAsync(RunRecord run)
    {
        Resuming(log, run.Run, run.Token, run.Progress.Phase, run.Progress.Step);
        var boot = HostBoot.Read(configuration.BootId);
        var resumed = Resumption.Resume(run, boot, time.GetUtcNow());
        // What is to be begun again must not still be going on. What is not is left to the people who inspect the host.
        if (!resumed.IsOver && run is { Inside: true, Child: { } child } && run.Boot == boot && await child.EndAsync())
            LeftBehind(log, child.Id, run.Run);
        return ReferenceEquals(resumed, run) ? run : Save(resumed);
    }

    private async Task<RunRecord> ForwardAsync(RunRecord run, Permission? right, bool mustAsk, CancellationToken stop)
    {
        if (run.Step is not { } step)
            return Save(run.Ended(RunPhase.Succeeded, time.GetUtcNow(), "Every step completed."));
        if (step.FleetLock)
            return await LockAsync(run, step, stop);
        if (step.Irreversible || mustAsk)
        {
            run = Save(run.Awaiting(time.GetUtcNow()));
            var answer = await goAheads.AskAsync(run.Run, run.Token, step.Name, stop);
            if (answer.Permission is null)
                return Save(run.TurnedBack($"No go-ahead for step '{step.Name}': {answer.Reason}.", time.GetUtcNow()));
            right = answer.Permission;
        }

        var started = run.Started;
        run = Enter(run);
        if (right is { } limited && !limited.IsLive(time))
            return Save((run with { Started = started }).TurnedBack($"The right to begin step '{step.Name}' ended before it could begin.", time.GetUtcNow()));
        return await RunStepAsync(run, step, stop);
    }

    /// <summary>Waits at the edge until the host's FleetLock client asks to restart it, and inside until that client is steady again.</summary>
    /// <remarks>That the run is inside is the grant's durable record.</remarks>
    private async Task<RunRecord> LockAsync(RunRecord run, Step step, CancellationToken stop)
    {
        var limit = step.Timeout / 2;
        fleetLock.Open();
        try
        {
            if (!run.Inside)
                run = await EnterLockAsync(run, step, limit, stop);
            if (!run.Inside)
                return run;
            fleetLock.Grant();
            return await fleetLock.IsReleasedWithinAsync(limit, stop)
                ? Save(run.Completed(null, "The FleetLock client is steady again.", time.GetUtcNow()))
                : Save(run.Ended(RunPhase.Unknown, time.GetUtcNow(), $"The FleetLock client was granted step '{step.Name}' and was not steady again within {limit}: inspect the host.", step.Name));
        }
        finally
        {
            fleetLock.Close("the run has left its restart");
        }
    }

    private async Task<RunRecord> EnterLockAsync(RunRecord run, Step step, TimeSpan limit, CancellationToken stop)
    {
        run = Save(run.Awaiting(time.GetUtcNow()));
        var began = time.GetTimestamp();
        Permission? right = null;
        while (true)
        {
            if (!await fleetLock.IsAskedWithinAsync(limit - time.GetElapsedTime(began), stop))
                return Save(run.TurnedBack($"No FleetLock client asked for step '{step.Name}' within {limit}.", time.GetUtcNow()));
            if (right is { } live && live.IsLive(time))
            {
                var entered = Enter(run);
                return live.IsLive(time)
                    ? entered
                    : Save((entered with { Started = run.Started }).TurnedBack($"The right to begin step '{step.Name}' ended before it could begin.", time.GetUtcNow()));
            }

            // Asked for now, not at the edge: the client comes when it likes, and the gates are to hold then.
            var answer = await goAheads.AskAsync(run.Run, run.Token, step.Name, stop);
            if (answer.Permission is null)
            {
                var refused = Save(run.TurnedBack($"No go-ahead for step '{step.Name}': {answer.Reason}.", time.GetUtcNow()));
                fleetLock.Close(refused.Cause);
                return refused;
            }

            // Whoever asked may have gone in the meantime; what is granted is granted to somebody who listens.
            right = answer.Permission;
        }
    }

    private async Task<RunRecord> BackAsync(RunRecord run, CancellationToken stop)
    {
        if (run.Step is { } step)
            return await RunStepAsync(Enter(run), step, stop);
        if (run.Undo.Length > 0)
            return Save(run.Ended(RunPhase.RolledBack, time.GetUtcNow(), run.Cause));
        return run.Procedure.Steps.Take(run.Started).FirstOrDefault(begun => begun.Irreversible) is { } crossed
            ? Save(run.Ended(RunPhase.Unknown, time.GetUtcNow(), $"{run.Cause} No rollback step undoes '{crossed.Name}', which is irreversible: inspect the host.", crossed.Name))
            : Save(run.Ended(RunPhase.Stopped, time.GetUtcNow(), run.Cause));
    }

    private async Task<RunRecord> RunStepAsync(RunRecord run, Step step, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        using var interrupt = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var grace = stop.Register(() => interrupt.CancelAfter(timings.StopWait));
        var result = await runStep(step, run.Procedure.Folder, StepVariables.Of(configuration.Site, run, step), child => Remember(run, child), time, interrupt.Token);
        StepEnded(log, step.Name, run.Run, result.End, result.ExitCode);
        if (result is { End: StepEnd.Exited, ExitCode: 0 })
        {
            if (!step.Reboot)
                return Save(run.Completed(0, result.Output, time.GetUtcNow()));
            if (await IsStoppedWithinAsync(step.Timeout - time.GetElapsedTime(began), stop))
                return run;
            return Fail(run, step, $"The host did not restart within {step.Timeout}.", result);
        }

        // A command that is cut off together with the agent says nothing about its step: the restart decides.
        if (stop.IsCancellationRequested || result.End == StepEnd.Interrupted)
            return run;
        // Undoing what a far end may still be doing would meet it half-way.
        if (result.End == StepEnd.Unclear)
            return Save(run.Ended(RunPhase.Unknown, time.GetUtcNow(), $"Step '{step.Name}' was handed over and its outcome is unknown: {result.Output}. Inspect the far end and the host.", step.Name));
        return Fail(run, step, result.End switch
        {
            StepEnd.TimedOut => $"Step '{step.Name}' did not end within {step.Timeout} and was killed.",
            StepEnd.NotStarted => $"Step '{step.Name}' did not start.",
            StepEnd.Failed => $"Step '{step.Name}' failed, says its far end.",
            _ => $"Step '{step.Name}' failed with exit code {result.ExitCode}.",
        }, result);
    }

    private RunRecord Fail(RunRecord run, Step step, string what, StepResult result)
    {
        if (run.Course == Course.Back)
            what = "The rollback failed: inspect the host. " + what;
        // The beginning says what happened, the end of the output why: both are kept within what travels.
        var room = Output.MaximumLength - what.Length - 2;
        var detail = result.Output.Length == 0 ? what
            : result.Output.Length <= room ? $"{what}\n{result.Output}"
            : $"{what}\n…{result.Output[^room..]}";
        return run.Course == Course.Forward
            ? Save(run.TurnedBack(detail, time.GetUtcNow(), result.ExitCode))
            : Save(run.Ended(RunPhase.Unknown, time.GetUtcNow(), detail, step.Name, result.ExitCode));
    }

    /// <summary>Durable before the step's command exists.</summary>
    private RunRecord Enter(RunRecord run) => Save(run.Entered(HostBoot.Read(configuration.BootId), time.GetUtcNow()));

    private void Remember(RunRecord run, ChildIdentity child)
    {
        try
        {
            store.Save(store.Current! with { Run = run with { Child = child } });
        }
        catch (IOException exception)
        {
            // The step is under way and may end; what follows it cannot be saved either, and stops the run there.
            Lost(log, run.Run, exception.Message);
        }
    }

    private RunRecord Save(RunRecord run)
    {
        store.Save(store.Current! with { Run = run });
        tell(run.Progress);
        return run;
    }

    private async Task<bool> IsStoppedWithinAsync(TimeSpan rest, CancellationToken stop)
    {
        try
        {
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, time, stop);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    [LoggerMessage(300, LogLevel.Information, "Resuming run {Run} with token {Token}, last known as {Phase} {Step}.")]
    private static partial void Resuming(ILogger log, string run, long token, RunPhase phase, string? step);

    [LoggerMessage(301, LogLevel.Information, "Step {Step} of run {Run}: {End}, exit code {ExitCode}.")]
    private static partial void StepEnded(ILogger log, string step, string run, StepEnd end, int? exitCode);

    [LoggerMessage(302, LogLevel.Information, "Run {Run} with token {Token} stands at {Phase}.")]
    private static partial void Ended(ILogger log, string run, long token, RunPhase phase);

    [LoggerMessage(303, LogLevel.Critical, "Run {Run} cannot go on: {Reason}")]
    private static partial void Lost(ILogger log, string run, string reason);

    [LoggerMessage(304, LogLevel.Warning, "Process {Id} of run {Run} was still going on from before the restart, and was ended.")]
    private static partial void LeftBehind(ILogger log, int id, string run);
}
