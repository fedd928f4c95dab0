using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution;

/// <summary>What the database says of every run that is not over, as of the last write. Immutable.</summary>
/// <param name="Jobs">Jobs of those runs, by id.</param>
/// <param name="Runs">The runs.</param>
/// <param name="Holds">What runs hold or may hold, by run; also of runs that are over.</param>
/// <param name="Stop">The emergency stop.</param>
/// <param name="Campaigns">Every campaign.</param>
/// <param name="Durations">How long procedures took so far.</param>
internal sealed record RunPage(
    ImmutableDictionary<string, JobFacts> Jobs, RunIndex Runs, ImmutableDictionary<string, RunHolds> Holds, EmergencyStopFacts Stop, CampaignShelf Campaigns, PastDurations Durations)
{
    public static readonly RunPage Empty = new(
        ImmutableDictionary.Create<string, JobFacts>(StringComparer.Ordinal), RunIndex.Empty, ImmutableDictionary.Create<string, RunHolds>(StringComparer.Ordinal),
        new EmergencyStopFacts(false, "", "", null), CampaignShelf.Empty, PastDurations.None);
}

/// <summary>Keeps that page in memory: read once, and then only what was written since. Only the recorder writes, and it tells what. Thread-safe.</summary>
internal sealed class RunBook(IDbContextFactory<SchedulerDb> databases, SchedulerOptions options, PlantModel plant) : IDisposable
{
    private const int MostMeasured = 5_000;

    private readonly SemaphoreSlim reading = new(1);
    private readonly Lock gate = new();
    private HashSet<string> written = new(StringComparer.Ordinal);
    private HashSet<string> campaignsWritten = new(StringComparer.Ordinal);
    private bool stopWritten = true;
    private bool forgotten = true;
    private readonly PlantIndex index = PlantIndex.Of(plant);
    private RunPage page = RunPage.Empty with { Runs = RunIndex.For(PlantIndex.Of(plant)) };

    /// <summary>Something of this job was, or may have been, written.</summary>
    public void Wrote(string jobId)
    {
        lock (gate)
            written.Add(jobId);
    }

    /// <summary>Something of this campaign was, or may have been, written.</summary>
    public void WroteCampaign(string id)
    {
        lock (gate)
            campaignsWritten.Add(id);
    }

    /// <summary>The emergency stop was, or may have been, written.</summary>
    public void WroteStop()
    {
        lock (gate)
            stopWritten = true;
    }

    /// <summary>Somebody else may have written anything: everything is to be read anew.</summary>
    public void Forget()
    {
        lock (gate)
            (forgotten, stopWritten) = (true, true);
    }

    /// <summary>Everything written before this was called is on it.</summary>
    public async ValueTask<RunPage> ReadAsync(CancellationToken cancellation)
    {
        await reading.WaitAsync(cancellation);
        HashSet<string> jobs = [], campaigns = [];
        var (stop, all) = (false, false);
        try
        {
            lock (gate)
            {
                (jobs, written) = (written, new HashSet<string>(StringComparer.Ordinal));
                (campaigns, campaignsWritten) = (campaignsWritten, new HashSet<string>(StringComparer.Ordinal));
                (stop, stopWritten) = (stopWritten, false);
                (all, forgotten) = (forgotten, false);
            }

            if (all || jobs.Count > 0 || campaigns.Count > 0 || stop)
            {
                await using var db = await databases.CreateDbContextAsync(cancellation);
                if (all)
                    page = RunPage.Empty with { Runs = RunIndex.For(index) };
                page = await RefreshAsync(db, all ? null : jobs, campaigns, stop, cancellation);
            }

            return page;
        }
        catch
        {
            // What could not be read is still to be read.
            lock (gate)
            {
                written.UnionWith(jobs);
                campaignsWritten.UnionWith(campaigns);
                stopWritten |= stop;
                forgotten |= all;
            }

            throw;
        }
        finally
        {
            reading.Release();
        }
    }

    public void Dispose() => reading.Dispose();

