using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>How long a hold must last: the permit, the longest chain of steps with its rollback, the proof of health, and a margin.</summary>
internal static class HoldDuration
{
    public static TimeSpan Of(JobFacts job, EvidenceSnapshot evidence, SchedulerOptions options)
    {
        var longest = evidence.Agent(job.Host).Message?.Procedures.FirstOrDefault(procedure => procedure.Name == job.Procedure)?.LongestMs ?? 0;
        return options.PermitLifetime + TimeSpan.FromMilliseconds(Math.Clamp(longest, 0, 7 * 86_400_000L)) + options.VerifyWithin + options.HoldMargin;
    }
}
