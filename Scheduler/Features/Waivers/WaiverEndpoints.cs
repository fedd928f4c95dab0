using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary><c>/api/jobs/{id}/stand-by</c> and <c>/break-glass</c>: what people sign about the latest run of a job.</summary>
/// <remarks>Only somebody who signed in can sign: the local command line's token is nobody's in particular.</remarks>
internal static class WaiverEndpoints
{
    private static readonly OrderView NoPerson = new(nameof(OrderOutcome.Refused), ["a person must sign this: sign in to the console, the local command line is nobody in particular"]);
    private static readonly OrderView NoReason = new(nameof(OrderOutcome.Refused), ["reason: needs 1 to 500 characters, for the record"]);

    public static void MapWaivers(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Waivers");
        jobs.MapPost("/{id}/stand-by", (string id, StandByRequest body, HttpContext context, JobQueries queries, RunnerInbox inbox) =>
                SignAsync(context, queries, inbox, id, WaiverKind.StandBy, body.Line, body.Minutes, body.Reason, body.Name, body.Password,
                    (reason, by, signature) => new Order.StandBy(id, body.Line, body.Minutes, reason, by, signature)))
            .RequireAuthorization(Policies.Operate).WithSummary("Signs that you stand by a line that cannot be held, and keep it from starting.");
        jobs.MapPost("/{id}/break-glass", (string id, BreakGlassRequest body, HttpContext context, JobQueries queries, RunnerInbox inbox) =>
                SignAsync(context, queries, inbox, id, WaiverKind.BreakGlass, "", body.Minutes, body.Reason, body.Name, body.Password,
                    (reason, by, signature) => new Order.BreakGlass(id, body.Minutes, reason, by, signature)))
            .RequireAuthorization(Policies.Approve).WithSummary("Signs that calendar and approvals shall not count for one run; two people must. Lines must be idle all the same.");
        jobs.MapPost("/{id}/end-waivers", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
                JobEndpoints.AskAsync(inbox, new Order.EndWaivers(id, JobEndpoints.Reason(body.Reason, "ended"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Ends at once whatever was signed about the latest run.");
    }

    private static async Task<JsonHttpResult<OrderView>> SignAsync(
        HttpContext context, JobQueries queries, RunnerInbox inbox, string id, WaiverKind kind, string line, int minutes, string? reason, string? name, string? password,
        Func<string, string, SignatureRecord, Order> order)
    {
        if (context.User.Identity?.AuthenticationType == LocalToken.Scheme)
            return Refused(NoPerson);
        if (JobEndpoints.Reason(reason, "") is not { Length: > 0 } text)
            return Refused(NoReason);
        if (await queries.FindAsync(id, context.RequestAborted) is not { } job)
            return TypedResults.Json(new OrderView(nameof(OrderOutcome.NotFound), OrderResult.NoJob(id).Messages), statusCode: StatusCodes.Status404NotFound);
        var (signature, refusal) = await Signing.SignAsync(
            context.RequestServices, inbox, context.User, name ?? "", password ?? "", SignatureMeanings.Responsibility, SignedContent.Waiving(job.Run, kind, line, minutes));
        return signature is null
            ? Refused(new OrderView(nameof(OrderOutcome.Refused), [refusal]))
            : await JobEndpoints.AskAsync(inbox, order(text, JobEndpoints.Name(context.User), signature), context.RequestAborted);
    }

    private static JsonHttpResult<OrderView> Refused(OrderView why) => TypedResults.Json(why, statusCode: StatusCodes.Status409Conflict);
}

/// <param name="Line">A line of the job's host that cannot be held.</param>
/// <param name="Minutes">1 to 480.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account.</param>
public sealed record StandByRequest(string Line, int Minutes, string? Reason, string? Name, string? Password);

/// <param name="Minutes">1 to 1440; who signs second takes the first one's.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account.</param>
public sealed record BreakGlassRequest(int Minutes, string? Reason, string? Name, string? Password);
