using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Remembers since when each verdict has been what it is, across evaluations and restarts. Thread-safe.</summary>
/// <remarks>Only changes are stored, so that what held at any instant is the newest change before it.</remarks>
internal sealed class VerdictHistory(IDbContextFactory<SchedulerDb> databases)
{
    /// <summary>Stored when a gate no longer speaks of a subject, such as a line that the host does not serve any more.</summary>
    public const string Gone = "gone";

    private static readonly TimeSpan CompactedEvery = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private long? compactedAt;
    private readonly Dictionary<string, Known[]> current = new(StringComparer.Ordinal);

    /// <summary>Reads what was known of runs that are not over.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var living = db.Runs.Where(run => run.State != RunState.Done && run.State != RunState.Aborted && run.State != RunState.Expired && run.State != RunState.Revoked).Select(run => run.Id);
        var newest = db.Verdicts.Where(change => living.Contains(change.RunId))
            .GroupBy(change => new { change.RunId, change.Gate, change.Subject }).Select(group => group.Max(change => change.Id));
        var changes = await db.Verdicts.AsNoTracking().Where(change => newest.Contains(change.Id)).ToListAsync(cancellation);
        lock (gate)
            foreach (var run in changes.GroupBy(change => change.RunId))
                current[run.Key] = [.. run.Where(change => change.Code != Gone).Select(change => new Known(change.Gate, change.Subject, change.Code, change.Since))];
    }

    /// <summary>The verdicts with their since-when; one whose code is new holds since now.</summary>
    public ImmutableArray<Verdict> Stamp(string runId, ImmutableArray<Verdict> verdicts, DateTimeOffset now) => Stamp(KnownOf(runId), verdicts, now);

    /// <summary>Stamps, and stores whatever changed. What could not be stored is tried again with the next evaluation.</summary>
    public async Task<ImmutableArray<Verdict>> RecordAsync(string runId, ImmutableArray<Verdict> verdicts, DateTimeOffset now, CancellationToken cancellation)
    {
        var known = KnownOf(runId);
        var stamped = Stamp(known, verdicts, now);
        List<VerdictChange>? changes = null;
        for (var place = 0; place < stamped.Length; place++)
            if (Find(known, stamped[place], place)?.Code != stamped[place].Code)
                (changes ??= []).Add(Change(runId, stamped[place], now));
        foreach (var old in known)
            if (known.Length != stamped.Length || changes is not null)
                if (!stamped.Any(verdict => verdict.Gate == old.Gate && verdict.Subject == old.Subject))
                    (changes ??= []).Add(new VerdictChange { RunId = runId, Gate = old.Gate, Subject = old.Subject, Outcome = GateOutcome.Pass, Code = Gone, Value = "", Reason = "", Since = now });
        if (changes is null)
            return stamped;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.Verdicts.AddRange(changes);
        await db.SaveChangesAsync(cancellation);
        lock (gate)
            current[runId] = [.. stamped.Select(verdict => new Known(verdict.Gate, verdict.Subject, verdict.Code, verdict.Since ?? now))];
        return stamped;
    }

    /// <summary>Once a day: of runs that have been over for longer, only the changes of outcome stay, and the ends of what gates no longer speak of.</summary>
    public async Task CompactWhenDueAsync(TimeProvider time, TimeSpan keptFor, CancellationToken cancellation)
    {
        if (compactedAt is { } last && time.GetElapsedTime(last) < CompactedEvery)
            return;
        compactedAt = time.GetTimestamp();
        var before = (time.GetUtcNow() - keptFor).ToUnixTimeMilliseconds();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM verdict WHERE "RunId" IN (SELECT "Id" FROM run WHERE "State" IN ('Done', 'Aborted', 'Expired', 'Revoked') AND "Since" < {before})
            AND "Code" <> {Gone}
            AND "Outcome" = (SELECT CASE earlier."Code" WHEN {Gone} THEN '' ELSE earlier."Outcome" END FROM verdict AS earlier
                WHERE earlier."RunId" = verdict."RunId" AND earlier."Gate" = verdict."Gate" AND earlier."Subject" = verdict."Subject" AND earlier."Id" < verdict."Id"
                ORDER BY earlier."Id" DESC LIMIT 1)
            """, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>As after a restart.</summary>
    public void Clear()
    {
        lock (gate)
            current.Clear();
    }

    /// <summary>Lets go of a run that is over; what was stored stays.</summary>
    public void Forget(string runId)
    {
        lock (gate)
            current.Remove(runId);
    }

    private static ImmutableArray<Verdict> Stamp(Known[] known, ImmutableArray<Verdict> verdicts, DateTimeOffset now)
    {
        var stamped = ImmutableArray.CreateBuilder<Verdict>(verdicts.Length);
        for (var place = 0; place < verdicts.Length; place++)
            stamped.Add(verdicts[place] with { Since = Find(known, verdicts[place], place) is { } before && before.Code == verdicts[place].Code ? before.Since : now });
        return stamped.MoveToImmutable();
    }

    /// <summary>Gates answer in one order, so what was known stands where it is now, but for subjects that came or went.</summary>
    private static Known? Find(Known[] known, Verdict verdict, int place)
    {
        if (place < known.Length && known[place].Gate == verdict.Gate && known[place].Subject == verdict.Subject)
            return known[place];
        return Array.Find(known, item => item.Gate == verdict.Gate && item.Subject == verdict.Subject);
    }

    private static VerdictChange Change(string runId, Verdict verdict, DateTimeOffset now) => new()
    {
        RunId = runId,
        Gate = verdict.Gate,
        Subject = verdict.Subject,
        Outcome = verdict.Outcome,
        Code = verdict.Code,
        Value = verdict.Value,
        Reason = verdict.Reason,
        Since = verdict.Since ?? now,
    };

    private Known[] KnownOf(string runId)
    {
        lock (gate)
            return current.GetValueOrDefault(runId, []);
    }

    private sealed record Known(string Gate, string Subject, string Code, DateTimeOffset Since);
}