    /// <param name="db">The database.</param>
    /// <param name="changed">Null reads everything.</param>
    /// <param name="changedCampaigns">Campaigns to read anew, besides those of changed jobs.</param>
    /// <param name="stopChanged">The emergency stop is to be read.</param>
    /// <param name="cancellation">Stops it.</param>
    private async Task<RunPage> RefreshAsync(SchedulerDb db, HashSet<string>? changed, HashSet<string> changedCampaigns, bool stopChanged, CancellationToken cancellation)
    {
        var shelf = await CampaignShelf.RefreshAsync(db, page.Campaigns, changed, changedCampaigns, cancellation);
        // The jobs of a campaign that was planned or approved anew have other approvals.
        if (changed is not null)
            changed = [.. changed, .. changedCampaigns.SelectMany(shelf.JobsOf)];
        var relevant = db.Runs.AsNoTracking()
            .Where(run => run.Holds != null || (run.State != RunState.Done && run.State != RunState.Aborted && run.State != RunState.Expired && run.State != RunState.Revoked));
        var runs = await (changed is null ? relevant : relevant.Where(run => changed.Contains(run.JobId))).ToListAsync(cancellation);
        var ids = runs.Where(run => !run.State.IsFinal).Select(run => run.JobId).ToHashSet(StringComparer.Ordinal);
        var everyJob = changed is null && ids.Count > 500;
        var jobs = await db.Jobs.AsNoTracking().Where(job => everyJob || ids.Contains(job.Id)).ToDictionaryAsync(job => job.Id, cancellation);
        var approvals = (await db.Approvals.AsNoTracking().Where(approval => everyJob || ids.Contains(approval.JobId)).ToListAsync(cancellation)).ToLookup(approval => approval.JobId);
        var runIds = runs.Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
        var waivers = (await db.Waivers.AsNoTracking().Where(waiver => everyJob || runIds.Contains(waiver.RunId)).ToListAsync(cancellation)).ToLookup(waiver => waiver.RunId);
        var stop = page.Stop;
        if (stopChanged)
            stop = Facts(await db.EmergencyStop.AsNoTracking().FirstOrDefaultAsync(item => item.Id == EmergencyStopRecord.OnlyId, cancellation));

        var gone = changed is null ? [] : page.Runs.OfJobs(changed).Select(run => run.Id).ToList();
        var facts = ids.ToDictionary(id => id, id => Facts(jobs[id], approvals[id], shelf), StringComparer.Ordinal);
        if (changed is not null)
            shelf.CarryPlans(page.Campaigns, changed, facts);
        return new RunPage(
            page.Jobs.RemoveRange(changed ?? []).SetItems(facts),
            page.Runs.With(gone, runs.Where(run => !run.State.IsFinal).Select(run => Facts(run, jobs[run.JobId], facts[run.JobId], waivers[run.Id]))),
            page.Holds.RemoveRange(page.Holds.Keys.Where(run => changed?.Contains(Attempts.JobId(run)) != false))
                .SetItems(runs.Where(run => run.Holds is not null).Select(run => KeyValuePair.Create(run.Id, RunHolds.Read(run.Holds)!))),
            stop,
            shelf,
            changed is null || runs.Exists(run => run.State == RunState.Verifying && page.Runs.Find(run.Id)?.State != RunState.Verifying) ? await MeasureAsync(db, cancellation) : page.Durations);
    }

    /// <summary>How long successful runs took, newest first: from the permit that was accepted to the last step.</summary>
    private async Task<PastDurations> MeasureAsync(SchedulerDb db, CancellationToken cancellation)
    {
        var rows = await (
            from progress in db.Progress.AsNoTracking()
            where progress.Phase == Plant.Messages.RunPhase.Succeeded
            join run in db.Runs on progress.RunId equals run.Id
            join job in db.Jobs on run.JobId equals job.Id
            where run.ExecutingSince != null
            orderby progress.ReceivedAt descending
            select new { job.Procedure, job.Host, Since = run.ExecutingSince!.Value, progress.ReceivedAt }).Take(MostMeasured).ToListAsync(cancellation);
        return PastDurations.Of(rows.Select(row => (row.Procedure, plant.HostNamed(row.Host)?.Class ?? "", row.ReceivedAt - row.Since)));
    }

