using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Calendars;

public sealed class CalendarFileTests : IDisposable
{
    private static readonly TimeRange Year = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("patchedge-calendars-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Weekly_window_keeps_its_local_start_across_daylight_saving()
    {
        var rule = Assert.Single(Read("windows.ics", Event("DTSTART;TZID=Europe/Berlin:20260322T220000", "DURATION:PT4H", "RRULE:FREQ=WEEKLY;COUNT=3")).Rules);

        Assert.Equal(CalendarKind.Window, rule.Kind);
        Assert.Equal(["2026-03-22T21:00", "2026-03-29T20:00", "2026-04-05T20:00"], rule.Occurrences.Select(range => $"{range.Start:yyyy-MM-ddTHH:mm}"));
        Assert.All(rule.Occurrences, range => Assert.Equal(TimeSpan.FromHours(4), range.Duration));
    }

    [Fact]
    public void Skipped_start_moves_to_the_first_valid_instant()
    {
        var rule = Assert.Single(Read("windows.ics", Event("DTSTART;TZID=Europe/Berlin:20260328T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")).Rules);

        // On 29 March 2026 clocks go from 02:00 to 03:00, which is 01:00 UTC.
        Assert.Equal(["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"], rule.Occurrences.Select(range => $"{range.Start:yyyy-MM-ddTHH:mm}"));
    }

    [Fact]
    public void Repeated_hour_fires_once_and_first()
    {
        var rule = Assert.Single(Read("windows.ics", Event("DTSTART;TZID=Europe/Berlin:20261024T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")).Rules);

        Assert.Equal(["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"], rule.Occurrences.Select(range => $"{range.Start:yyyy-MM-ddTHH:mm}"));
    }

    [Fact]
    public void Window_past_midnight_and_an_exception_date_are_kept()
    {
        var rule = Assert.Single(Read("site.ics", Event(
            "DTSTART;TZID=Europe/Berlin:20260105T220000", "DTEND;TZID=Europe/Berlin:20260106T060000", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260112T220000",
            "CATEGORIES:WINDOW,LINE:Filling")).Rules);

        Assert.Equal(["2026-01-05T21:00", "2026-01-19T21:00"], rule.Occurrences.Select(range => $"{range.Start:yyyy-MM-ddTHH:mm}"));
        Assert.Equal(new CalendarScope(CalendarLayer.Line, "Filling"), rule.Scope);
        Assert.Equal(TimeSpan.FromHours(8), rule.Occurrences[0].Duration);
    }

    [Theory]
    [InlineData("DTEND", "DTSTART:20260105T220000Z", "DTEND:20260105T220000Z", "CATEGORIES:WINDOW")]
    [InlineData("DTEND", "DTSTART:20260105T220000Z", "DTEND:20260105T210000Z", "CATEGORIES:WINDOW")]
    [InlineData("DTSTART", "DTSTART:20260105T220000", "DURATION:PT1H", "CATEGORIES:WINDOW")]
    [InlineData("DTSTART", "DTSTART;TZID=Mars/Olympus:20260105T220000", "DURATION:PT1H", "CATEGORIES:WINDOW")]
    [InlineData("CATEGORIES", "DTSTART:20260105T220000Z", "DURATION:PT1H", "CATEGORIES:HOLIDAY")]
    [InlineData("CATEGORIES", "DTSTART:20260105T220000Z", "DURATION:PT1H", "CATEGORIES:WINDOW,LINE:Fillng")]
    [InlineData("RRULE", "DTSTART:20260105T220000Z", "DURATION:PT30H", "RRULE:FREQ=DAILY;COUNT=3", "CATEGORIES:WINDOW")]
    public void Bad_event_is_refused_with_its_line(string key, params string[] lines)
    {
        var (rules, errors) = Read("site.ics", Event(lines));

        Assert.Empty(rules);
        Assert.Contains(errors, error => error.Key == key && error.Line == 4);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260105T220000Z\r\n")]
    public void Text_that_is_no_calendar_is_refused(string text)
    {
        var (rules, errors) = Read("site.ics", text);

        Assert.Empty(rules);
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Shelf_tells_overlapping_windows_of_one_scope()
    {
        Write("a.ics", Event("DTSTART:20260105T220000Z", "DURATION:PT4H", "CATEGORIES:WINDOW", "SUMMARY:Night"));
        Write("b.ics", Event("DTSTART:20260106T010000Z", "DURATION:PT4H", "CATEGORIES:WINDOW", "SUMMARY:Early"));
        var shelf = new CalendarShelf(folder.FullName, TestPlant.Model, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Year.Start));

        Assert.True(shelf.Refresh());
        Assert.False(shelf.Refresh());

        Assert.Contains("Night", Assert.Single(shelf.Current.Errors).Message, StringComparison.Ordinal);
    }

    private (System.Collections.Immutable.ImmutableArray<CalendarRule> Rules, System.Collections.Immutable.ImmutableArray<PatchEdge.Plant.Files.ConfigurationError> Errors) Read(string name, string text) =>
        new CalendarFile(Write(name, text), TestPlant.Model, Year).Read();

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Event(params string[] lines) => string.Join("\r\n",
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:1@test", "DTSTAMP:20260101T000000Z", .. lines, "END:VEVENT", "END:VCALENDAR", ""]);
}
