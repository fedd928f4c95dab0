using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Takes the snapshots that gates judge: database, evidence, calendars and health, all at one moment. Thread-safe.</summary>
internal sealed class SnapshotTaker(
    IDbContextFactory<SchedulerDb> databases,
    SchedulerOptions options,
    PlantModel plant,
    EvidenceBoard evidence,
    CalendarShelf calendars,
    LedgerHealth ledger,
    ClockWatch clock,
    PermitSigner signer,
    StopSwitch stopSwitch,
    RunMemory memory,
    HoldBoard holds,
    TimeProvider time)
{
    public async Task<SiteSnapshot> TakeAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var runs = await db.Runs.AsNoTracking()
            .Where(run => run.State != RunState.Done && run.State != RunState.Aborted && run.State != RunState.Expired && run.State != RunState.Revoked)
            .ToListAsync(cancellation);
        var ids = runs.Select(run => run.JobId).Distinct().ToList();
        var jobs = await db.Jobs.AsNoTracking().Where(job => ids.Contains(job.Id)).ToListAsync(cancellation);
        var approvals = (await db.Approvals.AsNoTracking().Where(approval => ids.Contains(approval.JobId)).ToListAsync(cancellation)).ToLookup(approval => approval.JobId);
        var stop = await db.EmergencyStop.AsNoTracking().FirstOrDefaultAsync(item => item.Id == EmergencyStopRecord.OnlyId, cancellation);
        var now = time.GetUtcNow();
        var held = await db.Runs.AsNoTracking().Where(run => run.Holds != null).ToListAsync(cancellation);
        var facts = jobs.ToImmutableDictionary(job => job.Id, job => Facts(job, approvals[job.Id]));
        var byId = jobs.ToDictionary(job => job.Id);
        return new SiteSnapshot
        {
            Now = now,
            Plant = plant,
            Jobs = facts,
            Runs = [.. runs.Select(run => Facts(run, byId[run.JobId])).Order(Comparer<RunFacts>.Create(Precedence.Compare))],
            Holds = holds.Show([.. held.SelectMany(run => Facts(run, now))]),
            AdvisoryRelease = options.AdvisoryRelease,
            Evidence = evidence.Snapshot(),
            Calendar = calendars.Current,
            EmergencyStop = stopSwitch.Pressed ?? Facts(stop),
            Health = new HealthFacts(ledger.Fault, clock.Look(), signer.Thumbprint),
        };
    }

    private JobFacts Facts(PatchJob job, IEnumerable<JobApproval> approvals)
    {
        var procedure = options.Procedures.GetValueOrDefault(job.Procedure);
        return new JobFacts
        {
            Id = job.Id,
            Host = job.Host,
            Procedure = job.Procedure,
            PatchDigest = job.PatchDigest,
            ContentHash = job.ContentHash,
            NotBefore = job.NotBefore,
            ExpectedDuration = job.ExpectedDuration ?? procedure?.ExpectedDuration,
            RequiredProcedureDigest = procedure?.Digest,
            RequestedBy = job.RequestedBy,
            ApprovalsRequired = options.Approvals,
            Approvals = [.. approvals.Select(approval => new ApprovalFact(approval.By, approval.ContentHash, approval.At))],
        };
    }

    private RunFacts Facts(Run run, PatchJob job) => new()
    {
        Id = run.Id,
        JobId = run.JobId,
        Host = job.Host,
        Lines = plant.HostNamed(job.Host)?.Lines ?? [],
        State = run.State,
        Priority = job.Priority,
        Due = job.Due,
        Token = run.Token,
        ProcedureDigest = run.ProcedureDigest,
        RestUntil = run.RestUntil,
        ExecutingSince = run.ExecutingSince,
        StopRequested = run.StopRequested,
    };

    private IEnumerable<HoldFacts> Facts(Run run, DateTimeOffset now)
    {
        if (RunHolds.Read(run.Holds) is not { } holds)
            return [];
        // Whichever clock runs ahead decides; one that went back to before the hold decides nothing, and counts as expired.
        var expired = now >= holds.Until || now < holds.Since - options.ClockLimit || memory.HeldFor(run.Id) >= TimeSpan.FromMilliseconds(holds.DurationMs);
        return holds.Lines.Select(line => new HoldFacts(run.Id, line.Line, holds.Token, line.Stage, line.Epoch, holds.Since, holds.Until, expired));
    }

    private static EmergencyStopFacts Facts(EmergencyStopRecord? stop) =>
        stop is null ? new EmergencyStopFacts(false, "", "", null) : new EmergencyStopFacts(stop.Active, stop.By, stop.Reason, stop.Since);
}
