using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Remembers since when each verdict has been what it is, across evaluations and restarts. Thread-safe.</summary>
internal sealed class VerdictHistory(IDbContextFactory<SchedulerDb> databases)
{
    private static readonly TimeSpan CompactedEvery = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private long? compactedAt;
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

    /// <summary>Once a day: of runs that have been over for longer, only the changes of outcome stay.</summary>
    public async Task CompactWhenDueAsync(TimeProvider time, TimeSpan keptFor, CancellationToken cancellation)
    {
        if (compactedAt is { } last && time.GetElapsedTime(last) < CompactedEvery)
            return;
        compactedAt = time.GetTimestamp();
        var before = (time.GetUtcNow() - keptFor).ToUnixTimeMilliseconds();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM verdict WHERE RunId IN (SELECT Id FROM run WHERE State IN ('Done', 'Aborted', 'Expired', 'Revoked') AND Since < {before})
            AND Outcome = (SELECT earlier.Outcome FROM verdict AS earlier
                WHERE earlier.RunId = verdict.RunId AND earlier.Gate = verdict.Gate AND earlier.Subject = verdict.Subject AND earlier.Id < verdict.Id
                ORDER BY earlier.Id DESC LIMIT 1)
            """, cancellation);
    }

    /// <summary>Lets go of a run that is over; what was stored stays.</summary>
    public void Forget(string runId)
    {
        lock (gate)
            foreach (var key in current.Keys.Where(key => key.Run == runId).ToList())
                current.Remove(key);
    }
}
