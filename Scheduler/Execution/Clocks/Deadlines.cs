using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Execution.Clocks;

/// <summary>Watches runs that have left the scheduler's hands: permits that lapse, agents that fall silent, lines that contradict, health that must be proven.</summary>
internal sealed partial class Deadlines(
    Recorder recorder, SnapshotTaker snapshots, RunMemory memory, FlowBefore before, SchedulerOptions options, ILogger<Deadlines> log)
{
    /// <summary>
    /// On top of a permit's lifetime, for heartbeats that were still on their way when it ended: clocks that differ by the limit hide a
    /// delay of twice the limit, so one that is received any sooner may have been sent before.
    /// </summary>
    private TimeSpan PermitMargin => options.ClockLimit * 2 + TimeSpan.FromSeconds(1);

    public async Task LookAsync(CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        foreach (var run in site.Runs.Occupying)
        {
            var step = run.State switch
            {
                RunState.Released => WatchReleasedAsync(site, run, cancellation),
                RunState.Executing => WatchExecutingAsync(site, run, cancellation),
                RunState.Verifying => WatchVerifyingAsync(site, run, cancellation),
                _ => Task.CompletedTask,
            };
            await step;
        }
    }

    private async Task WatchReleasedAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation)
    {
        var remembered = memory.Of(run.Id);
        var since = remembered.Released.StartOnce();
        var lapsed = since - options.PermitLifetime - PermitMargin;
        if (lapsed <= TimeSpan.Zero)
            return;

        // Only a heartbeat from after the permit lapsed proves that it was, or was not, accepted.
        var agent = site.Evidence.Agent(run.Host);
        if (agent.IsFresh && agent.Age < lapsed)
        {
            await MoveAsync(run, stored =>
                agent.Message!.CurrentRun == stored.Id || agent.Message.HighestToken >= stored.Token
                    ? (RunState.Executing, "the agent's heartbeat says that it accepted the permit")
                    : (RunState.Expired, "the permit lapsed and the agent did not accept it"), cancellation);
        }
        else if (since >= options.PermitLifetime + options.AgentSilence)
        {
            await MoveAsync(run, _ => (RunState.Quarantined, "the agent has been silent since the permit was sent, so whether it acted is not known"), cancellation);
        }
    }

    private async Task WatchExecutingAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation)
    {
        var remembered = memory.Of(run.Id);
        var agent = site.Evidence.Agent(run.Host);
        var silence = remembered.Heard.StartOnce();
        if (agent.IsFresh && agent.Message!.CurrentRun == run.Id)
            remembered.Heard.Restart();
        else if (silence >= options.AgentSilence)
            await MoveAsync(run, _ => (RunState.Quarantined, $"nothing was heard of this run for {Words.Span(silence)}, so its outcome is not known"), cancellation);

        if (run.StopRequested || (Overwritten(site, run) ?? ActiveLine(site, run)) is not { } contradiction)
            return;
        await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(run.Id) is not { State: RunState.Executing, StopRequested: false } stored)
                return false;
            stored.StopRequested = true;
            await scope.AppendAsync(new LedgerRecord
            {
                Actor = Actors.Scheduler,
                Action = LedgerActions.StopRequested,
                Subject = run.Id,
                Reason = $"{contradiction} while its host is being patched: no further go-ahead",
            });
            return true;
        }, cancellation);
        Contradicted(run.Id, contradiction);
    }

    private async Task WatchVerifyingAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation)
    {
        var remembered = memory.Of(run.Id);
        var since = remembered.Verifying.StartOnce();
        var flow = new HostFlow(site, run.Host);
        var notFlowing = await before.OfAsync(run, cancellation);
        if ((Ailment(site, run) ?? flow.Ailment(notFlowing, TimeSpan.Zero)) is { } ailment)
        {
            remembered.Healthy.Clear();
            if (since >= options.VerifyWithin)
                await MoveAsync(run, _ => (RunState.Quarantined, $"health was not proven within {Words.Span(options.VerifyWithin)}: {ailment}"), cancellation);
        }
        else if (remembered.Healthy.StartOnce() >= options.VerifyFor && flow.Ailment(notFlowing, options.VerifyFor) is null)
        {
            await MoveAsync(run, _ => (RunState.Done, $"host and lines have been healthy, and what the host serves has flowed unbroken, for {Words.Span(options.VerifyFor)}"), cancellation);
        }
    }

    /// <summary>What keeps host and lines from counting as healthy; null when nothing does.</summary>
    internal static string? Ailment(SiteSnapshot site, RunFacts run)
    {
        var agent = site.Evidence.Agent(run.Host);
        if (!agent.IsFresh)
            return agent.Doubt;
        if (agent.Message!.Fault is { Length: > 0 } fault)
            return $"the agent on {run.Host} has a fault: {fault}";
        if (HostFlow.HealthNeedsProof(site.Plant, run.Host, agent.Message, agent.Message.Procedures.FirstOrDefault(installed => installed.Digest == run.ProcedureDigest)))
            return HostFlow.NoProof(run.Host);
        foreach (var name in run.Lines)
        {
            if (site.Plant.LineNamed(name) is not { } line)
                return $"the plant file has no line {name}";
            var proof = LineProof.Judge(line, site.Plant, site.Evidence);
            if (proof.State == LineState.Unknown)
                return $"{name} is not proven: {proof.Reason}";
        }

        return null;
    }

    private static string? ActiveLine(SiteSnapshot site, RunFacts run) => run.Lines
        .Where(name => site.Plant.LineNamed(name) is { Idle: not null } line && LineProof.Judge(line, site.Plant, site.Evidence).SaysActive)
        .Select(name => $"line {name} is active")
        .FirstOrDefault();

    private static string? Overwritten(SiteSnapshot site, RunFacts run) => site.Holds
        .Where(hold => hold.RunId == run.Id && site.Plant.LineNamed(hold.Line) is { } line && HoldContradiction.Find(hold, line, site.Plant, site.Evidence) is not null)
        .Select(hold => $"the hold of line {hold.Line} with token {hold.Token} was overwritten at the equipment")
        .FirstOrDefault();

    private Task<bool> MoveAsync(RunFacts run, Func<Run, (RunState To, string Reason)> decide, CancellationToken cancellation) =>
        recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(run.Id) is not { } stored || stored.State != run.State)
                return false;
            var (next, reason) = decide(stored);
            if (next == RunState.Executing)
                stored.ExecutingSince ??= scope.Now;
            await scope.MoveAsync(stored, next, reason, Actors.Scheduler);
            if (next == RunState.Expired)
                await Attempts.AddNextAsync(scope, stored, options);
            return true;
        }, cancellation);

    [LoggerMessage(3402, LogLevel.Critical, "{Run} gets no further go-ahead: {Contradiction}. People must look at the line now.")]
    private partial void Contradicted(string run, string contradiction);
}
