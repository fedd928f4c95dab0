using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;

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
        campaigns.MapPost("/{id}/approve", (string id, CampaignApprovalRequest body, HttpContext context) =>
            RequestSigning.AskAsync(context, body, SignatureMeanings.Approval, body.Plan, (by, signature) => new Order.ApproveCampaign(id, body.Plan, JobEndpoints.Reason(body.Comment, ""), by, signature)))
            .RequireAuthorization(Policies.Approve).WithSummary("Signs, with name and password, exactly the plan whose hash is given.");
        campaigns.MapPost("/{id}/resume", ResumeAsync)
            .RequireAuthorization(Policies.Schedule).WithSummary("Signs, with name and password, that so many failures were looked at; only further ones halt it again.");
    }

    private static async Task<JsonHttpResult<OrderView>> ResumeAsync(string id, ResumeRequest body, HttpContext context) =>
        JobEndpoints.Reason(body.Reason, "") is not { Length: > 0 } reason ? RequestSigning.Refused("reason: needs 1 to 500 characters, for the record")
        : await RequestSigning.AskAsync(context, body, SignatureMeanings.Responsibility, SignedContent.Resuming(id, body.Failures), (by, signature) => new Order.ResumeCampaign(id, reason, by, signature));

    private static async Task<Results<ContentHttpResult, NotFound>> PlanAsync(string id, CampaignQueries queries, CancellationToken cancellation) =>
        await queries.PlanAsync(id, cancellation) is { } plan ? TypedResults.Content(plan.Canonical, "application/json") : TypedResults.NotFound();
}
