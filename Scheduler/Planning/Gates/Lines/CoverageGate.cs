using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

internal sealed class CoverageGate : Gate
{
    private const int MostNamed = 3;
    private const int MostPaths = 8;

    private readonly Finding untouched;
    private readonly Findings<(int Left, int Tags)> kept;

    public CoverageGate()
    {
        untouched = Pass("coverage-untouched", "no path", "no path of a critical tag rests on this host");
        kept = new(found => Pass(
            "coverage-kept", $"{found.Left} live {Word(found.Left)} left",
            $"without this host each of the line's {found.Tags} critical tags keeps at least {found.Left} live {Word(found.Left)}"));
    }

    public override string Name => "coverage";

    public override string Rule =>
        "Every critical tag keeps its minimum of live paths without this host and all that are away, proven now, or an approved gap budget of this job covers the loss.";

    public override string Owner => "validation";

    protected override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts)
    {
        if (snapshot.Host is not { } host)
        {
            verdicts.Add(Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so what rests on it is not known: correct the job or the plant file"));
            return;
        }

        var lines = CriticalTags.RestingOn(snapshot.Plant, host.Name);
        if (lines.IsEmpty)
            verdicts.Add(untouched);
        foreach (var line in lines)
            verdicts.Add(Found(snapshot, CoverageCut.Of(line, host.Name, snapshot.Proofs.Paths)).About(line.Line));
    }

    private Finding Found(PlanningSnapshot snapshot, CoverageCut cut)
    {
        if (cut.Cut.IsEmpty)
            return kept.Of((cut.FewestLeft, cut.Tags));
        var value = $"{cut.Cut.Length} of {cut.Tags} critical tags cut";
        var reason = Describe(cut);
        return snapshot.Job.GapBudget is { } budget ? JudgeBudget(snapshot, budget, value, reason)
            : cut.IsDoubt ? Block("coverage-unproven", value, $"{reason}: wait for proof, or look why there is none", doubt: true)
            : Block("coverage-cut", value, $"{reason}: wait until another path is live, add a redundant one, or have a gap budget approved with the job");
    }

    /// <summary>The budget is part of the job's content, so an approval of the job signs it; one that nobody else has signed covers nothing.</summary>
    private Finding JudgeBudget(PlanningSnapshot snapshot, TimeSpan budget, string value, string cut)
    {
        var approvers = snapshot.Job.ValidApprovers();
        var longest = snapshot.Job.ExpectedDuration
            ?? (snapshot.Evidence.Agent(snapshot.Job.Host).Message?.Installed(snapshot.Job.Procedure) is { } installed ? TimeSpan.FromMilliseconds(installed.LongestMs) : null);
        return approvers.IsEmpty ? Block("coverage-budget-unsigned", value, $"{cut}; its gap budget of {Words.Span(budget)} is signed by nobody but who asked for it: have the job approved")
            : longest is null ? Block("coverage-budget-unmeasured", value, $"{cut}; how long the host will be away is not known, so its gap budget cannot be compared: give the job's expected-duration", doubt: true)
            : longest > budget ? Block("coverage-budget-short", value, $"{cut}; the gap budget of {Words.Span(budget)} is shorter than the {Words.Span(longest.Value)} that the host may be away")
            : Pass("coverage-budgeted", value, $"{cut}; a gap of up to {Words.Span(budget)} is accepted for this job, signed by {string.Join(", ", approvers)}");
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
