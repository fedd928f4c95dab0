using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Shell;

namespace PatchEdge.Scheduler.Features.Jobs.Pages;

/// <summary>What a job's card says first.</summary>
public static class JobWords
{
    /// <summary>Why not now, in one sentence.</summary>
    public static string Summary(JobView job, ImmutableArray<Verdict> verdicts)
    {
        var blocking = verdicts.Count(verdict => verdict.Outcome == GateOutcome.Block);
        return job.State switch
        {
            RunState.Requested or RunState.Approved or RunState.Armed when verdicts.IsEmpty => "Waiting; its gates have not been looked at yet.",
            RunState.Requested or RunState.Approved or RunState.Armed when blocking == 0 => $"Every gate passes: waiting for the agent on {job.Host} to answer.",
            RunState.Requested or RunState.Approved or RunState.Armed => $"Waiting: {blocking} of {Wording.Count(verdicts.Length, "gate")} block{(blocking == 1 ? "s" : "")}.",
            RunState.Executing when job.StopRequested => "Executing; it was asked to stop and gets no further go-ahead.",
            RunState.Executing => $"Executing{(job.Step is null ? "" : $" step {job.Step}")}{(job.Phase is null ? "" : $": {Wording.Spaced(job.Phase)}")}.",
            RunState.Quarantined => $"Its outcome is not known: {Sentence(job.Reason)}",
            _ => Sentence(job.Reason),
        };
    }

    private static string Sentence(string text) =>
        text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..] + (text[^1] is '.' or '!' or '?' ? "" : ".");
}
