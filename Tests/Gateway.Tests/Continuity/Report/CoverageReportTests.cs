using CsCheck;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Tests.Continuity.Report;

public sealed class CoverageReportTests
{
    private static readonly TimeRange Span = Range(0, 1000);

    [Fact]
    public void Attested_span_without_gaps_is_observed()
    {
        var report = CoverageReport.Of("t", Span, [new([Range(-10, 400), Range(400, 2000)], [])]);
        Assert.Equal((1000, 0, 0, 1.0), (report.ObservedMs, report.BackfilledMs, report.GapMs, report.Coverage));
        Assert.Empty(report.Uncovered);
    }

    [Fact]
    [Trait("Req", "GatewayDown")]
    public void Missing_attestation_is_a_gap_that_the_reader_finds()
    {
        var report = CoverageReport.Of("t", Span, [new([Range(0, 300), Range(700, 1000)], [])]);
        Assert.Equal((600, 400), (report.ObservedMs, report.GapMs));
        Assert.Equal((Range(300, 700), GapCause.GatewayDown), (report.Uncovered[0].Range, report.Uncovered[0].Cause));
    }

    [Fact]
    public void Open_gap_reaches_to_the_end_and_a_repaired_one_is_told_apart()
    {
        var report = CoverageReport.Of("t", Span, [new([Span], [Gap(100, 200, GapCause.ConnectionLost, GapRepair.Republished), Gap(900, null, GapCause.BadQuality)])]);
        Assert.Equal((800, 100, 100), (report.ObservedMs, report.BackfilledMs, report.GapMs));
        Assert.Equal([GapCause.ConnectionLost, GapCause.BadQuality], report.Uncovered.Select(part => part.Cause));
    }

    [Fact]
    [Trait("Req", "A tag is uncovered only where all its sources are")]
    public void Gaps_of_redundant_sources_are_intersected()
    {
        var report = CoverageReport.Of("t", Span, [new([Span], [Gap(100, 500, GapCause.ConnectionLost)]), new([Span], [Gap(400, 600, GapCause.ServerNotRunning)])]);
        Assert.Equal((900, 100), (report.ObservedMs, report.GapMs));
        Assert.Equal(Range(400, 500), Assert.Single(report.Uncovered).Range);
    }

    [Fact]
    public void Repair_counts_only_where_it_is_attested()
    {
        var report = CoverageReport.Of("t", Span, [new([Range(0, 150)], [Gap(100, 1000, GapCause.ConnectionLost, GapRepair.Transferred)])]);
        Assert.Equal((100, 50, 850), (report.ObservedMs, report.BackfilledMs, report.GapMs));
    }

    [Fact]
    [Trait("Req", "HistoryRead repairs")]
    public void What_history_proves_counts_though_the_gateway_was_down()
    {
        var report = CoverageReport.Of("t", Span, [new([Range(0, 300), Range(700, 1000)], [Gap(300, 600, GapCause.GatewayDown, GapRepair.Backfilled), Gap(600, 700, GapCause.GatewayDown)])]);
        Assert.Equal((600, 300, 100), (report.ObservedMs, report.BackfilledMs, report.GapMs));
    }

    [Fact]
    [Trait("Req", "A tag is uncovered only where all its sources are")]
    public void Gateway_that_is_patched_is_covered_by_the_other()
    {
        var report = CoverageReport.Of("t", Span, [new([Range(0, 300), Range(700, 1000)], []), new([Range(0, 350), Range(500, 1000)], [Gap(320, 500, GapCause.GatewayDown)])]);
        Assert.Equal((820, 180), (report.ObservedMs, report.GapMs));
        Assert.Equal(1000, CoverageReport.Of("t", Span, []).GapMs);
    }

    [Fact]
    [Trait("Req", "Every moment is accounted for")]
    public void Parts_add_up_to_the_span_whatever_the_gaps() => Gen.Select(
        Gen.Select(Gen.Int[-100, 1100], Gen.Int[0, 400]).List[0, 6],
        Gen.Select(Gen.Int[-100, 1100], Gen.Int[0, 400], Gen.Bool, Gen.Bool).List[0, 8].List[1, 3]).Sample(
        (attested, sources) =>
        {
            var spans = attested.Select(pair => Range(pair.Item1, pair.Item1 + pair.Item2)).ToList();
            var accounts = sources.Select((gaps, index) => new SourceAccount(index == 0 ? spans : [Span], [.. gaps.Select(gap => Gap(gap.Item1, gap.Item3 ? null : gap.Item1 + gap.Item2, GapCause.BadQuality, gap.Item4 ? GapRepair.Backfilled : GapRepair.None))])).ToList();
            var report = CoverageReport.Of("t", Span, accounts);
            // However they are told.
            accounts.Reverse();
            var turned = CoverageReport.Of("t", Span, accounts);
            Assert.Equal((report.ObservedMs, report.BackfilledMs, report.GapMs), (turned.ObservedMs, turned.BackfilledMs, turned.GapMs));
            Assert.Equal(1000, report.ObservedMs + report.BackfilledMs + report.GapMs);
            Assert.Equal(report.BackfilledMs + report.GapMs, report.Uncovered.Sum(part => (long)part.Range.Duration.TotalMilliseconds));
            Assert.All(report.Uncovered.Zip(report.Uncovered.Skip(1)), pair => Assert.True(pair.First.Range.End <= pair.Second.Range.Start));
        });

    private static DateTimeOffset At(int milliseconds) => FoldFixture.At(milliseconds).ToDateTimeOffset();

    private static TimeRange Range(int start, int end) => new(At(start), At(end));

    private static Gap Gap(int start, int? end, GapCause cause, GapRepair repair = GapRepair.None) => new()
    {
        Id = $"{start}", Tag = "t", Line = "l", Gateway = "g", Server = "s", Cause = cause, Start = At(start), End = end is { } ended ? At(ended) : null, Repair = repair,
    };
}
