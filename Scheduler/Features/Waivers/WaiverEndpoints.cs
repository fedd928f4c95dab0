using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary><c>/api/waivers</c> and what people sign about the latest run of a job.</summary>
internal static class WaiverEndpoints
{
    public static void MapWaivers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/waivers", async (WaiverQueries queries, CancellationToken cancellation) => (await queries.ListAsync(cancellation)).ToArray())
            .RequireAuthorization(Policies.View).WithTags("Waivers").WithSummary("Whatever people signed that still counts or waits for a second person: stand-by, break-glass, gap budgets.");
        var jobs = api.MapGroup("/jobs").WithTags("Waivers");
        jobs.MapGet("/{id}/waivers", FindAsync).RequireAuthorization(Policies.View)
            .WithSummary("What was signed about the latest run, and which critical tags would lose their last path if its host were taken now.");
        jobs.MapPost("/{id}/stand-by", StandByAsync)
            .RequireAuthorization(Policies.Operate).WithSummary("Signs that you stand by a line that cannot be held, and keep it from starting.");
        jobs.MapPost("/{id}/break-glass", BreakGlassAsync)
            .RequireAuthorization(Policies.Approve).WithSummary("Signs that calendar and approvals, and with a gap budget coverage, shall not count for one run; two people must. Lines must be idle all the same.");
        jobs.MapPost("/{id}/gap-budget", AcceptGapAsync)
            .RequireAuthorization(Policies.Approve).WithSummary("Signs that named critical tags may be without any path for so long while one run has its host; two people must.");
        jobs.MapPost("/{id}/end-waivers", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
                JobEndpoints.AskAsync(inbox, new Order.EndWaivers(id, JobEndpoints.Reason(body.Reason, "ended"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Ends at once whatever was signed about the latest run.");
    }

    private static async Task<Results<Ok<JobWaiversView>, NotFound>> FindAsync(string id, WaiverQueries queries, CancellationToken cancellation) =>
        await queries.OfAsync(id, cancellation) is { } view ? TypedResults.Ok(view) : TypedResults.NotFound();

    private static Task<JsonHttpResult<OrderView>> StandByAsync(string id, StandByRequest body, WaiverQueries queries, HttpContext context) =>
        SignAsync(id, body, body.Reason, queries, context, SignatureMeanings.Responsibility, _ => (null, null),
            (view, _) => SignedContent.Waiving(view.Run, WaiverKind.StandBy, body.Line, body.Minutes),
            (reason, _, by, signature) => new Order.StandBy(id, body.Line, body.Minutes, reason, by, signature));

    private static Task<JsonHttpResult<OrderView>> BreakGlassAsync(string id, BreakGlassRequest body, WaiverQueries queries, HttpContext context) =>
        SignAsync(id, body, body.Reason, queries, context, SignatureMeanings.Responsibility, view => body.GapSeconds is { } gap ? Gap(view, gap, body.Lost) : (null, null),
            (view, gap) => SignedContent.Waiving(view.Run, WaiverKind.BreakGlass, "", body.Minutes, gap),
            (reason, gap, by, signature) => new Order.BreakGlass(id, body.Minutes, reason, by, signature, gap));

    private static Task<JsonHttpResult<OrderView>> AcceptGapAsync(string id, GapBudgetRequest body, WaiverQueries queries, HttpContext context) =>
        SignAsync(id, body, body.Reason, queries, context, SignatureMeanings.Approval, view => Gap(view, body.GapSeconds, body.Lost),
            (view, gap) => SignedContent.Waiving(view.Run, WaiverKind.GapBudget, "", body.Minutes, gap),
            (reason, gap, by, signature) => new Order.AcceptGap(id, body.Minutes, reason, by, signature, gap!));

    private static async Task<JsonHttpResult<OrderView>> SignAsync(
        string id, ISigned body, string? reason, WaiverQueries queries, HttpContext context, string meaning, Func<JobWaiversView, (GapBudget? Gap, string? Refusal)> gapOf,
        Func<JobWaiversView, GapBudget?, string> covers, Func<string, GapBudget?, string, SignatureRecord, Order> order)
    {
        if (JobEndpoints.Reason(reason, "") is not { Length: > 0 } text)
            return RequestSigning.Refused("reason: needs 1 to 500 characters, for the record");
        if (await queries.OfAsync(id, context.RequestAborted) is not { } view)
            return JobEndpoints.NoJob(id);
        var (gap, refusal) = gapOf(view);
        return refusal is not null ? RequestSigning.Refused(refusal)
            : await RequestSigning.AskAsync(context, body, meaning, covers(view, gap), (by, signature) => order(text, gap, by, signature));
    }

    /// <summary>Who signs second signs what the first saw; who signs first, what is so now. Either way it must be what they looked at.</summary>
    private static (GapBudget? Gap, string? Refusal) Gap(JobWaiversView view, int seconds, string? digest) =>
        view.Waivers.FirstOrDefault(waiver => waiver.LostDigest == digest && waiver is { Lost.IsEmpty: false, State: WaiverState.WaitsForSecond }) is { } asked ? (new GapBudget(TimeSpan.FromSeconds(seconds), asked.Lost), null)
        : digest == view.LostDigest ? (new GapBudget(TimeSpan.FromSeconds(seconds), view.Lost), null)
        : (null, $"lost: needs the lostDigest that GET /api/jobs/{view.Job}/waivers shows, so that you sign what you have seen; what would be lost may have changed since");
}
