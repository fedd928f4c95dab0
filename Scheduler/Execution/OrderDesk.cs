using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Carries out what people ask for, or says every reason why not. Each order is one transaction with its entry.</summary>
internal sealed class OrderDesk(Recorder recorder, PlantModel plant, EvidenceBoard evidence, WaiverDesk waivers, CampaignDesk campaigns, TrainingShelf training)
{
    /// <summary>One rule for every way in: what needs a signature does not count without one.</summary>
    public Task<OrderResult> HandleAsync(Order order, CancellationToken cancellation) => order switch
    {
        Order.Signed signed when SignatureRule.Refusal(signed.Signature, signed.By, signed.Meaning) is { } refusal => Task.FromResult(OrderResult.Refused(refusal)),
        Order.AddCampaign add => campaigns.AddAsync(add, AddAsync, cancellation),
        Order.PlanCampaign plan => campaigns.PlanAsync(plan, cancellation),
        Order.ApproveCampaign approve => campaigns.ApproveAsync(approve, cancellation),
        Order.ResumeCampaign resume => campaigns.ResumeAsync(resume, cancellation),
        _ => HandleInOneAsync(order, cancellation),
    };

    private Task<OrderResult> HandleInOneAsync(Order order, CancellationToken cancellation) => recorder.WriteAsync(scope => order switch
    {
        Order.Add add => AddAsync(scope, add),
        Order.Approve approve => ApproveAsync(scope, approve),
        Order.Withdraw withdraw => WithdrawAsync(scope, withdraw),
        Order.Retry retry => RetryAsync(scope, retry),
        Order.Settle settle => SettleAsync(scope, settle),
        Order.StandBy standBy => waivers.StandByAsync(scope, standBy),
        Order.BreakGlass breakGlass => waivers.BreakGlassAsync(scope, breakGlass),
        Order.AcceptGap accept => waivers.AcceptGapAsync(scope, accept),
        Order.EndWaivers end => WaiverDesk.EndAsync(scope, end),
        Order.Stop stop => StopAsync(scope, true, stop.Reason, stop.By),
        Order.Resume resume => StopAsync(scope, false, resume.Reason, resume.By),
        Order.Note note => NoteAsync(scope, note),
        _ => throw new System.Diagnostics.UnreachableException($"Nobody handles {order.GetType().Name}."),
    }, cancellation);

    private async Task<OrderResult> AddAsync(RecordScope scope, Order.Add order)
    {
        var draft = order.Draft;
        if (Refusals(draft) is { Count: > 0 } refusals)
            return OrderResult.Refused([.. refusals]);
        var job = await scope.Db.Jobs.FirstOrDefaultAsync(item => item.Id == draft.Id, scope.Cancellation);
        if (job is null)
        {
            job = new PatchJob
            {
                Id = draft.Id,
                Host = draft.Host,
                Procedure = draft.Procedure,
                PatchName = draft.PatchName,
                PatchDigest = draft.PatchDigest,
                RequestedBy = draft.RequestedBy,
                RequestedAt = scope.Now,
                Source = order.Source,
                ContentHash = draft.ContentHash,
            };
            Fill(job, order);
            scope.Db.Jobs.Add(job);
            await AppendAsync(scope, order.By, LedgerActions.JobAdded, job.Id, $"requested by {draft.RequestedBy}", null, draft.Content());
            await Attempts.AddAsync(scope, job.Id, 1, null, "waiting for approval", order.By);
            return OrderResult.Done($"job {job.Id} added", job.Id);
        }

        if (job.ContentHash == draft.ContentHash && job.Priority == draft.Priority && job.Due == draft.Due)
            return OrderResult.Unchanged($"job {job.Id} is on record with this content", job.Id);
        var run = await scope.LatestRunAsync(job.Id);
        if (run is { State: not (RunState.Requested or RunState.Approved or RunState.Armed) })
            return OrderResult.Refused($"job {job.Id} is already {run.State}: what is under way or over cannot be changed; give the new content an id of its own");

        var before = new JsonObject { ["content"] = job.ContentHash, ["priority"] = job.Priority };
        Fill(job, order);
        var after = draft.Content();
        after["priority"] = job.Priority;
        await AppendAsync(scope, order.By, LedgerActions.JobChanged, job.Id, $"changed in {order.Source}; approvals of other content are void", before, after);
        return OrderResult.Done($"job {job.Id} changed", job.Id);
    }

    private static void Fill(PatchJob job, Order.Add order)
    {
        var draft = order.Draft;
        (job.Host, job.Procedure, job.PatchName, job.PatchDigest) = (draft.Host, draft.Procedure, draft.PatchName, draft.PatchDigest);
        (job.NotBefore, job.Due, job.Priority, job.ExpectedDuration) = (draft.NotBefore, draft.Due, draft.Priority, draft.ExpectedDuration);
        job.GapBudget = draft.GapBudget;
        (job.RequestedBy, job.Source, job.ContentHash) = (draft.RequestedBy, order.Source, draft.ContentHash);
    }

