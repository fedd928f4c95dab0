using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Takes in what agents report of their runs: each progress once, in order, with its entry; a final one is acknowledged.</summary>
internal sealed partial class ProgressIntake(
    Recorder recorder, RunMemory memory, AgentLink link, PlantModel plant, SchedulerOptions options, ILogger<ProgressIntake> log)
{
    private const int LongestDetail = 4_096;
    private static readonly TimeSpan AcknowledgementExpiry = TimeSpan.FromMinutes(1);

    public async Task OnProgressAsync(RunProgress progress, CancellationToken cancellation)
    {
        var taken = await recorder.WriteAsync(scope => TakeAsync(scope, progress), cancellation);
        if (!taken)
        {
            NotTaken(progress.Run, progress.Host, progress.Phase);
            return;
        }

        memory.Of(progress.Run).Heard.Restart();
        if (progress.Phase.IsFinal())
            await link.SendAsync(
                Topics.ProgressAcknowledged(plant.Site, progress.Host),
                new ProgressAcknowledged { Run = progress.Run, Token = progress.Token, Sequence = progress.Sequence },
                MessageJson.Default.ProgressAcknowledged,
                AcknowledgementExpiry,
                cancellation);
    }

    /// <summary>True when it is on record, now or since before.</summary>
    private async Task<bool> TakeAsync(RecordScope scope, RunProgress progress)
    {
        if (await scope.RunAsync(progress.Run) is not { Token: { } token } run || token != progress.Token)
            return false;
        if (await scope.Db.Jobs.FindAsync([run.JobId], scope.Cancellation) is not { } job || job.Host != progress.Host)
            return false;
        if (progress.Sequence <= run.ProgressSequence)
            return true;

        var detail = progress.Detail.Length > LongestDetail ? progress.Detail[..LongestDetail] : progress.Detail;
        var agentWasUnsure = run.Phase == nameof(RunPhase.Unknown);
        run.ProgressSequence = progress.Sequence;
        run.Phase = progress.Phase.ToString();
        run.Step = progress.Step;
        scope.Db.Progress.Add(new ProgressEntry
        {
            RunId = run.Id,
            Sequence = progress.Sequence,
            At = progress.At,
            ReceivedAt = scope.Now,
            Phase = progress.Phase,
            Step = progress.Step,
            ExitCode = progress.ExitCode,
            Detail = detail,
        });
        await scope.AppendAsync(new LedgerRecord
        {
            Actor = Actors.Agent(job.Host),
            Action = LedgerActions.Progress,
            Subject = run.Id,
            Reason = progress.Phase.ToString(),
            After = new JsonObject
            {
                ["token"] = progress.Token,
                ["sequence"] = progress.Sequence,
                ["step"] = progress.Step,
                ["exitCode"] = progress.ExitCode,
                ["detail"] = LedgerBook.Hash(detail),
            },
        });
        if (Next(run.State, progress.Phase, agentWasUnsure) is { } next)
            await MoveAsync(scope, run, next, progress, detail, Actors.Agent(job.Host));
        return true;
    }

    private async Task MoveAsync(RecordScope scope, Run run, RunState next, RunProgress progress, string detail, string actor)
    {
        if (next is RunState.Executing or RunState.Verifying)
            run.ExecutingSince ??= scope.Now;
        var said = detail.Length == 0 ? "" : ": " + FirstLine(detail);
        await scope.MoveAsync(run, next, next switch
        {
            RunState.Executing => "the agent accepted the permit",
            RunState.Verifying => "every step completed; host and lines must now prove themselves healthy",
            RunState.Expired => $"the agent refused the permit{said}",
            RunState.Aborted when progress.Phase == RunPhase.RolledBack => $"rolled back{said}",
            RunState.Aborted => $"stopped before anything irreversible{said}",
            _ when run.State == RunState.Expired => "the agent acts on a permit that was thought to have lapsed",
            _ => $"the agent does not know the outcome{said}",
        }, actor);
        if (next == RunState.Expired)
            await Attempts.AddNextAsync(scope, run, options);
    }

    /// <summary>Where progress leads; null when it changes nothing.</summary>
    internal static RunState? Next(RunState state, RunPhase phase, bool agentWasUnsure) =>
        RunTransitions.Next(state, RunTransitions.EventOf(phase, agentWasUnsure));

    private static string FirstLine(string detail)
    {
        var line = detail.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return Plant.Files.Text.Printable.Line(line.Length > 200 ? $"{line[..200]}…" : line.ToString());
    }

    [LoggerMessage(3201, LogLevel.Warning, "Progress {Phase} of {Run} from {Host} does not fit the run's host or token: not taken.")]
    private partial void NotTaken(string run, string host, RunPhase phase);
}
