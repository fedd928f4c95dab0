using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Calendars;

public sealed class BatchTableTests : IDisposable
{
    private static readonly TimeRange Year = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("patchedge-batches-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("line,start,end,batch\nFilling,2026-03-02T06:00:00+01:00,2026-03-02T14:00:00+01:00,B-7\n")]
    [InlineData("Batch;Line;End;Start;Zone\r\n\"B-7\";Filling;2026-03-02 14:00;2026-03-02 06:00;Europe/Berlin\r\n\r\n")]
    [InlineData("line\tstart\tend\tbatch\nFilling\t2026-03-02T05:00Z\t2026-03-02T13:00Z\tB-7")]
    public void Batch_of_a_line_is_read_whatever_its_separator_order_and_zone(string text)
    {
        var (rules, errors) = Read(text);

        Assert.Empty(errors);
        var rule = Assert.Single(rules);
        Assert.Equal((CalendarKind.Batch, new CalendarScope(CalendarLayer.Line, "Filling"), "B-7"), (rule.Kind, rule.Scope, rule.Title));
        Assert.Equal(new TimeRange(At(5), At(13)), Assert.Single(rule.Occurrences));
    }

    [Fact]
    public void Batch_without_end_is_a_cutoff_and_no_more()
    {
        var rule = Assert.Single(Read("line,start\nFilling,2026-03-02T05:00:00Z\n").Rules);

        Assert.Equal(At(5), rule.Occurrences[0].Start);
        Assert.True(rule.Occurrences[0].Duration <= TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Quoted_field_may_hold_separators_and_lines()
    {
        var rule = Assert.Single(Read("line,start,batch\nFilling,2026-03-02T05:00:00Z,\"B-7, the \"\"big\"\" one\"\n").Rules);

        Assert.Equal("B-7, the \"big\" one", rule.Title);
    }

    [Theory]
    [InlineData("line", 2, "line,start\nFillng,2026-03-02T05:00:00Z\n")]
    [InlineData("start", 2, "line,start\nFilling,02.03.2026 05:00\n")]
    [InlineData("start", 2, "line,start\nFilling,2026-03-02 05:00\n")]
    [InlineData("end", 3, "line,start,end\nFilling,2026-03-02T05:00:00Z,2026-03-02T06:00:00Z\nFilling,2026-03-02T05:00:00Z,2026-03-02T05:00:00Z\n")]
    [InlineData("end", 2, "line,start,end\nFilling,2026-03-02T05:00:00Z,2026-03-02T04:00:00Z\n")]
    [InlineData("zone", 2, "line,start,zone\nFilling,2026-03-02 05:00,Berlin\n")]
    [InlineData("start", 1, "line,end\n")]
    [InlineData("lyne", 1, "lyne,start\n")]
    [InlineData("", 1, "")]
    [InlineData("", 0, "line,start,batch\nFilling,2026-03-02T05:00:00Z,\"open\n")]
    [Trait("Req", "hostile-63")]
    public void Wrong_row_is_told_with_its_line_and_column(string column, int line, string text)
    {
        var (rules, errors) = Read(text);

        Assert.Empty(rules);
        Assert.Contains(errors, error => (error.Key, error.Line) == (column, line) && error.Message.Length > 0);
    }

    [Fact]
    public void Shelf_reads_batches_beside_calendars_and_tells_their_errors()
    {
        var batches = folder.CreateSubdirectory("batches");
        File.WriteAllText(Path.Combine(batches.FullName, "mes.csv"), "line,start\nFilling,2026-03-02T05:00:00Z\n");
        File.WriteAllText(Path.Combine(batches.FullName, "more.ics"), string.Join("\r\n",
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:1@test", "DTSTAMP:20260101T000000Z", "DTSTART:20260303T050000Z", "DURATION:PT8H", "CATEGORIES:LINE:Packaging", "SUMMARY:B-8",
            "END:VEVENT", "END:VCALENDAR", ""));
        var shelf = new CalendarShelf(folder.FullName, TestPlant.Model, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Year.Start), batches.FullName);

        shelf.Refresh();
        Assert.Empty(shelf.Current.Errors);
        Assert.Equal(["Filling", "Packaging"], shelf.Current.Rules.Where(rule => rule.Kind == CalendarKind.Batch).Select(rule => rule.Scope.Name).Order());

        File.WriteAllText(Path.Combine(batches.FullName, "mes.csv"), "line,start\nNowhere,2026-03-02T05:00:00Z\n");
        Assert.True(shelf.Refresh());
        Assert.Equal(2, Assert.Single(shelf.Current.Errors).Line);
    }

    private static DateTimeOffset At(int hour) => new(2026, 3, 2, hour, 0, 0, TimeSpan.Zero);

    private (System.Collections.Immutable.ImmutableArray<CalendarRule> Rules, System.Collections.Immutable.ImmutableArray<PatchEdge.Plant.Files.ConfigurationError> Errors) Read(string text)
    {
        var path = Path.Combine(folder.FullName, "batches.csv");
        File.WriteAllText(path, text);
        return new BatchTable(path, TestPlant.Model, Year).Read();
    }
}
