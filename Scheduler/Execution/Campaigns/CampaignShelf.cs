using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution.Campaigns;

/// <summary>Every campaign with how far its jobs have come, as the database says. Immutable; what was not written since is shared with the one before.</summary>
internal sealed class CampaignShelf
{
    public static readonly CampaignShelf Empty = new(
        ImmutableDictionary.Create<string, CampaignFacts>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, CampaignJob>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<CampaignApproval>>(StringComparer.Ordinal));

    private readonly ImmutableDictionary<string, CampaignJob> members;
    private readonly ImmutableDictionary<string, ImmutableArray<CampaignApproval>> approvals;

    private CampaignShelf(
        ImmutableDictionary<string, CampaignFacts> facts, ImmutableDictionary<string, CampaignJob> members, ImmutableDictionary<string, ImmutableArray<CampaignApproval>> approvals) =>
        (Facts, this.members, this.approvals) = (facts, members, approvals);

    /// <summary>By id.</summary>
    public ImmutableDictionary<string, CampaignFacts> Facts { get; }

    /// <summary>Null for a job of its own.</summary>
    public CampaignJob? MemberOf(string job) => members.GetValueOrDefault(job);

    public IEnumerable<string> JobsOf(string campaign) => Facts.TryGetValue(campaign, out var facts) ? facts.Waves.SelectMany(wave => wave.Jobs).Select(job => job.Id) : [];

    /// <summary>Approvals of the campaign's newest plan, for the content that it gives the job a slot for.</summary>
    public ImmutableArray<ApprovalFact> ApprovalsOf(string job) =>
        MemberOf(job) is { } member && Facts.GetValueOrDefault(member.CampaignId)?.Plan is { } plan && plan.SlotOf(job) is { } slot
            ? [.. approvals[member.CampaignId].Where(approval => approval.PlanHash == plan.Hash).Select(approval => new ApprovalFact(approval.By, slot.Content, approval.At))]
            : [];

    /// <summary>Who approved the campaign's newest plan.</summary>
    public ImmutableArray<CampaignApproval> Approvals(string campaign) =>
        [.. approvals.GetValueOrDefault(campaign, []).Where(approval => approval.PlanHash == Facts[campaign].Plan?.Hash)];

    /// <summary>A campaign that is not on record yet, of which nothing has begun.</summary>
    public static CampaignFacts ToFacts(CampaignDraft draft) => new()
    {
        Id = draft.Id,
        ContentHash = LedgerBook.Hash(draft.Content()),
        Concurrency = draft.Concurrency,
        HaltAfter = draft.HaltAfter,
        Waves = [.. draft.Waves.Select(wave => new WaveFacts
        {
            Name = wave.Name,
            Success = wave.Success,
            Soak = wave.Soak,
            Jobs = [.. wave.Hosts.Select(host => new WaveJob(draft.JobId(host), host, null, default))],
        })],
    };

    /// <param name="db">The database.</param>
    /// <param name="known">What was known.</param>
    /// <param name="changedJobs">Jobs that were written since; null reads everything.</param>
    /// <param name="changed">Campaigns that were written since.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<CampaignShelf> RefreshAsync(
        SchedulerDb db, CampaignShelf known, HashSet<string>? changedJobs, HashSet<string> changed, CancellationToken cancellation)
    {
        var stale = changedJobs is null ? null : changed.Concat(changedJobs.Select(known.MemberOf).OfType<CampaignJob>().Select(job => job.CampaignId)).ToHashSet(StringComparer.Ordinal);
        if (stale is { Count: 0 })
            return known;
        var campaigns = await db.Campaigns.AsNoTracking().Where(campaign => stale == null || stale.Contains(campaign.Id)).ToListAsync(cancellation);
        var ids = campaigns.Select(campaign => campaign.Id).ToList();
        var jobs = await db.CampaignJobs.AsNoTracking().Where(job => ids.Contains(job.CampaignId)).ToListAsync(cancellation);
        var approvals = (await db.CampaignApprovals.AsNoTracking().Where(approval => ids.Contains(approval.CampaignId) && approval.Signature != null).OrderBy(approval => approval.At).ToListAsync(cancellation)).ToLookup(approval => approval.CampaignId);
        var runs = await (
            from job in db.CampaignJobs.AsNoTracking()
            where ids.Contains(job.CampaignId)
            join run in db.Runs on job.JobId equals run.JobId
            select new { run.JobId, run.Attempt, run.State, run.Since }).ToListAsync(cancellation);
        var latest = runs.GroupBy(run => run.JobId, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.FirstOrDefault(run => run.State == RunState.Quarantined) ?? group.MaxBy(run => run.Attempt)!, StringComparer.Ordinal);
        var byCampaign = jobs.ToLookup(job => job.CampaignId);
        return new CampaignShelf(
            known.Facts.SetItems(campaigns.Select(campaign => KeyValuePair.Create(campaign.Id, ToFacts(campaign)))),
            known.members.RemoveRange(known.members.Values.Where(job => ids.Contains(job.CampaignId)).Select(job => job.JobId)).SetItems(jobs.Select(job => KeyValuePair.Create(job.JobId, job))),
            known.approvals.SetItems(ids.Select(id => KeyValuePair.Create(id, approvals[id].ToImmutableArray()))));

        CampaignFacts ToFacts(Campaign campaign)
        {
            var draft = CampaignDraft.Read(campaign.Content);
            var before = known.Facts.GetValueOrDefault(campaign.Id);
            var hosts = draft.Waves.SelectMany(wave => wave.Hosts).ToDictionary(draft.JobId, StringComparer.Ordinal);
            return new CampaignFacts
            {
                Id = campaign.Id,
                ContentHash = campaign.ContentHash,
                Concurrency = draft.Concurrency,
                HaltAfter = draft.HaltAfter,
                FailuresAccepted = campaign.FailuresAccepted,
                HaltedSince = campaign.HaltedSince,
                Waves = [.. draft.Waves.Select((wave, number) => new WaveFacts
                {
                    Name = wave.Name,
                    Success = wave.Success,
                    Soak = wave.Soak,
                    Jobs = [.. byCampaign[campaign.Id].Where(job => job.Wave == number).OrderBy(job => job.JobId, StringComparer.Ordinal)
                        .Select(job => latest.TryGetValue(job.JobId, out var run)
                            ? new WaveJob(job.JobId, hosts.GetValueOrDefault(job.JobId, ""), run.State, run.Since)
                            : new WaveJob(job.JobId, hosts.GetValueOrDefault(job.JobId, ""), null, default))],
                })],
                Plan = campaign.Plan is null ? null : before?.Plan?.Hash == campaign.PlanHash ? before!.Plan : Plan.Read(campaign.Plan),
            };
        }
    }
}