    private List<string> Refusals(JobDraft draft)
    {
        var refusals = new List<string>();
        if (!JobDraft.IsId(draft.Id))
            refusals.Add($"id: {JobDraft.IdRule}");
        if (plant.HostNamed(draft.Host) is null)
            refusals.Add($"host: the plant file has no host '{draft.Host}': {Nearest.Hint(draft.Host, [.. plant.Hosts.Select(host => host.Name)])}");
        if (Names.Refusal(draft.Procedure) is { } procedure)
            refusals.Add($"procedure: {procedure}");
        if (draft.PatchName.Length is 0 or > JobDraft.LongestText)
            refusals.Add($"patch.name: needs 1 to {JobDraft.LongestText} characters");
        if (draft.PatchDigest.Length != 64 || !draft.PatchDigest.All(char.IsAsciiHexDigitLower))
            refusals.Add("patch.digest: must be a SHA-256 digest: 64 hexadecimal digits, as sha256sum prints it");
        if (draft.NotBefore is { } notBefore && draft.Due is { } due && due <= notBefore)
            refusals.Add("due: is not after not-before");
        if (draft.ExpectedDuration is { } expected && (expected <= TimeSpan.Zero || expected > TimeSpan.FromDays(7)))
            refusals.Add("expected-duration: must be above zero and at most 7d");
        if (draft.GapBudget is { } budget && (budget <= TimeSpan.Zero || budget > JobFile.LongestBudget))
            refusals.Add("gap-budget: must be above zero and at most 1d");
        if (draft.RequestedBy.Length is 0 or > JobDraft.LongestText)
            refusals.Add($"requested-by: a person's name needs 1 to {JobDraft.LongestText} characters");
        return refusals;
    }

    private async Task<OrderResult> ApproveAsync(RecordScope scope, Order.Approve order)
    {
        if (await scope.Db.Jobs.FindAsync([order.JobId], scope.Cancellation) is not { } job)
            return OrderResult.NoJob(order.JobId);
        if (await scope.Db.CampaignJobs.FindAsync([order.JobId], scope.Cancellation) is { } member)
            return OrderResult.Refused($"job {job.Id} belongs to campaign {member.CampaignId}: approve that campaign's plan, which covers it");
        if (!SignatureRule.Covers(order.Signature, job.ContentHash))
            return OrderResult.Refused($"job {job.Id} is not what was signed: it was changed since you read it; look at it again, then sign");
        if (Persons.Same(job.RequestedBy, order.By))
            return OrderResult.Refused($"{order.By} requested {job.Id} and cannot approve it too: somebody else must");
        if (training.Current.Refusal(order.By, TrainingAct.Approve, scope.Now) is { } untrained)
            return OrderResult.Refused(untrained);
        var given = await scope.Db.Approvals.Where(item => item.JobId == job.Id && item.ContentHash == job.ContentHash).ToListAsync(scope.Cancellation);
        if (given.Exists(item => item.Signature is not null && Persons.Same(item.By, order.By)))
            return OrderResult.Unchanged($"{order.By} has already approved {job.Id} as it stands", job.Id);
        // One from before signatures were asked for everywhere counts for nothing, and this one takes its place.
        var approval = given.Find(item => item.By == order.By);
        if (approval is null)
            scope.Db.Approvals.Add(approval = new JobApproval { JobId = job.Id, By = order.By, ContentHash = job.ContentHash });
        (approval.At, approval.Comment, approval.Signature) = (scope.Now, order.Comment, order.Signature!.Write().ToJsonString());
        await AppendAsync(scope, order.By, LedgerActions.JobApproved, job.Id, order.Comment.Length == 0 ? $"approved by {order.By}" : $"approved by {order.By}: {order.Comment}", null,
            new JsonObject { ["by"] = order.By, ["content"] = job.ContentHash, ["signature"] = order.Signature.Write() });
        return OrderResult.Done($"job {job.Id} approved by {order.By}", job.Id);
    }

