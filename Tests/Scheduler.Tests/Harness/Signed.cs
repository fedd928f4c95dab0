using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>What people ask for under their signature, as it leaves a page: name and password were right.</summary>
internal static class Signed
{
    public static SignatureRecord Approval(string by, string covers) => new(by, SignatureMeanings.Approval, covers, 2);

    public static SignatureRecord Responsibility(string by, string covers) => new(by, SignatureMeanings.Responsibility, covers, 2);

    public static Order.Approve Approve(JobDraft draft, string by) => new(draft.Id, "", by, Approval(by, draft.ContentHash));

    public static Order.ApproveCampaign Approve(string campaign, string plan, string by) => new(campaign, plan, "", by, Approval(by, plan));

    public static Order.Settle Settle(string job, RunState settled, string reason, string by, int attempt = 1) =>
        new(job, settled, reason, by, Responsibility(by, SignedContent.Settling($"{job}.{attempt}", settled)));
}
