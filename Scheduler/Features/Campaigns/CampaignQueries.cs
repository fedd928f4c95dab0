using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Campaigns;

/// <summary>Reads campaigns for people and programs; changes nothing. Thread-safe.</summary>
internal sealed class CampaignQueries(IDbContextFactory<SchedulerDb> databases, RunBook book, SnapshotTaker snapshots, SchedulerOptions options)
{
    private const int Most = 200;

    /// <summary>The newest first.</summary>
    public async Task<ImmutableArray<CampaignView>> ListAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var stored = await db.Campaigns.AsNoTracking().OrderByDescending(campaign => campaign.RequestedAt).ThenBy(campaign => campaign.Id).Take(Most)
            .Select(campaign => new { campaign.Id, campaign.Content, campaign.RequestedBy, campaign.RequestedAt, campaign.PlannedAt, campaign.HaltReason }).ToListAsync(cancellation);
        var site = await snapshots.TakeAsync(cancellation);
        var page = await book.ReadAsync(cancellation);
        return [.. stored.Where(campaign => site.Campaigns.ContainsKey(campaign.Id)).Select(campaign =>
        {
            var facts = site.Campaigns[campaign.Id];
            var draft = CampaignDraft.Read(campaign.Content);
            return new CampaignView
            {
                Id = campaign.Id,
                PatchName = draft.PatchName,
                Procedure = draft.Procedure,
                Due = draft.Due,
                RequestedBy = campaign.RequestedBy,
                RequestedAt = campaign.RequestedAt,
                Halt = facts.Halt is null ? null : campaign.HaltReason ?? facts.Halt,
                Failures = facts.Failures,
                Plan = facts.Plan?.Hash,
                PlannedAt = campaign.PlannedAt,
                Void = facts.Plan is { } plan ? PlanCheck.Changes(plan, facts, site.Plant, site.Calendar, site.Durations, site.Jobs, site.Now) : [],
                ApprovedBy = [.. page.Campaigns.Approvals(campaign.Id).Select(approval => approval.By)],
                ApprovalsRequired = options.Approvals,
                Waves = [.. facts.Waves.Select(wave => View(wave, facts.Plan))],
            };
        })];
    }

    /// <summary>The campaign's newest plan; null when it has none.</summary>
    public async Task<Plan?> PlanAsync(string id, CancellationToken cancellation) => (await book.ReadAsync(cancellation)).Campaigns.Facts.GetValueOrDefault(id)?.Plan;

    private static WaveView View(WaveFacts wave, Plan? plan) => new(
        wave.Name, wave.Words, wave.Needed, wave.Soak, wave.OpensNextAt == DateTimeOffset.MinValue ? null : wave.OpensNextAt,
        [.. wave.Jobs.Select(job => new WaveJobView(job.Id, job.Host, job.State?.ToString() ?? "none", plan?.SlotOf(job.Id)?.Start, plan?.SlotOf(job.Id)?.End, plan?.SlotOf(job.Id)?.Zone))]);
}

/// <summary>A campaign for people and programs.</summary>
public sealed record CampaignView
{
    public required string Id { get; init; }

    public required string PatchName { get; init; }

    public required string Procedure { get; init; }

    public DateTimeOffset? Due { get; init; }

    public required string RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Why nothing more of it is released; null while it goes on.</summary>
    public string? Halt { get; init; }

    /// <summary>Runs that failed so far.</summary>
    public required int Failures { get; init; }

    /// <summary>Hash of its newest plan; null before the first.</summary>
    public string? Plan { get; init; }

    public DateTimeOffset? PlannedAt { get; init; }

    /// <summary>Why that plan is void; empty while it holds.</summary>
    public required ImmutableArray<string> Void { get; init; }

    /// <summary>Who approved that plan.</summary>
    public required ImmutableArray<string> ApprovedBy { get; init; }

    public required int ApprovalsRequired { get; init; }

    public required ImmutableArray<WaveView> Waves { get; init; }
}

/// <param name="Name">Its name.</param>
/// <param name="Standing"><c>canary 1 of 2 done</c>.</param>
/// <param name="Needed">How many hosts must succeed.</param>
/// <param name="Soak">How long they must have been in use.</param>
/// <param name="OpensNextAt">When the next wave may begin, UTC; null while too few succeeded.</param>
/// <param name="Jobs">Its jobs with their slots.</param>
public sealed record WaveView(string Name, string Standing, int Needed, TimeSpan Soak, DateTimeOffset? OpensNextAt, ImmutableArray<WaveJobView> Jobs);

/// <param name="Job">The job.</param>
/// <param name="Host">Its host.</param>
/// <param name="State">Its latest attempt's.</param>
/// <param name="Start">Of its slot in the newest plan, UTC; null when it has none.</param>
/// <param name="End">UTC.</param>
/// <param name="Zone">IANA name of the slot's zone.</param>
public sealed record WaveJobView(string Job, string Host, string State, DateTimeOffset? Start, DateTimeOffset? End, string? Zone);

/// <param name="Plan">Hash of the plan that is signed: all of it.</param>
/// <param name="Comment">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record CampaignApprovalRequest(string Plan, string? Comment, string? Name, string? Password) : ISigned;

/// <param name="Failures">How many failures the signer has looked at: all that the campaign has.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record ResumeRequest(int Failures, string? Reason, string? Name, string? Password) : ISigned;
