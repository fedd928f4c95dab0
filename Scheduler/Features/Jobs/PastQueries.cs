using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>Answers "why not then" from the record: the run's state from the ledger, its gates from the changes that were stored, what people had signed from their signatures. Thread-safe.</summary>
internal sealed class PastQueries(IDbContextFactory<SchedulerDb> databases, JobQueries jobs, WaiverQueries waivers, TimeProvider time)
{
    /// <param name="id">The job.</param>
    /// <param name="at">A past instant; a later one than now is taken for now.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Null when there is no such job.</returns>
    public async Task<WhyView?> WhyAsync(string id, DateTimeOffset at, CancellationToken cancellation)
    {
        if (at >= time.GetUtcNow())
            return await jobs.WhyAsync(id, cancellation);
        if (await jobs.FindAsync(id, cancellation) is not { } job)
            return null;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var runs = await db.Runs.AsNoTracking().Where(run => run.JobId == id).OrderByDescending(run => run.Attempt).ToListAsync(cancellation);
        foreach (var run in runs)
        {
            var moves = await MovesAsync(db, run.Id, at, cancellation);
            if (moves.LastOrDefault() is not { } last)
                continue;
            var verdicts = last.State.IsFinal ? [] : await VerdictsAsync(db, run.Id, at, cancellation);
            var then = job with
            {
                Run = run.Id,
                Attempt = run.Attempt,
                State = last.State,
                Since = last.At,
                Reason = last.Reason,
                Token = last.State >= RunState.Held ? run.Token : null,
                Phase = null,
                Step = null,
                StopRequested = false,
            };
            var blocking = verdicts.Count(verdict => verdict.Outcome == GateOutcome.Block);
            var progress = await jobs.ProgressAsync(run.Id, cancellation);
            return new WhyView
            {
                Job = then,
                At = at,
                Summary = Summary(then, at, verdicts.Length, blocking),
                Open = verdicts.Length > 0 && blocking == 0,
                Verdicts = [.. verdicts.OrderBy(verdict => verdict.Outcome)],
                Waivers = await waivers.OfRunAsync(run.Id, id, job.Host, at, cancellation),
                Progress = [.. progress.Where(entry => entry.ReceivedAt <= at)],
            };
        }

        return new WhyView
        {
            Job = job,
            At = at,
            Summary = $"{id} did not exist at {Words.Time(at)}: it was requested at {Words.Time(job.RequestedAt)}.",
            Open = false,
            Verdicts = [],
            Progress = [],
        };
    }

    private static string Summary(JobView job, DateTimeOffset at, int gates, int blocking)
    {
        var when = at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return (gates, job.State) switch
        {
            (0, { IsFinal: true }) => $"At {when} UTC {job.Id} was {job.State}: {job.Reason}.",
            (0, _) => $"At {when} UTC {job.Id} was {job.State}: {job.Reason}; no gate had been evaluated yet.",
            _ when blocking == 0 => $"At {when} UTC {job.Id} was {job.State}, and every gate passed when it was last evaluated.",
            _ => $"At {when} UTC {job.Id} was {job.State}: {blocking} of {gates} gates blocked.",
        };
    }

    /// <summary>The run's states up to the instant, oldest first.</summary>
    private static async Task<List<Move>> MovesAsync(SchedulerDb db, string run, DateTimeOffset at, CancellationToken cancellation)
    {
        var entries = await LedgerTables.OfSubject(db, run).AsNoTracking().OrderBy(entry => entry.Index).ToListAsync(cancellation);
        return [.. entries.Select(Read).OfType<Move>().Where(move => move.At <= at)];
    }

    /// <summary>The newest change of each gate and subject up to the instant.</summary>
    private static async Task<ImmutableArray<Verdict>> VerdictsAsync(SchedulerDb db, string run, DateTimeOffset at, CancellationToken cancellation)
    {
        var changes = await db.Verdicts.AsNoTracking().Where(change => change.RunId == run && change.Since <= at).OrderBy(change => change.Id).ToListAsync(cancellation);
        var order = Gate.All.Select((gate, place) => (gate, place)).ToDictionary(item => item.gate.Name, item => item, StringComparer.Ordinal);
        return
        [
            .. changes.GroupBy(change => (change.Gate, change.Subject)).Select(group => group.Last()).Where(change => change.Code != VerdictHistory.Gone)
                .OrderBy(change => order.TryGetValue(change.Gate, out var known) ? known.place : int.MaxValue)
                .Select(change => new Verdict
                {
                    Gate = change.Gate,
                    Subject = change.Subject,
                    Outcome = change.Outcome,
                    Code = change.Code,
                    Value = change.Value,
                    Reason = change.Reason,
                    Rule = order.TryGetValue(change.Gate, out var gate) ? gate.gate.Rule : "a gate of an earlier version",
                    Owner = order.TryGetValue(change.Gate, out var owner) ? owner.gate.Owner : "",
                    Since = change.Since,
                }),
        ];
    }

    private static Move? Read(LedgerEntry entry)
    {
        using var json = JsonDocument.Parse(entry.Json);
        var root = json.RootElement;
        return root.GetProperty("action").GetString() == LedgerActions.Transition
            && root.GetProperty("after").TryGetProperty("state", out var state) && Enum.TryParse<RunState>(state.GetString(), out var to)
            ? new Move(DateTimeOffset.Parse(root.GetProperty("at").GetString()!, CultureInfo.InvariantCulture), to, root.GetProperty("reason").GetString() ?? "")
            : null;
    }

    private sealed record Move(DateTimeOffset At, RunState State, string Reason);
}
