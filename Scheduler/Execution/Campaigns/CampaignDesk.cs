using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Execution.Campaigns;

/// <summary>Carries out what people ask for of campaigns, and halts one whose runs fail. Only the runner's loop calls it; each change is one transaction with its entry.</summary>
internal sealed class CampaignDesk(Recorder recorder, SnapshotTaker snapshots, SchedulerOptions options)
{
    /// <summary>How far ahead a campaign is planned; calendars are resolved a little further.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(366);

    /// <param name="order">The order.</param>
    /// <param name="addJob">Adds one job to a transaction, or says why not.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<OrderResult> AddAsync(Order.AddCampaign order, Func<RecordScope, Order.Add, Task<OrderResult>> addJob, CancellationToken cancellation)
    {
        var result = await recorder.WriteAsync(scope => AddAsync(scope, order, addJob), cancellation);
        if (result.Outcome != OrderOutcome.Done)
            return result;
        var planned = await PlanAsync(new Order.PlanCampaign(order.Draft.Id, "the campaign is new or was changed", order.By), cancellation);
        return result with { Messages = [.. result.Messages, .. planned.Messages] };
    }

    /// <summary>Makes a plan for what still waits. Approvals of an earlier one are void, unless nothing is different.</summary>
    public async Task<OrderResult> PlanAsync(Order.PlanCampaign order, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Campaigns.GetValueOrDefault(order.Campaign) is not { } campaign)
            return NoCampaign(order.Campaign);
        var inputs = PlanDraft.OfCampaign(campaign, site, site.Now, site.Now + Ahead, options.VerifyFor);
        if (inputs.Jobs.IsEmpty)
            return OrderResult.Refused($"nothing of {campaign.Id} waits any more: there is nothing to plan");
        var plan = Planner.Plan(inputs, campaign);
        return await recorder.WriteAsync(async scope =>
        {
            var stored = await scope.Db.Campaigns.FirstAsync(item => item.Id == campaign.Id, scope.Cancellation);
            var before = stored.PlanHash;
            (stored.Plan, stored.PlanHash, stored.PlannedAt) = (plan.Canonical, plan.Hash, scope.Now);
            await AppendAsync(scope, order.By, LedgerActions.CampaignPlanned, campaign.Id, order.Reason, before is null ? null : new JsonObject { ["plan"] = before }, new JsonObject
            {
                ["plan"] = plan.Hash,
                ["inputs"] = plan.InputsHash,
                ["slots"] = plan.Slots.Length,
                ["unplaced"] = plan.Unplaced.Length,
            });
            return OrderResult.Done($"{campaign.Id} has plan {plan.Hash}: {plan.Slots.Length} slot(s), {plan.Unplaced.Length} host(s) without; it waits for approval");
        }, cancellation);
    }

    /// <summary>Signs one exact plan.</summary>
    public async Task<OrderResult> ApproveAsync(Order.ApproveCampaign order, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Campaigns.GetValueOrDefault(order.Campaign) is not { } campaign)
            return NoCampaign(order.Campaign);
        if (campaign.Plan is not { } plan)
            return OrderResult.Refused($"{campaign.Id} has no plan yet: plan it first");
        if (!SignatureRule.Covers(order.Signature, order.PlanHash))
            return OrderResult.Refused("the signature covers another plan: look at the plan and sign that");
        if (plan.Hash != order.PlanHash)
            return OrderResult.Refused($"{campaign.Id} has another plan by now, {plan.Hash}: look at that one");
        var changes = PlanCheck.Changes(plan, campaign, site.Plant, site.Calendar, site.Durations, site.Jobs, site.Now);
        if (changes.Length > 0)
            return OrderResult.Refused([$"the plan is void, so it cannot be approved: plan {campaign.Id} again", .. changes]);
        return await recorder.WriteAsync(async scope =>
        {
            var stored = await scope.Db.Campaigns.AsNoTracking().FirstAsync(item => item.Id == campaign.Id, scope.Cancellation);
            if (Persons.Same(stored.RequestedBy, order.By))
                return OrderResult.Refused($"{order.By} requested {campaign.Id} and cannot approve it too: somebody else must");
            if (site.Training.Refusal(order.By, TrainingAct.Approve, scope.Now) is { } untrained)
                return OrderResult.Refused(untrained);
            var given = await scope.Db.CampaignApprovals.FindAsync([campaign.Id, plan.Hash, order.By], scope.Cancellation);
            if (given?.Signature is not null)
                return OrderResult.Unchanged($"{order.By} has already approved this plan of {campaign.Id}");
            if (given is null)
                scope.Db.CampaignApprovals.Add(given = new CampaignApproval { CampaignId = campaign.Id, PlanHash = plan.Hash, By = order.By });
            (given.At, given.Comment, given.Signature) = (scope.Now, order.Comment, order.Signature!.Write().ToJsonString());
            await AppendAsync(scope, order.By, LedgerActions.CampaignApproved, campaign.Id, order.Comment.Length == 0 ? $"plan approved by {order.By}" : $"plan approved by {order.By}: {order.Comment}", null,
                new JsonObject { ["plan"] = plan.Hash, ["content"] = campaign.ContentHash, ["by"] = order.By, ["signature"] = order.Signature.Write() });
            return OrderResult.Done($"plan {plan.Hash[..12]}… of {campaign.Id} approved by {order.By}");
        }, cancellation);
    }

    /// <summary>Goes on after a halt: whoever asks has looked at what failed, and says so by name.</summary>
    public async Task<OrderResult> ResumeAsync(Order.ResumeCampaign order, CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Campaigns.GetValueOrDefault(order.Campaign) is not { } campaign)
            return NoCampaign(order.Campaign);
        if (campaign.Halt is null)
            return OrderResult.Unchanged($"{campaign.Id} is not halted");
        if (!SignatureRule.Covers(order.Signature, SignedContent.Resuming(campaign.Id, campaign.Failures)))
            return OrderResult.Refused($"the signature does not cover the {campaign.Failures} failure(s) that there are by now: look at them all and sign that");
        return await recorder.WriteAsync(async scope =>
        {
            var stored = await scope.Db.Campaigns.FirstAsync(item => item.Id == campaign.Id, scope.Cancellation);
            (stored.HaltedSince, stored.HaltReason, stored.FailuresAccepted) = (null, null, campaign.Failures);
            await AppendAsync(scope, order.By, LedgerActions.CampaignResumed, campaign.Id, order.Reason, null, new JsonObject { ["failuresAccepted"] = campaign.Failures, ["by"] = order.By, ["signature"] = order.Signature!.Write() });
            return OrderResult.Done($"{campaign.Id} goes on; {campaign.Failures} failure(s) accepted by {order.By}");
        }, cancellation);
    }

    /// <summary>Puts on record that a campaign is halted whose runs failed too often; gates have refused since the failure itself.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var site = await snapshots.TakeAsync(cancellation);
        foreach (var campaign in site.Campaigns.Values.Where(campaign => campaign is { HaltedSince: null, Halt: not null }))
            await recorder.WriteAsync(async scope =>
            {
                var stored = await scope.Db.Campaigns.FirstAsync(item => item.Id == campaign.Id, scope.Cancellation);
                var failed = campaign.Waves.SelectMany(wave => wave.Jobs).Where(job => job.Failed).Select(job => $"{job.Host} {job.State}");
                (stored.HaltedSince, stored.HaltReason) = (scope.Now, $"{campaign.Halt}: {string.Join(", ", failed.Take(5))}");
                await AppendAsync(scope, Actors.Scheduler, LedgerActions.CampaignHalted, campaign.Id, stored.HaltReason, null, new JsonObject { ["failures"] = campaign.Failures, ["accepted"] = campaign.FailuresAccepted });
                return true;
            }, cancellation);
    }

    private static OrderResult NoCampaign(string id) => new(OrderOutcome.NotFound, [$"there is no campaign '{id}': 'campaign list' lists them"]);

    private static async Task<OrderResult> AddAsync(RecordScope scope, Order.AddCampaign order, Func<RecordScope, Order.Add, Task<OrderResult>> addJob)
    {
        var draft = order.Draft;
        var content = draft.Content();
        var hash = LedgerBook.Hash(content);
        var stored = await scope.Db.Campaigns.FirstOrDefaultAsync(item => item.Id == draft.Id, scope.Cancellation);
        if (stored?.ContentHash == hash)
            return OrderResult.Unchanged($"campaign {draft.Id} is on record with this content");
        var members = await scope.Db.CampaignJobs.Where(job => job.CampaignId == draft.Id).ToListAsync(scope.Cancellation);
        var known = members.Select(job => job.JobId).ToList();
        var under = await scope.Db.Runs.Where(run => known.Contains(run.JobId) && run.State != RunState.Requested && run.State != RunState.Approved && run.State != RunState.Armed && run.State != RunState.Revoked)
            .Select(run => run.Id).FirstOrDefaultAsync(scope.Cancellation);
        if (under is not null)
            return OrderResult.Refused($"campaign {draft.Id} has begun ({under}), so it cannot be changed: give the new content an id of its own");

        var before = stored is null ? null : new JsonObject { ["content"] = stored.ContentHash };
        if (stored is null)
            scope.Db.Campaigns.Add(stored = new Campaign { Id = draft.Id, Content = content, ContentHash = hash, RequestedBy = draft.RequestedBy, RequestedAt = scope.Now, Source = order.Source });
        (stored.Content, stored.ContentHash, stored.RequestedBy, stored.Source) = (content, hash, draft.RequestedBy, order.Source);
        (stored.Plan, stored.PlanHash, stored.PlannedAt) = (null, null, null);
        await AppendAsync(scope, order.By, before is null ? LedgerActions.CampaignAdded : LedgerActions.CampaignChanged, draft.Id, $"requested by {draft.RequestedBy}", before, new JsonObject { ["content"] = hash, ["campaign"] = content });

        var wanted = draft.Jobs().ToDictionary(item => item.Job.Id, StringComparer.Ordinal);
        foreach (var gone in members.Where(job => !wanted.ContainsKey(job.JobId)))
            if (await scope.LatestRunAsync(gone.JobId) is { } run && RunStates.Allows(run.State, RunState.Revoked))
                await scope.MoveAsync(run, RunState.Revoked, $"its host is no longer in campaign {draft.Id}", order.By);
        scope.Db.CampaignJobs.RemoveRange(members.Where(job => !wanted.ContainsKey(job.JobId)));
        foreach (var (job, wave) in wanted.Values)
        {
            if (members.Find(item => item.JobId == job.Id) is { } member)
                member.Wave = wave;
            else if (await scope.Db.Jobs.FindAsync([job.Id], scope.Cancellation) is null)
                scope.Db.CampaignJobs.Add(new CampaignJob { JobId = job.Id, CampaignId = draft.Id, Wave = wave });
            else
                return Undo(scope, OrderResult.Refused($"there is a job {job.Id} already that belongs to no campaign: give the campaign another id"));
            var added = await addJob(scope, new Order.Add(job, order.Source, order.By));
            if (added.Outcome is OrderOutcome.Refused)
                return Undo(scope, OrderResult.Refused([.. added.Messages.Select(message => $"{job.Id}: {message}")]));
        }

        return OrderResult.Done($"campaign {draft.Id} {(before is null ? "added" : "changed")}: {wanted.Count} host(s) in {draft.Waves.Length} wave(s)");
    }

    /// <summary>Nothing of what this transaction gathered is written.</summary>
    private static OrderResult Undo(RecordScope scope, OrderResult refusal)
    {
        scope.Db.ChangeTracker.Clear();
        return refusal;
    }

    private static Task<LedgerEntry> AppendAsync(RecordScope scope, string actor, string action, string subject, string reason, JsonObject? before, JsonObject? after) =>
        scope.AppendAsync(new LedgerRecord { Actor = actor, Action = action, Subject = subject, Reason = reason, Before = before, After = after });
}
