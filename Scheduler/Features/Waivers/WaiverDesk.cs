using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary>Takes signatures about a run: that somebody stands by a line, and that calendar and approvals may be passed over. Only the runner's loop calls it.</summary>
internal sealed class WaiverDesk(PlantModel plant, SchedulerOptions options, TrainingShelf training)
{
    /// <summary>Nobody stands by a line for longer than a shift; who relieves them signs anew.</summary>
    public static readonly TimeSpan LongestStandBy = TimeSpan.FromHours(8);

    public static readonly TimeSpan LongestBreakGlass = TimeSpan.FromHours(24);

    public async Task<OrderResult> StandByAsync(RecordScope scope, Order.StandBy order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } run || await scope.Db.Jobs.FindAsync([order.JobId], scope.Cancellation) is not { } job)
            return OrderResult.NoJob(order.JobId);
        var lines = (plant.HostNamed(job.Host)?.Lines ?? []).Where(name => plant.LineNamed(name) is { Idle: not null, Hold: HoldMode.None }).ToList();
        if (run.State.IsFinal)
            return OrderResult.Refused($"{run.Id} is {run.State}: there is nothing to stand by for");
        if (!options.AdvisoryRelease)
            return OrderResult.Refused("this site releases nothing to hosts whose lines cannot be held: scheduler.yaml does not set advisory-release");
        if (!lines.Contains(order.Line))
            return OrderResult.Refused(lines.Count == 0
                ? $"no line of {job.Host} needs it: each can be held, or never stops"
                : $"'{order.Line}' is no line of {job.Host} that cannot be held: name one of {string.Join(", ", lines)}");
        if ((Refusal(order.Minutes, LongestStandBy) ?? Unsigned(order.Signature, order.By, run.Id, WaiverKind.StandBy, order.Line, order.Minutes)
            ?? training.Current.Refusal(order.By, TrainingAct.Override, scope.Now)) is { } refusal)
            return OrderResult.Refused(refusal);

        foreach (var earlier in await LiveAsync(scope, run.Id, WaiverKind.StandBy, order.Line))
            earlier.Until = scope.Now;
        var until = scope.Now + TimeSpan.FromMinutes(order.Minutes);
        scope.Db.Waivers.Add(new Waiver
        {
            RunId = run.Id, Kind = WaiverKind.StandBy, Subject = order.Line, SignedBy = order.By, SignedAt = scope.Now, Reason = order.Reason, Until = until,
        });
        await AppendAsync(scope, order.By, LedgerActions.StandBySigned, run.Id, order.Reason, new JsonObject { ["line"] = order.Line, ["until"] = Text(until), ["signature"] = order.Signature!.Write() });
        return OrderResult.Done($"{order.By} stands by {order.Line} for {run.Id} until {Words.Time(until)}, and keeps it from starting", job.Id);
    }

    public async Task<OrderResult> BreakGlassAsync(RecordScope scope, Order.BreakGlass order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } run)
            return OrderResult.NoJob(order.JobId);
        if (run.State.IsFinal)
            return OrderResult.Refused($"{run.Id} is {run.State}: there is nothing to break glass for");
        if ((Refusal(order.Minutes, LongestBreakGlass) ?? Unsigned(order.Signature, order.By, run.Id, WaiverKind.BreakGlass, "", order.Minutes)
            ?? training.Current.Refusal(order.By, TrainingAct.Override, scope.Now)) is { } refusal)
            return OrderResult.Refused(refusal);

        var live = await LiveAsync(scope, run.Id, WaiverKind.BreakGlass, "");
        if (live.Find(waiver => waiver.CosignedBy is not null) is { } whole)
            return OrderResult.Unchanged($"{whole.SignedBy} and {whole.CosignedBy} have broken the glass for {run.Id} until {Words.Time(whole.Until)}", order.JobId);
        if (live.Find(waiver => !Persons.Same(waiver.SignedBy, order.By)) is { } first)
        {
            (first.CosignedBy, first.CosignedAt) = (order.By, scope.Now);
            await AppendAsync(scope, order.By, LedgerActions.BreakGlassCosigned, run.Id, order.Reason, new JsonObject
            {
                ["with"] = first.SignedBy,
                ["until"] = Text(first.Until),
                ["signature"] = order.Signature!.Write(),
                ["waives"] = new JsonArray([.. Gate.All.Where(gate => gate.Waivable).Select(gate => (JsonNode)gate.Name)]),
            });
            return OrderResult.Done($"calendar and approvals do not count for {run.Id} until {Words.Time(first.Until)}; every line must still be idle", order.JobId);
        }

        if (live.Count > 0)
            return OrderResult.Refused($"{order.By} has already signed for {run.Id}: a second person must");
        var until = scope.Now + TimeSpan.FromMinutes(order.Minutes);
        scope.Db.Waivers.Add(new Waiver { RunId = run.Id, Kind = WaiverKind.BreakGlass, SignedBy = order.By, SignedAt = scope.Now, Reason = order.Reason, Until = until });
        await AppendAsync(scope, order.By, LedgerActions.BreakGlassSigned, run.Id, order.Reason, new JsonObject { ["until"] = Text(until), ["signature"] = order.Signature!.Write() });
        return OrderResult.Done($"{order.By} asks to break the glass for {run.Id}; a second person must sign too before anything changes", order.JobId);
    }

    /// <summary>Ends everything that was signed about the job's latest run.</summary>
    public static async Task<OrderResult> EndAsync(RecordScope scope, Order.EndWaivers order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } run)
            return OrderResult.NoJob(order.JobId);
        var live = await scope.Db.Waivers.Where(waiver => waiver.RunId == run.Id && waiver.Until > scope.Now).ToListAsync(scope.Cancellation);
        if (live.Count == 0)
            return OrderResult.Unchanged($"nothing that was signed about {run.Id} still counts", order.JobId);
        foreach (var waiver in live)
            waiver.Until = scope.Now;
        await AppendAsync(scope, order.By, LedgerActions.WaiversEnded, run.Id, order.Reason, new JsonObject { ["count"] = live.Count });
        return OrderResult.Done($"what was signed about {run.Id} no longer counts", order.JobId);
    }

    public static WaiverFacts Facts(Waiver waiver) => new(
        waiver.RunId,
        waiver.Kind,
        waiver.Subject,
        waiver.CosignedBy is { } second ? ImmutableArray.Create(waiver.SignedBy, second) : [waiver.SignedBy],
        waiver.Reason,
        waiver.Until);

    private static Task<List<Waiver>> LiveAsync(RecordScope scope, string runId, WaiverKind kind, string subject) => scope.Db.Waivers
        .Where(waiver => waiver.RunId == runId && waiver.Kind == kind && waiver.Subject == subject && waiver.Until > scope.Now)
        .ToListAsync(scope.Cancellation);

    private static string? Refusal(int minutes, TimeSpan longest) =>
        minutes < 1 || minutes > longest.TotalMinutes ? $"it can be signed for 1 to {longest.TotalMinutes:0} minutes, not for {minutes}" : null;

    private static string? Unsigned(SignatureRecord? signature, string by, string run, WaiverKind kind, string line, int minutes) =>
        signature is null || !Persons.Same(signature.Name, by) || signature.Covers != SignedContent.Waiving(run, kind, line, minutes)
            ? "it must be signed, and the signature must cover just this: open the job's page and sign there"
            : null;

    private static string Text(DateTimeOffset at) => at.ToUniversalTime().ToString("O");

    private static Task<LedgerEntry> AppendAsync(RecordScope scope, string actor, string action, string subject, string reason, JsonObject after) =>
        scope.AppendAsync(new LedgerRecord { Actor = actor, Action = action, Subject = subject, Reason = reason, After = after });
}
