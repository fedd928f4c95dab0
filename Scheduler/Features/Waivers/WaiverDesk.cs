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
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary>Takes signatures about a run: that somebody stands by a line, that calendar and approvals may be passed over, and that a gap is accepted. Only the runner's loop calls it.</summary>
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
        if ((Refusal(order.Minutes, LongestStandBy) ?? NotCovered(order, run.Id, WaiverKind.StandBy, order.Line, order.Minutes, null)
            ?? training.Current.Refusal(order.By, TrainingAct.Override, scope.Now)) is { } refusal)
            return OrderResult.Refused(refusal);

        foreach (var earlier in await LiveAsync(scope, run.Id, WaiverKind.StandBy, order.Line))
            earlier.Until = scope.Now;
        var until = scope.Now + TimeSpan.FromMinutes(order.Minutes);
        scope.Db.Waivers.Add(new Waiver
        {
            RunId = run.Id, Kind = WaiverKind.StandBy, Subject = order.Line, SignedBy = order.By, SignedAt = scope.Now, Reason = order.Reason,
            Minutes = order.Minutes, Until = until,
        });
        await AppendAsync(scope, order.By, LedgerActions.StandBySigned, run.Id, order.Reason, new JsonObject { ["line"] = order.Line, ["until"] = Text(until), ["signature"] = order.Signature!.Write() });
        return OrderResult.Done($"{order.By} stands by {order.Line} for {run.Id} until {Words.Time(until)}, and keeps it from starting", job.Id);
    }

    public Task<OrderResult> BreakGlassAsync(RecordScope scope, Order.BreakGlass order) =>
        SignAsync(scope, order, new Wanted(order.JobId, WaiverKind.BreakGlass, order.Minutes, order.Reason, order.Gap));

    public Task<OrderResult> AcceptGapAsync(RecordScope scope, Order.AcceptGap order) =>
        SignAsync(scope, order, new Wanted(order.JobId, WaiverKind.GapBudget, order.Minutes, order.Reason, order.Gap));

    /// <summary>The first of two signatures asks, the second, over exactly the same, makes it count.</summary>
    private async Task<OrderResult> SignAsync(RecordScope scope, Order.Signed order, Wanted wanted)
    {
        var glass = wanted.Kind == WaiverKind.BreakGlass;
        if (await scope.LatestRunAsync(wanted.JobId) is not { } run)
            return OrderResult.NoJob(wanted.JobId);
        if (run.State.IsFinal)
            return OrderResult.Refused($"{run.Id} is {run.State}: there is nothing to {(glass ? "break glass" : "accept a gap")} for");
        if ((Refusal(wanted.Minutes, LongestBreakGlass) ?? Refusal(wanted.Gap) ?? NotCovered(order, run.Id, wanted.Kind, "", wanted.Minutes, wanted.Gap)
            ?? training.Current.Refusal(order.By, TrainingAct.Override, scope.Now)) is { } refusal)
            return OrderResult.Refused(refusal);

        var live = await LiveAsync(scope, run.Id, wanted.Kind, "");
        var after = new JsonObject { ["minutes"] = wanted.Minutes, ["signature"] = order.Signature!.Write() };
        if (wanted.Gap is { } gap)
            after["gapBudget"] = gap.Write();
        if (glass)
            after["waives"] = new JsonArray([.. Gate.All.Where(gate => gate.Waivable).Select(gate => (JsonNode)gate.Name)]);
        if (live.Find(waiver => waiver.CosignedBy is not null) is { } whole && (glass || Same(whole, wanted)))
            return OrderResult.Unchanged($"{whole.SignedBy} and {whole.CosignedBy} have signed this for {run.Id} until {Words.Time(whole.Until)}", wanted.JobId);
        if (live.Find(waiver => waiver.CosignedBy is null) is { } first)
        {
            if (Persons.Same(first.SignedBy, order.By))
                return OrderResult.Refused($"{order.By} has already signed for {run.Id}: a second person must, or end it and sign anew");
            if (!Same(first, wanted))
                return OrderResult.Refused($"{first.SignedBy} signed for {first.Minutes} minutes{(first.GapBudget is { } other ? $" and a gap of up to {Describe(GapBudget.Read(other))}" : "")}: sign exactly that, or end it first");
            (first.CosignedBy, first.CosignedAt) = (order.By, scope.Now);
            (after["with"], after["until"]) = (first.SignedBy, Text(first.Until));
            await AppendAsync(scope, order.By, glass ? LedgerActions.BreakGlassCosigned : LedgerActions.GapBudgetCosigned, run.Id, wanted.Reason, after);
            return OrderResult.Done(glass
                ? $"calendar and approvals do not count for {run.Id} until {Words.Time(first.Until)}{(wanted.Gap is null ? "" : $", and a gap is accepted of up to {Describe(wanted.Gap)}")}; every line must still be idle"
                : $"until {Words.Time(first.Until)} a gap is accepted for {run.Id} of up to {Describe(wanted.Gap!)}", wanted.JobId);
        }

        var until = scope.Now + TimeSpan.FromMinutes(wanted.Minutes);
        scope.Db.Waivers.Add(new Waiver
        {
            RunId = run.Id, Kind = wanted.Kind, SignedBy = order.By, SignedAt = scope.Now, Reason = wanted.Reason,
            Minutes = wanted.Minutes, Until = until, GapBudget = wanted.Gap?.Write().ToJsonString(),
        });
        after["until"] = Text(until);
        await AppendAsync(scope, order.By, glass ? LedgerActions.BreakGlassSigned : LedgerActions.GapBudgetSigned, run.Id, wanted.Reason, after);
        return OrderResult.Done($"{order.By} asks to {(glass ? "break the glass" : "accept a gap")} for {run.Id}; a second person must sign too before anything changes", wanted.JobId);
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
        waiver.Until,
        waiver.GapBudget is { } gap ? GapBudget.Read(gap) : null);

    private static Task<List<Waiver>> LiveAsync(RecordScope scope, string runId, WaiverKind kind, string subject) => scope.Db.Waivers
        .Where(waiver => waiver.RunId == runId && waiver.Kind == kind && waiver.Subject == subject && waiver.Until > scope.Now)
        .ToListAsync(scope.Cancellation);

    private static string? Refusal(int minutes, TimeSpan longest) =>
        minutes < 1 || minutes > longest.TotalMinutes ? $"it can be signed for 1 to {longest.TotalMinutes:0} minutes, not for {minutes}" : null;

    private static string? Refusal(GapBudget? gap) => gap switch
    {
        null => null,
        { Lost.IsEmpty: true } => "no critical tag would lose its last path: there is no gap to accept",
        _ when gap.Longest < TimeSpan.FromSeconds(1) || gap.Longest > GapBudget.LongestAllowed => $"a gap budget is 1 s to {GapBudget.LongestAllowed.TotalHours:0} h, not {Words.Span(gap.Longest)}",
        _ => null,
    };

    private static string? NotCovered(Order.Signed order, string run, WaiverKind kind, string line, int minutes, GapBudget? gap) =>
        SignatureRule.Covers(order.Signature, SignedContent.Waiving(run, kind, line, minutes, gap)) ? null
            : "just this must be signed, and the signature covers something else: open the job's page and sign there";

    private static bool Same(Waiver waiver, Wanted wanted) =>
        waiver.Minutes == wanted.Minutes && (waiver.GapBudget is { } gap ? GapBudget.Read(gap).Equals(wanted.Gap) : wanted.Gap is null);

    private static string Describe(GapBudget gap) => $"{Words.Span(gap.Longest)} for {gap.Words}";

    private static string Text(DateTimeOffset at) => at.ToUniversalTime().ToString("O");

    private static Task<LedgerEntry> AppendAsync(RecordScope scope, string actor, string action, string subject, string reason, JsonObject after) =>
        scope.AppendAsync(new LedgerRecord { Actor = actor, Action = action, Subject = subject, Reason = reason, After = after });

    private sealed record Wanted(string JobId, WaiverKind Kind, int Minutes, string Reason, GapBudget? Gap);
}
