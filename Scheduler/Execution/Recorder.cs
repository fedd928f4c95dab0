using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Execution;

/// <summary>The only way to change a run: one transaction that holds the change and its ledger entry, durable before anything follows from it.</summary>
/// <remarks>Only the runner's loop calls it.</remarks>
internal sealed class Recorder(
    IDbContextFactory<SchedulerDb> databases, Leadership leadership, LedgerBook ledger, LedgerAnchors anchors, LedgerHealth health, RunBook book, ChangeSignal changes, TimeProvider time)
{
    private readonly Queue<string> ended = new();

    /// <summary>A run that ended since this was last asked.</summary>
    public bool TryTakeEnded(out string runId) => ended.TryDequeue(out runId!);

    /// <summary>Runs the work and commits it; when it appended nothing and changed nothing, nothing is written.</summary>
    /// <exception cref="RecordException">It could not be written, so it did not happen.</exception>
    public async Task<T> WriteAsync<T>(Func<RecordScope, Task<T>> work, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var tellBook = () => { };
        T result;
        try
        {
            // What is read for a decision, and what follows from it, lie within one term of the lease.
            await using var transaction = leadership.IsShared ? await db.Database.BeginTransactionAsync(cancellation) : null;
            var scope = new RecordScope(db, ledger, time, cancellation);
            result = await work(scope);
            if (!db.ChangeTracker.HasChanges())
                return result;
            tellBook = Written(db);
            await db.SaveChangesAsync(cancellation);
            if (transaction is not null)
                await transaction.CommitAsync(cancellation);
            if (scope.Head is { } head)
                anchors.Note(head);
            health.Written();
            foreach (var run in scope.Ended)
                ended.Enqueue(run);
        }
        catch (NotLeadingException exception)
        {
            throw new RecordException(exception.Message, exception);
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            health.Unwritable(DatabaseFault.Reason(exception));
            changes.Raise();
            throw new RecordException(DatabaseFault.Reason(exception), exception);
        }
        finally
        {
            // Also after a failure: what was written then is for the database to say.
            tellBook();
        }

        changes.Raise();
        return result;
    }

    /// <summary>Tells the book what this transaction writes; asked for before it commits, since nothing is changed any more afterwards.</summary>
    private Action Written(SchedulerDb db)
    {
        var entities = db.ChangeTracker.Entries().Where(entry => entry.State != EntityState.Unchanged).Select(entry => entry.Entity).ToList();
        var jobs = entities.Select(entity => entity switch
        {
            Run run => run.JobId,
            PatchJob job => job.Id,
            JobApproval approval => approval.JobId,
            Waiver waiver => Attempts.JobId(waiver.RunId),
            _ => null,
        }).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var campaigns = entities.Select(entity => entity switch
        {
            Campaign campaign => campaign.Id,
            CampaignJob job => job.CampaignId,
            CampaignApproval approval => approval.CampaignId,
            _ => null,
        }).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var stop = entities.Exists(entity => entity is EmergencyStopRecord);
        return () =>
        {
            jobs.ForEach(book.Wrote);
            campaigns.ForEach(book.WroteCampaign);
            if (stop)
                book.WroteStop();
        };
    }
}

/// <summary>What can be done inside one transaction.</summary>
internal sealed class RecordScope(SchedulerDb db, LedgerBook ledger, TimeProvider time, CancellationToken cancellation)
{
    public SchedulerDb Db => db;

    public CancellationToken Cancellation => cancellation;

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>The last entry appended; null when none was.</summary>
    public LedgerEntry? Head { get; private set; }

    /// <summary>Runs that end with this transaction.</summary>
    public List<string> Ended { get; } = [];

    public async Task<LedgerEntry> AppendAsync(LedgerRecord record) => Head = await ledger.AppendAsync(db, record, cancellation);

    /// <summary>Moves a run on, with the entry that says so.</summary>
    public async Task<LedgerEntry> MoveAsync(Run run, RunState to, string reason, string actor, JsonObject? evidence = null)
    {
        if (!RunStates.Allows(run.State, to))
            throw new UnreachableException($"Run {run.Id} cannot go from {run.State} to {to}.");
        var before = new JsonObject { ["state"] = run.State.ToString() };
        var after = evidence ?? [];
        after["state"] = to.ToString();
        after["token"] = run.Token;
        if (to.IsFinal || to == RunState.Armed)
            await IntendHoldReleaseAsync(run, reason, actor);
        run.State = to;
        run.Since = Now;
        run.Reason = reason;
        if (to.IsFinal)
            Ended.Add(run.Id);
        return await AppendAsync(new LedgerRecord
        {
            Actor = actor,
            Action = LedgerActions.Transition,
            Subject = run.Id,
            Reason = reason,
            Before = before,
            After = after,
        });
    }

    /// <summary>What the run holds is to be free: on record before anybody is asked, and asked until it is.</summary>
    private async Task IntendHoldReleaseAsync(Run run, string reason, string actor)
    {
        if (RunHolds.Read(run.Holds) is not { } holds || holds.Lines.All(line => line.Stage == HoldStage.Releasing))
            return;
        run.Holds = holds.Releasing().Write();
        await AppendAsync(new LedgerRecord
        {
            Actor = actor,
            Action = LedgerActions.HoldReleaseIntended,
            Subject = run.Id,
            Reason = reason,
            After = new JsonObject { ["token"] = holds.Token, ["lines"] = new JsonArray([.. holds.Lines.Select(line => (JsonNode)line.Line)]) },
        });
    }

    public Task<Run?> RunAsync(string id) => db.Runs.FirstOrDefaultAsync(run => run.Id == id, cancellation);

    /// <summary>Whether a run occupies its host in this transaction that is not among those that a snapshot saw do so.</summary>
    public async Task<bool> AnyOccupiesBesideAsync(IEnumerable<RunFacts> seen)
    {
        var known = seen.Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
        var now = await db.Runs.AsNoTracking()
            .Where(run => run.State == RunState.Held || run.State == RunState.Released || run.State == RunState.Executing || run.State == RunState.Verifying || run.State == RunState.Quarantined)
            .Select(run => run.Id).ToListAsync(cancellation);
        return now.Exists(id => !known.Contains(id));
    }

    /// <summary>The job's latest attempt.</summary>
    public Task<Run?> LatestRunAsync(string jobId) =>
        db.Runs.Where(run => run.JobId == jobId).OrderByDescending(run => run.Attempt).FirstOrDefaultAsync(cancellation);
}

/// <summary>A record could not be written; what it would have recorded did not happen.</summary>
internal sealed class RecordException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>It is for another scheduler to do, or for nobody at the moment.</summary>
    public bool IsNotLeading => InnerException is NotLeadingException;
}
