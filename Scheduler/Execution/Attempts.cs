using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Execution;

/// <summary>A job's attempts: one that came to nothing is followed by another, after a rest, until there have been enough.</summary>
internal static class Attempts
{
    /// <summary>The job of a run, from the run's id.</summary>
    public static string JobId(string runId) => runId[..runId.LastIndexOf('.')];

    public static string RunId(string jobId, int attempt) => $"{jobId}.{attempt}";

    /// <summary>Adds the attempt after <paramref name="ended"/> to the same transaction, unless there have been enough.</summary>
    public static async Task AddNextAsync(RecordScope scope, Run ended, SchedulerOptions options)
    {
        if (ended.Attempt >= options.Attempts)
            return;
        await AddAsync(scope, ended.JobId, ended.Attempt + 1, scope.Now + options.Rest, $"attempt {ended.Attempt} came to nothing: {ended.Reason}", Actors.Scheduler);
    }

    /// <summary>Adds an attempt that waits for approval; approvals of the same content still count.</summary>
    public static async Task<Run> AddAsync(RecordScope scope, string jobId, int attempt, DateTimeOffset? restUntil, string reason, string actor)
    {
        var run = new Run { Id = RunId(jobId, attempt), JobId = jobId, Attempt = attempt, State = RunState.Requested, Since = scope.Now, Reason = reason, RestUntil = restUntil };
        scope.Db.Runs.Add(run);
        await scope.AppendAsync(new Ledger.LedgerRecord
        {
            Actor = actor,
            Action = Ledger.LedgerActions.Transition,
            Subject = run.Id,
            Reason = reason,
            After = new System.Text.Json.Nodes.JsonObject { ["state"] = nameof(RunState.Requested), ["attempt"] = attempt },
        });
        return run;
    }
}
