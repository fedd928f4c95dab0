using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>Reads jobs for people and programs; changes nothing. Thread-safe.</summary>
internal sealed class JobQueries(
    IDbContextFactory<SchedulerDb> databases, SnapshotTaker snapshots, VerdictHistory history, RunMemory memory, PlantModel plant, SchedulerOptions options, RunBook book,
    WaiverQueries waivers)
{
    private const int Most = 1_000;

    /// <summary>The newest jobs, those that are not over first.</summary>
    public async Task<ImmutableArray<JobView>> ListAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var jobs = await db.Jobs.AsNoTracking().OrderByDescending(job => job.RequestedAt).ThenBy(job => job.Id).Take(Most).ToListAsync(cancellation);
        var ids = jobs.Select(job => job.Id).ToList();
        var runs = (await db.Runs.AsNoTracking().Where(run => ids.Contains(run.JobId)).ToListAsync(cancellation)).ToLookup(run => run.JobId);
        var approvals = (await db.Approvals.AsNoTracking().Where(approval => ids.Contains(approval.JobId)).ToListAsync(cancellation)).ToLookup(approval => approval.JobId);
        var campaigns = (await book.ReadAsync(cancellation)).Campaigns;
        return [.. jobs.Select(job => View(job, runs[job.Id], approvals[job.Id], campaigns)).OrderBy(job => job.State.IsFinal)];
    }

    /// <summary>Null when there is no such job.</summary>
    public async Task<JobView?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await db.Jobs.AsNoTracking().FirstOrDefaultAsync(job => job.Id == id, cancellation) is not { } job)
            return null;
        var runs = await db.Runs.AsNoTracking().Where(run => run.JobId == id).ToListAsync(cancellation);
        var approvals = await db.Approvals.AsNoTracking().Where(approval => approval.JobId == id).ToListAsync(cancellation);
        return View(job, runs, approvals, (await book.ReadAsync(cancellation)).Campaigns);
    }

    /// <summary>Evaluates every gate now. Null when there is no such job.</summary>
    public async Task<WhyView?> WhyAsync(string id, CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is not { } job)
            return null;
        // A run that is over asks for nothing: its gates would only speak of a release that nobody wants.
        var site = await snapshots.TakeAsync(cancellation);
        var verdicts = site.Runs.Find(job.Run) is { } facts
            ? history.Stamp(job.Run, Gate.Evaluate(site.Of(facts, memory.IsReady)), site.Now)
            : [];
        var blocking = verdicts.Count(verdict => verdict.Outcome == GateOutcome.Block);
        return new WhyView
        {
            Job = job,
            At = site.Now,
            Summary = Summary(job, verdicts, blocking),
            Open = verdicts.Length > 0 && blocking == 0,
            Verdicts = [.. verdicts.OrderBy(verdict => verdict.Outcome)],
            Waivers = await waivers.OfRunAsync(job.Run, job.Id, job.Host, cancellation),
            Progress = await ProgressAsync(job.Run, cancellation),
        };
    }

    /// <summary>What the agent reported of a run, oldest first.</summary>
    public async Task<ImmutableArray<ProgressView>> ProgressAsync(string run, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var entries = await db.Progress.AsNoTracking().Where(entry => entry.RunId == run).OrderByDescending(entry => entry.Sequence).Take(Most).ToListAsync(cancellation);
        entries.Reverse();
        return [.. entries.Select(entry => new ProgressView(
            entry.Sequence, entry.At, entry.ReceivedAt, entry.Phase.ToString(), entry.Step, entry.ExitCode, entry.Detail))];
    }

    private static string Summary(JobView job, ImmutableArray<Verdict> verdicts, int blocking) => job.State switch
    {
        RunState.Requested or RunState.Approved or RunState.Armed when blocking == 0 => $"{job.Id} waits for the agent on {job.Host} to answer: every gate passes.",
        RunState.Requested or RunState.Approved or RunState.Armed => $"{job.Id} waits: {blocking} of {verdicts.Length} gates block.",
        RunState.Held => $"{job.Id} has its lines held: {job.Reason}.",
        RunState.Released => $"{job.Id} is released: {job.Reason}.",
        RunState.Executing when job.StopRequested => $"{job.Id} is executing on {job.Host} and gets no further go-ahead.",
        RunState.Executing => $"{job.Id} is executing on {job.Host}: {job.Phase}{(job.Step is null ? "" : " " + job.Step)}.",
        RunState.Quarantined => $"{job.Id} is quarantined: {job.Reason}; two people must settle it, or its health be proven.",
        _ => $"{job.Id} is {job.State}: {job.Reason}.",
    };

    private JobView View(PatchJob job, IEnumerable<Run> runs, IEnumerable<JobApproval> approvals, CampaignShelf campaigns)
    {
        // A quarantined attempt is what needs people, even when a later one waits behind it.
        var all = runs.OrderByDescending(run => run.Attempt).ToList();
        var latest = all.Find(run => run.State == RunState.Quarantined) ?? all[0];
        return new JobView
        {
            Id = job.Id,
            Host = job.Host,
            Lines = plant.HostNamed(job.Host)?.Lines ?? [],
            Procedure = job.Procedure,
            PatchName = job.PatchName,
            PatchDigest = job.PatchDigest,
            NotBefore = job.NotBefore,
            Due = job.Due,
            GapBudgetMs = (long?)job.GapBudget?.TotalMilliseconds,
            Priority = job.Priority,
            ContentHash = job.ContentHash,
            RequestedBy = job.RequestedBy,
            RequestedAt = job.RequestedAt,
            // A campaign's job is approved with its plan.
            ApprovedBy = campaigns.MemberOf(job.Id) is not null
                ? [.. campaigns.ApprovalsOf(job.Id).Select(approval => approval.By)]
                : [.. approvals.Where(approval => approval.ContentHash == job.ContentHash && approval.Signature is not null).OrderBy(approval => approval.At).Select(approval => approval.By)],
            ApprovalsRequired = options.Approvals,
            Source = job.Source,
            Run = latest.Id,
            Attempt = latest.Attempt,
            State = latest.State,
            Since = latest.Since,
            Reason = latest.Reason,
            Token = latest.Token,
            Phase = latest.Phase,
            Step = latest.Step,
            StopRequested = latest.StopRequested,
        };
    }
}
