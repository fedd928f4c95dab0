using CsCheck;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

public sealed class HostCalendarTests
{
    private static readonly Gen<TimeRange> Range = Gen.Select(Gen.Int[0, 100], Gen.Int[1, 30], (start, length) =>
        new TimeRange(Facts.Now.AddMinutes(start), Facts.Now.AddMinutes(start + length)));

    [Fact]
    public void Union_holds_exactly_the_instants_of_its_ranges() =>
        Gen.Select(Range.Array[0, 8], Gen.Int[0, 140]).Sample((ranges, minute) =>
        {
            var instant = Facts.Now.AddMinutes(minute);
            return HostCalendar.Union(ranges).Any(range => range.Contains(instant)) == ranges.Any(range => range.Contains(instant));
        });

    [Fact]
    public void Intersection_holds_exactly_the_instants_of_both() =>
        Gen.Select(Range.Array[0, 8], Range.Array[0, 8], Gen.Int[0, 140]).Sample((left, right, minute) =>
        {
            var instant = Facts.Now.AddMinutes(minute);
            var both = HostCalendar.Intersection(HostCalendar.Union(left), HostCalendar.Union(right));
            return both.Any(range => range.Contains(instant)) == (left.Any(range => range.Contains(instant)) && right.Any(range => range.Contains(instant)));
        });

    [Fact]
    public void Every_layer_that_has_windows_must_be_open()
    {
        var calendar = Facts.Calendar(
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), (Facts.Now, Facts.Now.AddHours(4))),
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), (Facts.Now.AddHours(1), Facts.Now.AddHours(2))),
            Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, TestPlant.Packaging), (Facts.Now.AddHours(3), Facts.Now.AddHours(4))));

        var hmi = HostCalendar.Of(TestPlant.Model.Hosts[0], TestPlant.Model, calendar);
        var server = HostCalendar.Of(TestPlant.Model.Hosts[1], TestPlant.Model, calendar);

        Assert.Equal([new TimeRange(Facts.Now.AddHours(1), Facts.Now.AddHours(2))], hmi.Windows);
        Assert.True(server.HasWindows);
        Assert.Empty(server.Windows);
    }
}