    /// <summary>A job that is not on record yet, as it would be judged.</summary>
    public static JobFacts Facts(JobDraft draft, SchedulerOptions options)
    {
        var procedure = options.Procedures.GetValueOrDefault(draft.Procedure);
        return new JobFacts
        {
            Id = draft.Id,
            Host = draft.Host,
            Procedure = draft.Procedure,
            PatchDigest = draft.PatchDigest,
            ContentHash = draft.ContentHash,
            NotBefore = draft.NotBefore,
            ExpectedDuration = draft.ExpectedDuration ?? procedure?.ExpectedDuration,
            GapBudget = draft.GapBudget,
            Fit = Fit(draft.ExpectedDuration, procedure, options),
            RequiredProcedureDigest = procedure?.Digest,
            RequestedBy = draft.RequestedBy,
            ApprovalsRequired = options.Approvals,
            Approvals = [],
        };
    }

    private static FitFacts Fit(TimeSpan? declared, ProcedureFacts? procedure, SchedulerOptions options) => new()
    {
        DeclaredByJob = declared is not null,
        Reboot = procedure?.Reboot ?? TimeSpan.Zero,
        Rollback = procedure?.Rollback ?? TimeSpan.Zero,
        Margin = options.Margin,
        Jitter = options.StartJitter,
    };

    private JobFacts Facts(PatchJob job, IEnumerable<JobApproval> approvals, CampaignShelf shelf)
    {
        var member = shelf.MemberOf(job.Id);
        var procedure = options.Procedures.GetValueOrDefault(job.Procedure);
        return new JobFacts
        {
            Id = job.Id,
            // The plant's own copy of the name: a hundred thousand are not kept twice, and are alike at a glance.
            Host = index.Host(job.Host)?.Name ?? job.Host,
            Procedure = job.Procedure,
            PatchDigest = job.PatchDigest,
            ContentHash = job.ContentHash,
            NotBefore = job.NotBefore,
            ExpectedDuration = job.ExpectedDuration ?? procedure?.ExpectedDuration,
            GapBudget = job.GapBudget,
            Fit = Fit(job.ExpectedDuration, procedure, options),
            Campaign = member?.CampaignId,
            Wave = member?.Wave ?? 0,
            RequiredProcedureDigest = procedure?.Digest,
            RequestedBy = job.RequestedBy,
            ApprovalsRequired = options.Approvals,
            // A campaign's job is approved with the plan that gives it its slot, and with no other.
            Approvals = member is not null
                ? shelf.ApprovalsOf(job.Id)
                : [.. approvals.Where(approval => approval.Signature is not null).Select(approval => new ApprovalFact(approval.By, approval.ContentHash, approval.At))],
        };
    }

    private RunFacts Facts(Run run, PatchJob job, JobFacts facts, IEnumerable<Waiver> waivers) => new()
    {
        Id = run.Id,
        JobId = facts.Id,
        Job = facts,
        Host = facts.Host,
        Place = index.Host(facts.Host),
        Lines = index.Host(facts.Host)?.Host.Lines ?? [],
        State = run.State,
        Priority = job.Priority,
        Due = job.Due,
        Campaign = facts.Campaign,
        Token = run.Token,
        ProcedureDigest = run.ProcedureDigest,
        RestUntil = run.RestUntil,
        ExecutingSince = run.ExecutingSince,
        StopRequested = run.StopRequested,
        Waivers = [.. waivers.Select(WaiverDesk.Facts)],
    };

    private static EmergencyStopFacts Facts(EmergencyStopRecord? stop) =>
        stop is null ? new EmergencyStopFacts(false, "", "", null) : new EmergencyStopFacts(stop.Active, stop.By, stop.Reason, stop.Since);
}
