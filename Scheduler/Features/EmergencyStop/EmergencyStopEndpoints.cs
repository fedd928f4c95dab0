using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.EmergencyStop;

/// <param name="Active">No permit and no go-ahead is given.</param>
/// <param name="By">Who pressed or released it last; empty when nobody ever did.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when, UTC; null when it never was pressed.</param>
public sealed record EmergencyStopView(bool Active, string By, string Reason, DateTimeOffset? Since);

/// <summary><c>/api/emergency-stop</c>: one action stops all new permits and go-aheads at once.</summary>
internal static class EmergencyStopEndpoints
{
    public static void MapEmergencyStop(this IEndpointRouteBuilder api)
    {
        var stop = api.MapGroup("/emergency-stop").WithTags("Emergency stop");
        stop.MapGet("/", ReadAsync).RequireAuthorization(Policies.View).WithSummary("Whether it is on, who pressed it, and why.");
        stop.MapPost("/", (ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            JobEndpoints.AskAsync(inbox, new Order.Stop(JobEndpoints.Reason(body.Reason, "no reason given"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Presses it.");
        stop.MapPost("/resume", (ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            JobEndpoints.AskAsync(inbox, new Order.Resume(JobEndpoints.Reason(body.Reason, "no reason given"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Operate).WithSummary("Releases it.");
    }

    public static async Task<EmergencyStopView> ReadAsync(IDbContextFactory<SchedulerDb> databases, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.EmergencyStop.AsNoTracking().FirstOrDefaultAsync(item => item.Id == EmergencyStopRecord.OnlyId, cancellation) is { } stop
            ? new EmergencyStopView(stop.Active, stop.By, stop.Reason, stop.Since)
            : new EmergencyStopView(false, "", "", null);
    }
}
