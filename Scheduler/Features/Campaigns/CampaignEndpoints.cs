using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Features.Campaigns;

/// <summary><c>/api/campaigns</c>: what there is, its plan, and what people may do about it.</summary>
internal static class CampaignEndpoints
{
    public static void MapCampaigns(this IEndpointRouteBuilder api)
    {
        var campaigns = api.MapGroup("/campaigns").WithTags("Campaigns");
        campaigns.MapGet("/", async (CampaignQueries queries, CancellationToken cancellation) => (await queries.ListAsync(cancellation)).ToArray())
            .RequireAuthorization(Policies.View).WithSummary("The newest campaigns, with waves and slots.");
        campaigns.MapGet("/{id}/plan", PlanAsync).RequireAuthorization(Policies.View).WithSummary("The newest plan in its canonical form: SHA-256 over 0x00 and these bytes is its hash.");
        campaigns.MapPost("/{id}/plan", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            JobEndpoints.AskAsync(inbox, new Order.PlanCampaign(id, JobEndpoints.Reason(body.Reason, "planned again"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Schedule).WithSummary("Plans anew what still waits; approvals of another plan are void.");
        campaigns.MapPost("/{id}/approve", (string id, CampaignApprovalRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            JobEndpoints.AskAsync(inbox, new Order.ApproveCampaign(id, body.Plan, JobEndpoints.Reason(body.Comment, ""), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Approve).WithSummary("Approves exactly the plan whose hash is given.");
        campaigns.MapPost("/{id}/resume", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            JobEndpoints.AskAsync(inbox, new Order.ResumeCampaign(id, JobEndpoints.Reason(body.Reason, "resumed"), JobEndpoints.Name(user)), cancellation))
            .RequireAuthorization(Policies.Schedule).WithSummary("Goes on after failures halted it: whoever asks has looked at them.");
    }

    private static async Task<Results<ContentHttpResult, NotFound>> PlanAsync(string id, CampaignQueries queries, CancellationToken cancellation) =>
        await queries.PlanAsync(id, cancellation) is { } plan ? TypedResults.Content(plan.Canonical, "application/json") : TypedResults.NotFound();
}
