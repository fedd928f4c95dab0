using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning.Fit;

public sealed class NeededTimeTests
{
    private static readonly FitFacts Added = new() { Reboot = TimeSpan.FromMinutes(3), Rollback = TimeSpan.FromMinutes(5), Margin = TimeSpan.FromMinutes(2) };

    [Theory]
    [InlineData(100, 95)]
    [InlineData(20, 19)]
    [InlineData(21, 20)]
    [InlineData(1, 1)]
    public void Percentile_is_the_least_value_that_19_of_20_do_not_exceed(int count, int expected) =>
        Assert.Equal(TimeSpan.FromMinutes(expected), Past(Enumerable.Range(1, count).Reverse()).Of(Facts.Procedure, "hmi")!.P95);

    [Theory]
    [InlineData(null, 10, false, 10)] // Nothing measured: declared.
    [InlineData(4, 10, false, 10)]    // Enough runs were faster: measured.
    [InlineData(30, 10, false, 30)]   // They were slower: measured.
    [InlineData(4, 10, true, 10)]     // The job speaks of its own patch.
    [InlineData(30, 10, true, 30)]    // But runs that were slower still count.
    public void Measured_time_counts_when_it_may(int? measured, int declared, bool byJob, int expected)
    {
        var past = measured is { } minutes ? Past(Enumerable.Repeat(minutes, 10)) : PastDurations.None;
        var job = Facts.Open.Job with { ExpectedDuration = TimeSpan.FromMinutes(declared), Fit = Added with { DeclaredByJob = byJob } };
        // A measurement below what was declared counts only where nobody declared it for this patch.
        var work = measured == 4 && !byJob ? 4 : expected;

        Assert.Equal(TimeSpan.FromMinutes(work + 10), NeededTime.Of(job, TestPlant.Model.Hosts[0], past, null)!.Total);
    }

    [Fact]
    public void Few_runs_lengthen_what_was_declared_and_never_shorten_it()
    {
        var job = Facts.Open.Job with { ExpectedDuration = TimeSpan.FromMinutes(10) };
        var host = TestPlant.Model.Hosts[0];

        Assert.Equal(TimeSpan.FromMinutes(10), NeededTime.Of(job, host, Past([2, 3]), null)!.Total);
        Assert.Equal(TimeSpan.FromMinutes(25), NeededTime.Of(job, host, Past([2, 25]), null)!.Total);
    }

    [Fact]
    public void Another_class_of_host_says_nothing() =>
        Assert.Null(NeededTime.Of(Facts.Open.Job, TestPlant.Model.Hosts[1], Past([3, 3, 3, 3, 3, 3]), null));

    [Fact]
    public void Words_name_every_part() =>
        Assert.Equal(
            "14m (P95 of 10 runs on hmi 4m, reboot 3m, rollback 5m, margin 2m)",
            NeededTime.Of(Facts.Open.Job with { Fit = Added }, TestPlant.Model.Hosts[0], Past(Enumerable.Repeat(4, 10)), null)!.Words(Added));

    [Fact]
    public void Next_planned_batch_cuts_the_window()
    {
        var batch = Facts.Rule(CalendarKind.Batch, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), (Facts.Now.AddMinutes(9), Facts.Now.AddHours(1)));
        var open = Facts.Open with { Calendar = Facts.Open.Calendar with { Rules = Facts.Open.Calendar.Rules.Add(batch) } };

        var verdict = Assert.Single(Gate.Evaluate(open), item => item.Gate == "window");

        Assert.Equal(("window-too-short", Facts.Now.AddHours(1)), (verdict.Code, verdict.ExpectedClearing));
        Assert.Contains("Batch", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_that_is_planned_now_blocks_until_its_end()
    {
        var batch = Facts.Rule(CalendarKind.Batch, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), (Facts.Now.AddMinutes(-9), Facts.Now.AddHours(1)));
        var open = Facts.Open with { Calendar = Facts.Open.Calendar with { Rules = Facts.Open.Calendar.Rules.Add(batch) } };

        Assert.Equal(("batch-planned", Facts.Now.AddHours(1)), Assert.Single(Gate.Evaluate(open), item => item.Gate == "window") is var verdict ? (verdict.Code, verdict.ExpectedClearing) : default);
    }

    [Fact]
    public void Reboot_rollback_and_margin_must_fit_too()
    {
        var snug = Facts.Open with { Job = Facts.Open.Job with { ExpectedDuration = TimeSpan.FromHours(2) } };

        Assert.Equal("window-open", Window(snug));
        Assert.Equal("window-too-short", Window(snug with { Job = snug.Job with { Fit = new FitFacts { Margin = TimeSpan.FromMinutes(1) } } }));
    }

    [Fact]
    public void Turn_within_a_window_is_the_same_for_whoever_asks_and_never_too_late()
    {
        var window = new TimeRange(Facts.Now, Facts.Now.AddHours(2));
        var turns = Enumerable.Range(0, 200).Select(number => StartJitter.Of($"J{number}.1", window, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(20))).ToList();

        Assert.Equal(turns, Enumerable.Range(0, 200).Select(number => StartJitter.Of($"J{number}.1", window, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(20))));
        Assert.All(turns, turn => Assert.InRange(turn, TimeSpan.Zero, TimeSpan.FromMinutes(30)));
        Assert.InRange(turns.Distinct().Count(), 100, 200);
        Assert.Equal(TimeSpan.Zero, StartJitter.Of("J1.1", window, TimeSpan.FromMinutes(30), TimeSpan.FromHours(2)));
    }

    [Fact]
    public void Job_whose_turn_has_not_come_waits_for_it()
    {
        var begins = Facts.Calendar(Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), (Facts.Now, Facts.Now.AddHours(2))));
        var open = Facts.Open with { Calendar = begins, Job = Facts.Open.Job with { Fit = new FitFacts { Jitter = TimeSpan.FromMinutes(30) } } };
        var turn = Facts.Now + StartJitter.Of("J1.1", new TimeRange(Facts.Now, Facts.Now.AddHours(2)), TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(10));

        Assert.Equal("window-jitter", Window(open));
        Assert.Equal("window-open", Window(open with { Now = turn }));
    }

    private static string Window(PlanningSnapshot snapshot) => Assert.Single(Gate.Evaluate(snapshot), verdict => verdict.Gate == "window").Code;

    private static PastDurations Past(IEnumerable<int> minutes) => PastDurations.Of(minutes.Select(count => (Facts.Procedure, "hmi", TimeSpan.FromMinutes(count))));
}
