using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;

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
        jobs.MapPost("/{id}/stand-by", (string id, StandByRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
                SignAsync(inbox, user, body.Reason, (reason, by) => new Order.StandBy(id, body.Line, Minutes(body.Minutes), reason, by), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Signs that you stand by a line that cannot be held, and keep it from starting.");
        jobs.MapPost("/{id}/break-glass", (string id, BreakGlassRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
                SignAsync(inbox, user, body.Reason, (reason, by) => new Order.BreakGlass(id, Minutes(body.Minutes), reason, by), cancellation))
            .RequireAuthorization(Policies.Approve).WithSummary("Signs that calendar and approvals shall not count for one run; two people must. Lines must be idle all the same.");
        jobs.MapPost("/{id}/end-waivers", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
                SignAsync(inbox, user, body.Reason, (reason, by) => new Order.EndWaivers(id, reason, by), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Ends at once whatever was signed about the latest run.");
    }

    private static async Task<JsonHttpResult<OrderView>> SignAsync(
        RunnerInbox inbox, ClaimsPrincipal user, string? reason, Func<string, string, Order> order, CancellationToken cancellation)
    {
        if (user.Identity?.AuthenticationType == LocalToken.Scheme)
            return TypedResults.Json(NoPerson, statusCode: StatusCodes.Status409Conflict);
        if (JobEndpoints.Reason(reason, "") is not { Length: > 0 } text)
            return TypedResults.Json(NoReason, statusCode: StatusCodes.Status409Conflict);
        return await JobEndpoints.AskAsync(inbox, order(text, JobEndpoints.Name(user)), cancellation);
    }

    /// <summary>Out of reach stays out of reach: the desk refuses it with the bounds.</summary>
    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(Math.Clamp(minutes, 0, 100_000));
}

/// <param name="Line">A line of the job's host that cannot be held.</param>
/// <param name="Minutes">1 to 480.</param>
/// <param name="Reason">For the record.</param>
public sealed record StandByRequest(string Line, int Minutes, string? Reason);

/// <param name="Minutes">1 to 1440; who signs second takes the first one's.</param>
/// <param name="Reason">For the record.</param>
public sealed record BreakGlassRequest(int Minutes, string? Reason);
