using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Clocks;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Gates.Job;

namespace PatchEdge.Scheduler.Execution;

/// <summary>From Requested to Released: arms what is approved, asks all gates of what is armed, offers what passes, has the lines held for an agent that answers, and signs its permit.</summary>
internal sealed partial class Releases(
    Recorder recorder,
    SnapshotTaker snapshots,
    VerdictHistory history,
    RunMemory memory,
    AlarmClock alarm,
    AgentLink link,
    PermitSigner signer,
    HeadKeeper heads,
    LineHolding holding,
    PlantModel plant,
    SchedulerOptions options,
    ILogger<Releases> log)
{
    /// <summary>A ready run whose agent does not answer this many offers no longer makes others wait.</summary>
    private const int PatientOffers = 6;

    private readonly NonceBook nonces = new();

    /// <summary>Looks at the runs that rest on what happened, and at those that one of them makes wait, or no longer.</summary>
    public async Task ConsiderAsync(Touched touched, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        var rivals = new Touched();
        foreach (var run in touched.Select(site.Runs, plant))
        {
            looked.Add(run.Id);
            var wasReady = memory.IsReady(run.Id);
            await ConsiderAsync(site, run, cancellation);
            if (touched.All || memory.IsReady(run.Id) == wasReady)
                continue;
            rivals.Hosts.Add(run.Host);
            rivals.Lines.UnionWith(run.Lines);
        }

        foreach (var run in rivals.Select(site.Runs, plant))
            if (!looked.Contains(run.Id))
                await ConsiderAsync(site, run, cancellation);
    }

    private async Task ConsiderAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation)
    {
        var verdicts = await JudgeAsync(site, run, cancellation);
        // A gate that is expected to open is looked at when it does, not only when something else happens.
        memory.Of(run.Id).LookAgainAt = verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block && verdict.ExpectedClearing > site.Now).Select(verdict => verdict.ExpectedClearing)
            .Concat(run.Waivers.Where(waiver => waiver.Counts(site.Now)).Select(waiver => (DateTimeOffset?)waiver.Until)).Min();
        switch (run.State)
        {
            case RunState.Requested or RunState.Approved:
                await AdvanceAsync(run.Id, verdicts, cancellation);
                break;
            case RunState.Armed:
                await ConsiderAsync(site, run, verdicts, cancellation);
                break;
        }
    }

    /// <summary>An agent is ready for a run. Silence is the answer to whatever does not fit.</summary>
    public async Task OnPermitAskedAsync(PermitRequest request, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Runs.Find(request.Run) is not { State: RunState.Armed } run || run.Host != request.Host)
        {
            NotWaiting(request.Run, request.Host);
            return;
        }

        var remembered = memory.Of(run.Id);
        // Used up whatever the answer: a request that was refused once is never good later.
        var isFirstUse = nonces.TryUse(request.Nonce);
        if (!isFirstUse || remembered.OfferedFirst.Elapsed is null || site.Evidence.Agent(run.Host).Message?.Boot != request.Boot)
        {
            RequestRefused(run.Id, run.Host);
            return;
        }

        var verdicts = await JudgeAsync(site, run, cancellation);
        if (!Passes(verdicts) || site.Holds.Any(hold => hold.RunId == run.Id))
        {
            remembered.Ready = false;
            remembered.OfferedFirst.Clear();
            return;
        }

        string[] lines = [.. run.Lines.Where(name => plant.LineNamed(name) is { Idle: not null, HoldNodes: not null }).Order(StringComparer.Ordinal)];
        var duration = HoldDuration.Of(site.Jobs[run.JobId], site.Evidence, options);
        var intended = await recorder.WriteAsync(async scope =>
        {
            // Another that was released since the snapshot may have taken the path that the gates counted on.
            if (await scope.RunAsync(run.Id) is not { State: RunState.Armed } stored || await scope.AnyOccupiesBesideAsync(site.Runs.Occupying))
                return false;
            var intent = await scope.AppendAsync(new LedgerRecord
            {
                Actor = Actors.Scheduler,
                Action = LedgerActions.ReleaseIntended,
                Subject = run.Id,
                Reason = "every gate passes",
                After = Intent(site.Jobs[run.JobId], run, request, verdicts),
            });
            stored.Token = intent.Index;
            stored.LedgerHash = intent.Hash;
            stored.Nonce = request.Nonce;
            if (lines.Length > 0)
                stored.Holds = new RunHolds
                {
                    Token = intent.Index,
                    Since = scope.Now,
                    DurationMs = (long)duration.TotalMilliseconds,
                    Lines = [.. lines.Select(line => new LineHold(line, HoldStage.Asked))],
                }.Write();
            await scope.MoveAsync(
                stored, RunState.Held, lines.Length > 0 ? $"asking {string.Join(", ", lines)} to refuse a start" : "its host serves no line that can be held", Actors.Scheduler);
            return true;
        }, cancellation);
        if (!intended)
            return;

        remembered.Ready = false;
        remembered.Held.Restart();
        if (lines.Length > 0)
            await holding.AskNextAsync(run.Id, cancellation);
        else
            await CompleteAsync(run.Id, cancellation);
    }

    /// <summary>Every line is held, and was read as idle since: with every gate asked once more, the permit is signed.</summary>
    public async Task CompleteAsync(string runId, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Runs.Find(runId) is not { State: RunState.Held } run)
            return;
        var verdicts = await JudgeAsync(site, run, cancellation);
        if (!Passes(verdicts))
        {
            var reasons = verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block).Select(verdict => $"{verdict.Gate} {verdict.Subject}".TrimEnd() + $": {verdict.Reason}");
            await holding.GiveUpAsync(runId, $"once its lines were held, not every gate passed: {string.Join("; ", reasons)}", cancellation);
            return;
        }

        var missing = new HostFlow(site, run.Host).Missing();
        var evidence = Evidence(verdicts);
        evidence[FlowBefore.Key] = FlowBefore.Write(missing);
        var permit = await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(runId) is not { State: RunState.Held, Token: not null, Nonce: not null } stored)
                return null;
            var holds = RunHolds.Read(stored.Holds);
            await scope.MoveAsync(stored, RunState.Released, "its lines are held and every gate passed again; the permit is on its way to the agent", Actors.Scheduler, evidence);
            return Permit(site.Jobs[run.JobId], stored, holds, scope.Now);
        }, cancellation);
        if (permit is null)
            return;
        var remembered = memory.Of(runId);
        remembered.NotFlowing = missing;
        remembered.Released.Restart();
        remembered.Heard.Restart();
        ReleasedRun(run.Id, run.Host, permit.Token);
        await heads.SignAsync(isRelease: true, cancellation);
        await link.SendAsync(Topics.Permit(plant.Site, run.Host), signer.Sign(permit), options.PermitLifetime, cancellation);
    }

    private static bool Passes(ImmutableArray<Verdict> verdicts) =>
        verdicts.Length > 0 && verdicts.All(verdict => verdict.Outcome == GateOutcome.Pass);

    private static bool IsApproved(ImmutableArray<Verdict> verdicts) =>
        verdicts.All(verdict => verdict.Gate != ApprovedGate.GateName || verdict.Outcome == GateOutcome.Pass);

    private Task<ImmutableArray<Verdict>> JudgeAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation) =>
        history.RecordAsync(run.Id, Gate.Evaluate(site.Of(run, memory.IsReady)), site.Now, cancellation);

    private async Task AdvanceAsync(string runId, ImmutableArray<Verdict> verdicts, CancellationToken cancellation)
    {
        if (!IsApproved(verdicts))
            return;
        var armed = await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(runId) is not { State: RunState.Requested or RunState.Approved } run)
                return false;
            if (run.State == RunState.Requested)
                await scope.MoveAsync(run, RunState.Approved, verdicts.First(verdict => verdict.Gate == ApprovedGate.GateName).Reason, Actors.Scheduler);
            await scope.MoveAsync(run, RunState.Armed, "waiting for its gates", Actors.Scheduler);
            return true;
        }, cancellation);
        if (armed)
            await alarm.SetAsync(runId, cancellation);
    }

    private async Task ConsiderAsync(SiteSnapshot site, RunFacts run, ImmutableArray<Verdict> verdicts, CancellationToken cancellation)
    {
        var job = site.Jobs[run.JobId];
        var remembered = memory.Of(run.Id);
        if (!IsApproved(verdicts))
        {
            remembered.Ready = false;
            await recorder.WriteAsync(async scope =>
            {
                if (await scope.RunAsync(run.Id) is { State: RunState.Armed } stored)
                    await scope.MoveAsync(stored, RunState.Requested, "its approval is void: the job was changed", Actors.Scheduler);
                return true;
            }, cancellation);
            return;
        }

        if (run.ProcedureDigest is null)
            await PinProcedureAsync(site, run, cancellation);
        if (!Passes(verdicts))
        {
            remembered.Ready = false;
            remembered.OfferedFirst.Clear();
            return;
        }

        await OfferAsync(job, run, remembered, cancellation);
    }

    /// <summary>The procedure as the host's owner installed it now is the one that this run may use, and no other.</summary>
    private async Task PinProcedureAsync(SiteSnapshot site, RunFacts run, CancellationToken cancellation)
    {
        var job = site.Jobs[run.JobId];
        var agent = site.Evidence.Agent(run.Host);
        if (!agent.IsFresh || agent.Message!.Procedures.FirstOrDefault(procedure => procedure.Name == job.Procedure) is not { } installed)
            return;
        await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(run.Id) is not { State: RunState.Armed, ProcedureDigest: null } stored)
                return false;
            stored.ProcedureDigest = installed.Digest;
            await scope.AppendAsync(new LedgerRecord
            {
                Actor = Actors.Scheduler,
                Action = LedgerActions.ProcedurePinned,
                Subject = run.Id,
                Reason = $"{job.Procedure} as installed on {run.Host} when the run was armed",
                After = new JsonObject { ["procedure"] = job.Procedure, ["digest"] = installed.Digest },
            });
            return true;
        }, cancellation);
        alarm.WakeSoon();
    }

    private async Task OfferAsync(JobFacts job, RunFacts run, Remembered remembered, CancellationToken cancellation)
    {
        if (remembered.OfferedFirst.Elapsed is not { } waiting)
        {
            await recorder.WriteAsync(scope => scope.AppendAsync(new LedgerRecord
            {
                Actor = Actors.Scheduler,
                Action = LedgerActions.Offered,
                Subject = run.Id,
                Reason = $"every gate passes; {run.Host} is asked whether it is ready",
            }), cancellation);
            remembered.OfferedFirst.Restart();
            remembered.OfferedLast.Clear();
            waiting = TimeSpan.Zero;
        }

        remembered.Ready = waiting < options.OfferEvery * PatientOffers;
        if (remembered.OfferedLast.Elapsed is { } since && since < options.OfferEvery)
            return;
        remembered.OfferedLast.Restart();
        await link.SendAsync(
            Topics.Offer(plant.Site, run.Host),
            new PermitOffer { Run = run.Id, Host = run.Host, Procedure = job.Procedure, ProcedureDigest = run.ProcedureDigest!, PatchDigest = job.PatchDigest },
            MessageJson.Default.PermitOffer,
            options.OfferEvery * 2,
            cancellation);
    }

    private Permit Permit(JobFacts job, Run run, RunHolds? holds, DateTimeOffset now) => new()
    {
        Site = plant.Site,
        Run = run.Id,
        Host = job.Host,
        Lines = [.. (plant.HostNamed(job.Host)?.Lines ?? []).Order(StringComparer.Ordinal)],
        Procedure = job.Procedure,
        ProcedureDigest = run.ProcedureDigest!,
        PatchDigest = job.PatchDigest,
        Token = run.Token!.Value,
        Nonce = run.Nonce!,
        LifetimeMs = (int)options.PermitLifetime.TotalMilliseconds,
        Holds = [.. (holds?.Lines ?? []).Select(line => new HeldLine(line.Line, line.Epoch))],
        IssuedAt = now,
        LedgerHash = run.LedgerHash!,
    };

    private static JsonObject Intent(JobFacts job, RunFacts run, PermitRequest request, ImmutableArray<Verdict> verdicts)
    {
        var intent = Evidence(verdicts);
        intent["host"] = job.Host;
        intent["lines"] = new JsonArray([.. run.Lines.Order(StringComparer.Ordinal).Select(line => (JsonNode)line)]);
        intent["procedure"] = job.Procedure;
        intent["procedureDigest"] = run.ProcedureDigest;
        intent["patchDigest"] = job.PatchDigest;
        intent["content"] = job.ContentHash;
        intent["nonce"] = request.Nonce;
        return intent;
    }

    private static JsonObject Evidence(ImmutableArray<Verdict> verdicts) => new()
    {
        ["gates"] = new JsonArray([.. verdicts.Select(verdict => (JsonNode)new JsonObject
        {
            ["gate"] = verdict.Gate,
            ["subject"] = verdict.Subject,
            ["code"] = verdict.Code,
            ["value"] = verdict.Value,
        })]),
    };

    [LoggerMessage(3001, LogLevel.Information, "Released {Run} to {Host} with token {Token}.")]
    private partial void ReleasedRun(string run, string host, long token);

    [LoggerMessage(3002, LogLevel.Information, "{Host} asked for a permit for {Run}, which is not waiting for one: not answered.")]
    private partial void NotWaiting(string run, string host);

    [LoggerMessage(3003, LogLevel.Warning, "{Host} asked for a permit for {Run} without an offer, from another boot than its heartbeat, or with a nonce that was used before: not answered.")]
    private partial void RequestRefused(string run, string host);
}
