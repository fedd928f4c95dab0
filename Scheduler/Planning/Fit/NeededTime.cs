using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Planning.Fit;

/// <summary>How long a job needs its host and lines, and what that rests on. Pure.</summary>
/// <param name="Work">What its steps take.</param>
/// <param name="Total">With reboot, rollback and margin.</param>
/// <param name="Basis">Where <paramref name="Work"/> comes from, for people; empty when it is only declared.</param>
internal sealed record NeededTime(TimeSpan Work, TimeSpan Total, string Basis)
{
    private static NeededTime? last;
    private static Tuple<NeededTime, FitFacts, string>? said;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <param name="job">The job.</param>
    /// <param name="host">Its host; null when the plant file has it no more.</param>
    /// <param name="past">What was measured.</param>
    /// <param name="agent">The host's agent, whose procedure says how long it takes at most; null when it was not heard.</param>
    /// <returns>Null when nobody knows.</returns>
    public static NeededTime? Of(JobFacts job, Host? host, PastDurations past, AgentStatus? agent)
    {
        var measured = host is null || past.IsEmpty ? null : past.Of(job.Procedure, host.Class);
        var declared = job.ExpectedDuration ?? Timeouts(job, agent);
        // A few runs may lengthen what was declared and never shorten it; neither may the runs of other patches shorten what this job says of its own.
        var counts = measured is not null && (declared is null || measured.P95 > declared || (measured.IsEnough && !job.Fit.DeclaredByJob));
        if (counts)
            return Of(measured!.P95, measured.IsEnough ? $"P95 of {measured.Samples} runs on {host!.Class}" : $"longest of {measured.Samples} run(s) on {host!.Class}", job.Fit);
        return declared is { } said ? Of(said, job.ExpectedDuration is null ? "its steps' timeouts" : "", job.Fit) : null;
    }

    /// <summary><c>27m (P95 of 12 runs on hmi 17m, rollback 5m, margin 5m)</c>; without brackets when nothing is added.</summary>
    public string Words(FitFacts fit)
    {
        if (Basis.Length == 0 && Work == Total)
            return Planning.Words.Span(Total);
        // Most jobs of a site need the same, so the last words are kept; two threads that write them at once write words that are right.
        var known = said;
        if (known is null || known.Item1 != this || known.Item2 != fit)
            said = known = Tuple.Create(this, fit, Say(fit));
        return known.Item3;
    }

    private string Say(FitFacts fit)
    {
        var parts = new List<string> { $"{(Basis.Length == 0 ? "declared" : Basis)} {Planning.Words.Span(Work)}" };
        foreach (var (name, span) in new[] { ("reboot", fit.Reboot), ("rollback", fit.Rollback), ("margin", fit.Margin) })
            if (span > TimeSpan.Zero)
                parts.Add($"{name} {Planning.Words.Span(span)}");
        return $"{Planning.Words.Span(Total)} ({string.Join(", ", parts)})";
    }

    private static NeededTime Of(TimeSpan work, string basis, FitFacts fit)
    {
        var total = work + fit.Reboot + fit.Rollback + fit.Margin;
        // The last is kept as its words are: whoever needs as much shares it.
        if (last is { } known && known.Work == work && known.Total == total && known.Basis == basis)
            return known;
        return last = new NeededTime(work, total, basis);
    }

    private static TimeSpan? Timeouts(JobFacts job, AgentStatus? agent) =>
        agent?.Installed(job.Procedure) is { } procedure ? TimeSpan.FromMilliseconds(Math.Clamp(procedure.LongestMs, 0, Longest.TotalMilliseconds)) : null;
}
