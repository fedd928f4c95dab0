using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Execution.Permits;

/// <summary>The dead-man's handle: before an irreversible step the agent asks, and every gate is evaluated again.</summary>
internal sealed partial class GoAheads(
    Recorder recorder,
    SnapshotTaker snapshots,
    VerdictHistory history,
    RunMemory memory,
    AgentLink link,
    PermitSigner signer,
    PlantModel plant,
    SchedulerOptions options,
    ILogger<GoAheads> log)
{
    private const int LongestReason = 1_000;

    private readonly NonceBook nonces = new();

    public async Task OnAskedAsync(GoAheadRequest request, CancellationToken cancellation)
    {
        var known = await recorder.WriteAsync(async scope =>
        {
            var run = await scope.RunAsync(request.Run);
            if (run is null || run.Token != request.Token || !run.State.MayAct || !await IsOfHostAsync(scope, run, request.Host) || !nonces.TryUse(request.Nonce))
                return false;
            if (run.State == RunState.Released)
            {
                run.ExecutingSince = scope.Now;
                await scope.MoveAsync(run, RunState.Executing, $"the agent accepted the permit and asks to go ahead with '{request.Step}'", Actors.Agent(request.Host));
            }

            return true;
        }, cancellation);
        if (!known)
        {
            NotAnswered(request.Run, request.Host);
            return;
        }

        memory.Of(request.Run).Heard.Restart();
        var site = await snapshots.TakeAsync(cancellation);
        var facts = site.Runs.Find(request.Run)!;
        var verdicts = await history.RecordAsync(facts.Id, Gate.Evaluate(site.Of(facts, memory.IsReady)), site.Now, cancellation);
        var blocking = verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block).ToList();
        var granted = verdicts.Length > 0 && blocking.Count == 0;
        var reason = string.Join("; ", blocking.Select(verdict => verdict.Subject.Length == 0 ? $"{verdict.Gate}: {verdict.Reason}" : $"{verdict.Gate} {verdict.Subject}: {verdict.Reason}"));
        await RecordAsync(request, granted, granted ? "every gate passes" : reason, string.Join(',', blocking.Select(verdict => verdict.Code + verdict.Subject)), cancellation);
        if (!granted && blocking.All(verdict => verdict.Doubt))
        {
            // Doubt may clear while the agent waits, and it asks again; a refusal would end the run. Silence, if it lasts, refuses just the same.
            InDoubt(request.Run, request.Step, reason);
            return;
        }

        Answered(request.Run, request.Step, granted);
        var answer = new GoAhead
        {
            Run = request.Run,
            Host = request.Host,
            Token = request.Token,
            Step = request.Step,
            Nonce = request.Nonce,
            Granted = granted,
            LifetimeMs = (int)options.PermitLifetime.TotalMilliseconds,
            Reason = reason.Length > LongestReason ? reason[..LongestReason] : reason,
        };
        await link.SendAsync(Topics.GoAhead(plant.Site, request.Host), signer.Sign(answer), options.PermitLifetime, cancellation);
    }

    private static async Task<bool> IsOfHostAsync(RecordScope scope, Run run, string host) =>
        await scope.Db.Jobs.FindAsync([run.JobId], scope.Cancellation) is { } job && job.Host == host;

    /// <summary>Every grant is recorded before it is sent; a refusal once for each set of reasons, however often the agent asks.</summary>
    private async Task RecordAsync(GoAheadRequest request, bool granted, string reason, string codes, CancellationToken cancellation)
    {
        var remembered = memory.Of(request.Run);
        var refusal = granted ? "" : $"{request.Step}: {codes}";
        if (!granted && refusal == remembered.LastRefusal)
            return;
        await recorder.WriteAsync(scope => scope.AppendAsync(new LedgerRecord
        {
            Actor = Actors.Scheduler,
            Action = granted ? LedgerActions.GoAheadGranted : LedgerActions.GoAheadRefused,
            Subject = request.Run,
            Reason = reason,
            After = new JsonObject { ["step"] = request.Step, ["token"] = request.Token, ["nonce"] = request.Nonce },
        }), cancellation);
        remembered.LastRefusal = refusal;
    }

    [LoggerMessage(3101, LogLevel.Information, "Go-ahead for step {Step} of {Run}: granted {Granted}.")]
    private partial void Answered(string run, string step, bool granted);

    [LoggerMessage(3103, LogLevel.Information, "Go-ahead for step {Step} of {Run}: no answer while in doubt: {Reason}.")]
    private partial void InDoubt(string run, string step, string reason);

    [LoggerMessage(3102, LogLevel.Warning, "{Host} asked for a go-ahead for {Run} that does not fit its state, host, token or a fresh nonce: not answered.")]
    private partial void NotAnswered(string run, string host);
}