    private static async Task<OrderResult> WithdrawAsync(RecordScope scope, Order.Withdraw order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } run)
            return OrderResult.NoJob(order.JobId);
        if (RunTransitions.Next(run.State, order.As == RunState.Revoked ? RunEvent.Withdrawn : RunEvent.Ended) == order.As)
        {
            await scope.MoveAsync(run, order.As, order.Reason, order.By);
            return OrderResult.Done($"job {order.JobId} is {order.As}", order.JobId);
        }

        if (!run.State.MayAct)
            return OrderResult.Refused($"job {order.JobId} is {run.State}: there is nothing left to withdraw");
        if (run.StopRequested)
            return OrderResult.Unchanged($"{run.Id} has been asked to stop already", order.JobId);
        run.StopRequested = true;
        await AppendAsync(scope, order.By, LedgerActions.StopRequested, run.Id, order.Reason, null, null);
        return OrderResult.Done($"{run.Id} gets no further go-ahead: its agent stops at the next irreversible step and rolls back", order.JobId);
    }

    private static async Task<OrderResult> RetryAsync(RecordScope scope, Order.Retry order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } run)
            return OrderResult.NoJob(order.JobId);
        if (!run.State.IsFinal || run.State == RunState.Done)
            return OrderResult.Refused($"job {order.JobId} is {run.State}: only a job that was aborted, revoked or expired can be tried again");
        var next = await Attempts.AddAsync(scope, order.JobId, run.Attempt + 1, null, order.Reason, order.By);
        return OrderResult.Done($"{next.Id} added", order.JobId);
    }

    private async Task<OrderResult> SettleAsync(RecordScope scope, Order.Settle order)
    {
        if (await scope.LatestRunAsync(order.JobId) is not { } latest)
            return OrderResult.NoJob(order.JobId);
        var run = await scope.Db.Runs.FirstOrDefaultAsync(item => item.JobId == order.JobId && item.State == RunState.Quarantined, scope.Cancellation);
        if (run is null)
            return OrderResult.Refused($"job {order.JobId} is {latest.State}: only a quarantined run is settled by people");
        if (!SignatureRule.Covers(order.Signature, SignedContent.Settling(run.Id, order.As)))
            return OrderResult.Refused($"that {run.Id} ended as {order.As} is not what was signed: look at it again, then sign");
        if (training.Current.Refusal(order.By, TrainingAct.Override, scope.Now) is { } untrained)
            return OrderResult.Refused(untrained);
        // An agent that is heard and still has the run may yet act on it, or roll it back, on a line that is free by then.
        var host = (await scope.Db.Jobs.FindAsync([run.JobId], scope.Cancellation))!.Host;
        if (evidence.Snapshot().Agent(host) is { IsFresh: true, Message: { } heard } && heard.CurrentRun == run.Id)
            return OrderResult.Refused($"the agent on {host} is there again and has not ended {run.Id}: end it there first, with 'patchedge-agent settle', or wait for its word");
        if (run.SettledBy is null || run.SettledAs != order.As)
        {
            (run.SettledBy, run.SettledAs) = (order.By, order.As);
            await AppendAsync(scope, order.By, LedgerActions.SettleSigned, run.Id, order.Reason, null, new JsonObject { ["as"] = order.As.ToString(), ["signature"] = order.Signature!.Write() });
            return OrderResult.Done($"{order.By} settles {run.Id} as {order.As}; a second person must agree", order.JobId);
        }

        if (Persons.Same(run.SettledBy, order.By))
            return OrderResult.Refused($"{order.By} has already settled {run.Id} as {order.As}: a second person must agree");
        await scope.MoveAsync(run, order.As, $"settled by {run.SettledBy} and {order.By}: {order.Reason}", order.By, new JsonObject { ["signature"] = order.Signature!.Write() });
        return OrderResult.Done($"{run.Id} is {order.As}", order.JobId);
    }

    private static async Task<OrderResult> StopAsync(RecordScope scope, bool active, string reason, string by)
    {
        var stop = await scope.Db.EmergencyStop.FirstOrDefaultAsync(item => item.Id == EmergencyStopRecord.OnlyId, scope.Cancellation);
        if ((stop?.Active ?? false) == active)
            return OrderResult.Unchanged(active ? "the emergency stop is on already" : "the emergency stop is off already");
        if (stop is null)
            scope.Db.EmergencyStop.Add(stop = new EmergencyStopRecord());
        (stop.Active, stop.By, stop.Reason, stop.Since) = (active, by, reason, scope.Now);
        await AppendAsync(scope, by, active ? LedgerActions.EmergencyStop : LedgerActions.EmergencyResume, "site", reason, null, new JsonObject { ["active"] = active });
        return OrderResult.Done(active ? "no permit and no go-ahead is given until somebody resumes" : "releases go on");
    }

    private static async Task<OrderResult> NoteAsync(RecordScope scope, Order.Note note)
    {
        await AppendAsync(scope, note.By, note.Action, note.Subject, note.Reason, null, note.After);
        return OrderResult.Done(note.Reason);
    }

    private static Task<LedgerEntry> AppendAsync(RecordScope scope, string actor, string action, string subject, string reason, JsonObject? before, JsonObject? after) =>
        scope.AppendAsync(new LedgerRecord { Actor = actor, Action = action, Subject = subject, Reason = reason, Before = before, After = after });
}
