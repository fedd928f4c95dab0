using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Planning.Gates.Lines;

internal sealed class CoverageGate : Gate
{
    private const int MostNamed = 3;
    private const int MostPaths = 8;
    private static readonly int Needed = WaiverFacts.Needed(WaiverKind.GapBudget);

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
        "Every critical tag keeps its minimum of live paths without this host and all that are away, proven now, or a gap budget that two people signed covers just this loss.";

    public override string Owner => "validation";

    protected override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts)
    {
        if (snapshot.Host is not { } host)
        {
            verdicts.Add(Block("host-unknown", snapshot.Job.Host, "the plant file has no such host, so what rests on it is not known: correct the job or the plant file"));
            return;
        }

        var lines = snapshot.Proofs.Tags.RestingOn(host);
        if (lines.IsEmpty)
            verdicts.Add(untouched);
        foreach (var line in lines)
            verdicts.Add(Found(snapshot, CoverageCut.Of(line, host, snapshot.Proofs.Paths)).About(line.Line));
    }

    private Finding Found(PlanningSnapshot snapshot, CoverageCut cut) => cut.Cut.IsEmpty ? kept.Of((cut.FewestLeft, cut.Tags)) : JudgeCut(snapshot, cut);

    private Finding JudgeCut(PlanningSnapshot snapshot, CoverageCut cut)
    {
        var value = $"{cut.Cut.Length} of {cut.Tags} critical tags cut";
        var reason = Describe(cut);
        var waivers = snapshot.Run.Waivers.Where(waiver => waiver.Gap is not null && waiver.Until > snapshot.Now).ToList();
        if (waivers.Find(waiver => waiver.Counts(snapshot.Now) && waiver.Gap!.Covers(cut.Line, cut.Cut.Select(tag => tag.Tag))) is { } accepted)
            return JudgeAccepted(snapshot, accepted, value, reason);
        var planned = snapshot.Job.GapBudget;
        if (planned is { } signed && snapshot.Job.ValidApprovers().Length >= Needed)
            return JudgeBudget(snapshot, signed, value, reason);
        if (waivers.Find(waiver => waiver.Counts(snapshot.Now)) is { } narrow)
            return Block("coverage-budget-exceeded", value,
                $"{reason}; the gap that {string.Join(" and ", narrow.By)} accepted is only for {narrow.Gap!.Words}: wait until the others have a path, or have this signed anew");
        if (waivers is [var asked, ..])
            return Block("coverage-budget-unsigned", value, $"{reason}; {asked.By[0]} asks to accept it, and a second person must sign the same on the job's page");
        return planned is { } budget ? JudgeBudget(snapshot, budget, value, reason)
            : cut.IsDoubt ? Block("coverage-unproven", value, $"{reason}: wait for proof, or look why there is none", doubt: true)
            : Block("coverage-cut", value, $"{reason}: wait until another path is live, add a redundant one, or have two people sign a gap budget on the job's page");
    }

    /// <summary>The budget is part of the job's content, so an approval of the job signs it; it needs two, however few the site asks for otherwise.</summary>
    private Finding JudgeBudget(PlanningSnapshot snapshot, TimeSpan budget, string value, string cut)
    {
        var approvers = snapshot.Job.ValidApprovers();
        return approvers.Length < Needed
            ? Block("coverage-budget-unsigned", value, $"{cut}; its gap budget of {Words.Span(budget)} is signed by {approvers.Length} of {Needed} people other than who asked for it: have the job approved")
            : TooShort(snapshot, budget, value, cut)
            ?? Pass("coverage-budgeted", value, $"{cut}; a gap of up to {Words.Span(budget)} is accepted for this job, signed by {string.Join(", ", approvers)}");
    }

    /// <summary>Two people looked at what this run would cost, and signed just that.</summary>
    private Finding JudgeAccepted(PlanningSnapshot snapshot, WaiverFacts accepted, string value, string cut) =>
        TooShort(snapshot, accepted.Gap!.Longest, value, cut)
        ?? (!snapshot.Run.State.Occupies && snapshot.Now + Longest(snapshot) > accepted.Until
            ? Block("coverage-budget-ends", value, $"{cut}; the gap that {string.Join(" and ", accepted.By)} accepted counts until {Words.Time(accepted.Until)}, before the host would be back: have it signed for longer")
            : Pass("coverage-budgeted", value,
                $"{cut}; {(accepted.Kind == WaiverKind.BreakGlass ? "the glass is broken for coverage too: " : "")}a gap of up to {Words.Span(accepted.Gap.Longest)} is accepted by {string.Join(" and ", accepted.By)} until {Words.Time(accepted.Until)} ({accepted.Reason})"));

    private Finding? TooShort(PlanningSnapshot snapshot, TimeSpan budget, string value, string cut) => Longest(snapshot) switch
    {
        null => Block("coverage-budget-unmeasured", value, $"{cut}; how long the host will be away is not known, so its gap budget cannot be compared: give the job's expected-duration", doubt: true),
        { } longest when longest > budget => Block("coverage-budget-short", value, $"{cut}; the gap budget of {Words.Span(budget)} is shorter than the {Words.Span(longest)} that the host may be away"),
        _ => null,
    };

    /// <summary>How long the host may be away; null when nobody has said.</summary>
    public static TimeSpan? Longest(PlanningSnapshot snapshot) => snapshot.Job.ExpectedDuration
        ?? (snapshot.Agent.Message?.Installed(snapshot.Job.Procedure) is { } installed ? TimeSpan.FromMilliseconds(installed.LongestMs) : null);

    /// <summary>What taking the run's host away now would cost: critical tags without their minimum of live paths, by line.</summary>
    public static ImmutableArray<LostTags> Lost(PlanningSnapshot snapshot) => snapshot.Host is not { } host ? [] :
    [
        .. snapshot.Proofs.Tags.RestingOn(host).Select(line => CoverageCut.Of(line, host, snapshot.Proofs.Paths)).Where(cut => !cut.Cut.IsEmpty)
            .Select(cut => LostTags.Of(cut.Line, cut.Cut.Select(tag => tag.Tag))).OrderBy(lost => lost.Line, StringComparer.Ordinal),
    ];

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
