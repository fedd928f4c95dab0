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

    /// <summary>Takes over which of a campaign's plan slots still rest on what they were made from, where only some of its jobs are further on.</summary>
    /// <param name="before">The shelf that this one was refreshed from.</param>
    /// <param name="moved">Jobs that were written since.</param>
    /// <param name="jobs">Jobs that are not over, by id.</param>
    public void CarryPlans(CampaignShelf before, IReadOnlyCollection<string> moved, IReadOnlyDictionary<string, JobFacts> jobs)
    {
        foreach (var campaign in moved.GroupBy(job => MemberOf(job)?.CampaignId))
            if (campaign.Key is { } id && before.Facts.TryGetValue(id, out var known) && Facts.TryGetValue(id, out var now) && !ReferenceEquals(known, now))
                PlanCheck.Carry(known, now, campaign, jobs);
    }

    /// <summary>Reads what was written since: of a campaign of which only jobs were, those alone.</summary>
    /// <param name="db">The database.</param>
    /// <param name="known">What was known.</param>
    /// <param name="changedJobs">Jobs that were written since; null reads everything.</param>
    /// <param name="changed">Campaigns that were written since.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<CampaignShelf> RefreshAsync(
        SchedulerDb db, CampaignShelf known, HashSet<string>? changedJobs, HashSet<string> changed, CancellationToken cancellation)
    {
        if (changedJobs is null)
            return await ReadAsync(db, known, null, cancellation);
        var read = changed.Count == 0 ? known : await ReadAsync(db, known, changed, cancellation);
        var moved = changedJobs.Where(job => read.MemberOf(job) is { } member && !changed.Contains(member.CampaignId)).ToList();
        if (moved.Count == 0)
            return read;
        var latest = Latest(await db.Runs.AsNoTracking().Where(run => moved.Contains(run.JobId)).Select(run => new Attempt(run.JobId, run.Attempt, run.State, run.Since)).ToListAsync(cancellation));
        var facts = moved.GroupBy(job => read.MemberOf(job)!.CampaignId).Select(campaign => read.Facts[campaign.Key] is var before
            ? before.With([.. campaign.Select(job => before.Find(job)).OfType<WaveJob>().Select(job => Job(job.Id, job.Host, latest))]) : null!);
        return new CampaignShelf(read.Facts.SetItems(facts.Select(campaign => KeyValuePair.Create(campaign.Id, campaign))), read.members, read.approvals);
    }

    private static async Task<CampaignShelf> ReadAsync(SchedulerDb db, CampaignShelf known, HashSet<string>? stale, CancellationToken cancellation)
    {
        var campaigns = await db.Campaigns.AsNoTracking().Where(campaign => stale == null || stale.Contains(campaign.Id)).ToListAsync(cancellation);
        var ids = campaigns.Select(campaign => campaign.Id).ToList();
        var jobs = await db.CampaignJobs.AsNoTracking().Where(job => ids.Contains(job.CampaignId)).ToListAsync(cancellation);
        var approvals = (await db.CampaignApprovals.AsNoTracking().Where(approval => ids.Contains(approval.CampaignId) && approval.Signature != null).OrderBy(approval => approval.At).ToListAsync(cancellation)).ToLookup(approval => approval.CampaignId);
        var runs = await (
            from job in db.CampaignJobs.AsNoTracking()
            where ids.Contains(job.CampaignId)
            join run in db.Runs on job.JobId equals run.JobId
            select new Attempt(run.JobId, run.Attempt, run.State, run.Since)).ToListAsync(cancellation);
        var latest = Latest(runs);
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
                        .Select(job => Job(job.JobId, hosts.GetValueOrDefault(job.JobId, ""), latest))],
                })],
                Plan = campaign.Plan is null ? null : before?.Plan?.Hash == campaign.PlanHash ? before!.Plan : Plan.Read(campaign.Plan),
            };
        }
    }

    /// <summary>The attempt that counts of each job: the last one, unless an outcome is not settled.</summary>
    private static Dictionary<string, Attempt> Latest(List<Attempt> runs) => runs.GroupBy(run => run.JobId, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.FirstOrDefault(run => run.State == RunState.Quarantined) ?? group.MaxBy(run => run.Number)!, StringComparer.Ordinal);

    private static WaveJob Job(string id, string host, Dictionary<string, Attempt> latest) =>
        latest.TryGetValue(id, out var run) ? new WaveJob(id, host, run.State, run.Since) : new WaveJob(id, host, null, default);

    private sealed record Attempt(string JobId, int Number, RunState State, DateTimeOffset Since);
}
