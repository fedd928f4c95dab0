using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class CoverageGate : Gate
{
    private const int MostNamed = 3;
    private const int MostPaths = 8;

    private readonly Verdict untouched;

    public CoverageGate() => untouched = Pass("coverage-untouched", "no path", "no path of a critical tag rests on this host");

    public override string Name => "coverage";

    public override string Rule =>
        "Every critical tag keeps its minimum of live paths without this host and all that are away, proven now, or an approved gap budget of this job covers the loss.";

    public override string Owner => "validation";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        if (snapshot.Host is not { } host)
        {
            yield return Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so what rests on it is not known: correct the job or the plant file");
            yield break;
        }

        var groups = CriticalTags.RestingOn(snapshot.Plant, host.Name);
        if (groups.IsEmpty)
        {
            yield return untouched;
            yield break;
        }

        foreach (var cut in CoverageCut.Of(groups, host.Name, JudgeOf(snapshot, host, groups)))
            yield return Judge(snapshot, cut);
    }

    private Verdict Judge(PlanningSnapshot snapshot, CoverageCut cut)
    {
        if (cut.Cut.IsEmpty)
            return Pass(
                "coverage-kept", $"{cut.FewestLeft} live {Word(cut.FewestLeft)} left",
                $"without this host each of the line's {cut.Tags} critical tags keeps at least {cut.FewestLeft} live {Word(cut.FewestLeft)}", cut.Line);
        var value = $"{cut.Cut.Length} of {cut.Tags} critical tags cut";
        var reason = Describe(cut);
        return snapshot.Job.GapBudget is { } budget ? JudgeBudget(snapshot, budget, value, reason, cut)
            : cut.IsDoubt ? Block("coverage-unproven", value, $"{reason}: wait for proof, or look why there is none", cut.Line, doubt: true)
            : Block("coverage-cut", value, $"{reason}: wait until another path is live, add a redundant one, or have a gap budget approved with the job", cut.Line);
    }

    /// <summary>The budget is part of the job's content, so an approval of the job signs it; one that nobody else has signed covers nothing.</summary>
    private Verdict JudgeBudget(PlanningSnapshot snapshot, TimeSpan budget, string value, string cut, CoverageCut line)
    {
        var approvers = snapshot.Job.ValidApprovers().ToList();
        var longest = snapshot.Job.ExpectedDuration
            ?? snapshot.Evidence.Agent(snapshot.Job.Host).Message?.Procedures.Where(procedure => procedure.Name == snapshot.Job.Procedure).Select(procedure => (TimeSpan?)TimeSpan.FromMilliseconds(procedure.LongestMs)).FirstOrDefault();
        return approvers.Count == 0 ? Block("coverage-budget-unsigned", value, $"{cut}; its gap budget of {Words.Span(budget)} is signed by nobody but who asked for it: have the job approved", line.Line)
            : longest is null ? Block("coverage-budget-unmeasured", value, $"{cut}; how long the host will be away is not known, so its gap budget cannot be compared: give the job's expected-duration", line.Line, doubt: true)
            : longest > budget ? Block("coverage-budget-short", value, $"{cut}; the gap budget of {Words.Span(budget)} is shorter than the {Words.Span(longest.Value)} that the host may be away", line.Line)
            : Pass("coverage-budgeted", value, $"{cut}; a gap of up to {Words.Span(budget)} is accepted for this job, signed by {string.Join(", ", approvers)}", line.Line);
    }

    /// <summary>Asks only the hosts that the paths in question rest on: a plant has many more.</summary>
    private static PathJudge JudgeOf(PlanningSnapshot snapshot, Host host, ImmutableArray<TagGroup> groups)
    {
        var away = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var other in snapshot.Others.Occupying)
            away[other.Host] = $"{other.Id} is {other.State}";
        var unhealthy = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var known in groups.SelectMany(group => group.Paths).SelectMany(path => path.Hosts).Distinct(StringComparer.Ordinal)
            .Where(known => known != host.Name && !away.ContainsKey(known) && snapshot.Plant.HostNamed(known) is not null))
        {
            var agent = snapshot.Evidence.Agent(known);
            if (!agent.IsFresh)
                unhealthy[known] = agent.Doubt;
            else if (agent.Message!.Fault is { Length: > 0 } fault)
                unhealthy[known] = $"its agent has a fault: {fault}";
        }

        return new PathJudge(host.Name, away, unhealthy, snapshot.Plant, snapshot.Evidence);
    }

    private static string Describe(CoverageCut cut)
    {
        var worst = cut.Cut.MinBy(tag => tag.Live)!;
        var names = string.Join(", ", cut.Cut.Take(MostNamed).Select(tag => tag.Tag)) + (cut.Cut.Length > MostNamed ? $" and {cut.Cut.Length - MostNamed} more" : "");
        var left = worst.Paths.Where(path => path.Standing == PathStanding.Live).ToList();
        var lost = worst.Paths.Where(path => path.Standing != PathStanding.Live).ToList();
        return $"{names} would keep {(left.Count == 0 ? "no live path" : $"{left.Count} live {Word(left.Count)} ({Listed(left)})")} of the {worst.Minimum} needed; taken or not proven: {Listed(lost)}";
    }

    private static string Listed(List<JudgedPath> paths) =>
        string.Join(", ", paths.Take(MostPaths)) + (paths.Count > MostPaths ? $" and {paths.Count - MostPaths} more" : "");

    private static string Word(int paths) => paths == 1 ? "path" : "paths";
}
