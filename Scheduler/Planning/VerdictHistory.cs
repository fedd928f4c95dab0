using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Remembers since when each verdict has been what it is, across evaluations and restarts. Thread-safe.</summary>
internal sealed class VerdictHistory(IDbContextFactory<SchedulerDb> databases)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Run, string Gate, string Subject), (string Code, DateTimeOffset Since)> current = [];

    /// <summary>Reads what was known before the start.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var newest = db.Verdicts.GroupBy(change => new { change.RunId, change.Gate, change.Subject }).Select(group => group.Max(change => change.Id));
        var changes = await db.Verdicts.AsNoTracking().Where(change => newest.Contains(change.Id)).ToListAsync(cancellation);
        lock (gate)
            foreach (var change in changes)
                current[(change.RunId, change.Gate, change.Subject)] = (change.Code, change.Since);
    }

    /// <summary>The verdicts with their since-when; one whose code is new holds since now.</summary>
    public ImmutableArray<Verdict> Stamp(string runId, ImmutableArray<Verdict> verdicts, DateTimeOffset now)
    {
        lock (gate)
            return [.. verdicts.Select(verdict => verdict with
            {
                Since = current.TryGetValue((runId, verdict.Gate, verdict.Subject), out var known) && known.Code == verdict.Code ? known.Since : now,
            })];
    }

    /// <summary>Stamps, and stores whatever changed.</summary>
    public async Task<ImmutableArray<Verdict>> RecordAsync(string runId, ImmutableArray<Verdict> verdicts, DateTimeOffset now, CancellationToken cancellation)
    {
        var stamped = Stamp(runId, verdicts, now);
        var changed = new List<Verdict>();
        lock (gate)
            foreach (var verdict in stamped)
            {
                var key = (runId, verdict.Gate, verdict.Subject);
                if (current.TryGetValue(key, out var known) && known.Code == verdict.Code)
                    continue;
                current[key] = (verdict.Code, verdict.Since ?? now);
                changed.Add(verdict);
            }

        if (changed.Count == 0)
            return stamped;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.Verdicts.AddRange(changed.Select(verdict => new VerdictChange
        {
            RunId = runId,
            Gate = verdict.Gate,
            Subject = verdict.Subject,
            Outcome = verdict.Outcome,
            Code = verdict.Code,
            Value = verdict.Value,
            Reason = verdict.Reason,
            Since = verdict.Since ?? now,
        }));
        await db.SaveChangesAsync(cancellation);
        return stamped;
    }

    /// <summary>Lets go of a run that is over; what was stored stays.</summary>
    public void Forget(string runId)
    {
        lock (gate)
            foreach (var key in current.Keys.Where(key => key.Run == runId).ToList())
                current.Remove(key);
    }
}
