using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Gates.Lines;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <summary>Reads what people signed about runs, and what they may sign; changes nothing. Thread-safe.</summary>
internal sealed class WaiverQueries(IDbContextFactory<SchedulerDb> databases, SnapshotTaker snapshots, TimeProvider time)
{
    private const int Most = 500;

    /// <summary>What counts or waits for a second person, the first to end first.</summary>
    public async Task<ImmutableArray<WaiverView>> ListAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var rows = await (
            from waiver in db.Waivers.AsNoTracking()
            where waiver.Until > now
            join run in db.Runs on waiver.RunId equals run.Id
            where run.State != RunState.Done && run.State != RunState.Aborted && run.State != RunState.Expired && run.State != RunState.Revoked
            join job in db.Jobs on run.JobId equals job.Id
            orderby waiver.Until
            select new { waiver, job.Id, job.Host }).Take(Most).ToListAsync(cancellation);
        return [.. rows.Select(row => View(row.waiver, row.Id, row.Host, now))];
    }

    /// <summary>Null when there is no such job.</summary>
    public async Task<JobWaiversView?> OfAsync(string job, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await db.Jobs.AsNoTracking().FirstOrDefaultAsync(item => item.Id == job, cancellation) is not { } stored
            || await db.Runs.AsNoTracking().Where(item => item.JobId == job).OrderByDescending(item => item.Attempt).FirstOrDefaultAsync(cancellation) is not { } run)
            return null;
        var waivers = await OfRunAsync(db, run.Id, job, stored.Host, time.GetUtcNow(), cancellation);
        var site = await snapshots.TakeAsync(cancellation);
        if (site.Runs.Find(run.Id) is not { } facts)
            return new JobWaiversView(job, run.Id, waivers, [], GapBudget.Digest([]), null);
        var snapshot = site.Of(facts, _ => false);
        var lost = CoverageGate.Lost(snapshot);
        return new JobWaiversView(job, run.Id, waivers, lost, GapBudget.Digest(lost),
            CoverageGate.Longest(snapshot) is { } longest ? (int)Math.Ceiling(longest.TotalSeconds) : null);
    }

    /// <summary>What is signed about a run, the newest first.</summary>
    public Task<ImmutableArray<WaiverView>> OfRunAsync(string run, string job, string host, CancellationToken cancellation) =>
        OfRunAsync(run, job, host, time.GetUtcNow(), cancellation);

    /// <summary>What was signed about a run up to an instant, the newest first, and whether it counted then.</summary>
    public async Task<ImmutableArray<WaiverView>> OfRunAsync(string run, string job, string host, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await OfRunAsync(db, run, job, host, at, cancellation);
    }

    private static async Task<ImmutableArray<WaiverView>> OfRunAsync(SchedulerDb db, string run, string job, string host, DateTimeOffset at, CancellationToken cancellation)
    {
        var rows = await db.Waivers.AsNoTracking().Where(waiver => waiver.RunId == run && waiver.SignedAt <= at).OrderByDescending(waiver => waiver.Id).Take(Most).ToListAsync(cancellation);
        foreach (var row in rows.Where(row => row.CosignedAt > at))
            (row.CosignedBy, row.CosignedAt) = (null, null);
        return [.. rows.Select(row => View(row, job, host, at))];
    }

    private static WaiverView View(Waiver waiver, string job, string host, DateTimeOffset now)
    {
        var facts = WaiverDesk.Facts(waiver);
        return new WaiverView
        {
            Job = job,
            Run = waiver.RunId,
            Host = host,
            Kind = waiver.Kind,
            State = waiver.Until <= now ? WaiverState.Over : facts.Counts(now) ? WaiverState.Counts : WaiverState.WaitsForSecond,
            Line = waiver.Subject,
            By = facts.By,
            Reason = waiver.Reason,
            Minutes = waiver.Minutes,
            SignedAt = waiver.SignedAt,
            Until = waiver.Until,
            GapSeconds = (int?)facts.Gap?.Longest.TotalSeconds,
            Lost = facts.Gap?.Lost ?? [],
            LostDigest = facts.Gap?.LostDigest,
            Covers = SignedContent.Waiving(waiver.RunId, waiver.Kind, waiver.Subject, waiver.Minutes, facts.Gap),
        };
    }
}
