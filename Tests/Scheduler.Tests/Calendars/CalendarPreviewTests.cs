using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Calendars;

public sealed class CalendarPreviewTests
{
    private static readonly CalendarScope Site = new(CalendarLayer.Site, "");

    [Fact]
    public void Long_time_without_a_chance_is_flagged_for_the_hosts_concerned()
    {
        var calendar = Facts.Calendar(
            Facts.Rule(CalendarKind.Window, Site, (Facts.Now.AddDays(1), Facts.Now.AddDays(1).AddHours(4)), (Facts.Now.AddDays(50), Facts.Now.AddDays(50).AddHours(4)), (Facts.Now.AddDays(70), Facts.Now.AddDays(70).AddHours(4))),
            Facts.Rule(CalendarKind.Freeze, new CalendarScope(CalendarLayer.Line, TestPlant.Chamber), (Facts.Now.AddDays(49), Facts.Now.AddDays(51))));

        var flags = Preview(calendar).Flags.Where(flag => flag.Kind == FlagKind.Gap).ToList();

        // 49 days for all; the freeze makes 69 of them for the chamber's host, which has a calendar of its own.
        Assert.Equal(2, flags.Count);
        Assert.Contains(flags, flag => flag.Text.Contains(TestPlant.ChamberHost, StringComparison.Ordinal) && flag.Text.Contains("69 days", StringComparison.Ordinal));
        Assert.Contains(flags, flag => flag.Text.Contains(TestPlant.Hmi, StringComparison.Ordinal) && flag.Text.Contains("49 days", StringComparison.Ordinal));
    }

    [Fact]
    public void Host_without_any_window_is_flagged() =>
        Assert.Contains("nothing is ever released", Assert.Single(Preview(Facts.Calendar()).Flags).Text, StringComparison.Ordinal);

    [Fact]
    public void Freeze_over_a_window_is_flagged_once_and_one_elsewhere_is_not()
    {
        var calendar = Facts.Calendar(
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), [.. Enumerable.Range(0, 40).Select(day => (Facts.Now.AddDays(day), Facts.Now.AddDays(day).AddHours(4)))]),
            Facts.Rule(CalendarKind.Freeze, Site, (Facts.Now.AddDays(3), Facts.Now.AddDays(6))),
            Facts.Rule(CalendarKind.Batch, new CalendarScope(CalendarLayer.Line, TestPlant.Packaging), (Facts.Now.AddDays(10), Facts.Now.AddDays(11))));

        var flag = Assert.Single(Preview(calendar, 39).Flags, flag => flag.Kind == FlagKind.Overlap);

        Assert.Contains("takes all of window", flag.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Window_in_which_clocks_change_is_flagged()
    {
        var rule = Facts.Rule(CalendarKind.Window, Site, [.. Enumerable.Range(0, 60).Select(day => (Facts.Now.AddDays(day).AddHours(12), Facts.Now.AddDays(day).AddHours(18)))]) with { Zone = "Europe/Berlin" };

        var flag = Assert.Single(Preview(Facts.Calendar(rule), 59).Flags, flag => flag.Kind == FlagKind.ClockChange);

        // On 29 March 2026 at 01:00 UTC.
        Assert.True(flag.Range.Contains(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Preview_of_one_host_leaves_out_what_is_for_others()
    {
        var calendar = Facts.Calendar(
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), (Facts.Now, Facts.Now.AddHours(4))),
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, TestPlant.Chamber), (Facts.Now, Facts.Now.AddHours(4))));

        Assert.Equal(TestPlant.Filling, Assert.Single(CalendarPreview.Of(calendar, TestPlant.Model, Facts.Now, Facts.Now.AddDays(9), TestPlant.Hmi).Occasions).Rule.Scope.Name);
    }

    private static CalendarPreview Preview(CalendarFacts calendar, int days = 75) => CalendarPreview.Of(calendar, TestPlant.Model, Facts.Now, Facts.Now.AddDays(days), null);
}
