using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;

namespace PatchEdge.Benchmarks.Planning;

/// <summary>Nights for the site, a weekend of its own for every tenth line, a freeze for every area: a year of each.</summary>
internal static class LargeCalendar
{
    public static CalendarFacts Of(PlantModel plant, DateTimeOffset now)
    {
        var rules = ImmutableArray.CreateBuilder<CalendarRule>();
        rules.Add(Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), Every(now.AddHours(-2), 1, TimeSpan.FromHours(7), 365)));
        foreach (var (number, line) in plant.Lines.Index().Where(item => item.Index % 10 == 0))
            rules.Add(Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, line.Name), Every(now.AddHours(-3), 7, TimeSpan.FromHours(48 + (number % 5)), 52)));
        foreach (var area in plant.Areas)
            rules.Add(Rule(CalendarKind.Freeze, new CalendarScope(CalendarLayer.Area, area.Name), Every(now.AddDays(20), 90, TimeSpan.FromDays(3), 4)));
        return new CalendarFacts(rules.ToImmutable(), [], new TimeRange(now.AddDays(-8), now.AddDays(400)));
    }

    private static IEnumerable<TimeRange> Every(DateTimeOffset start, int days, TimeSpan length, int count) =>
        Enumerable.Range(0, count).Select(number => new TimeRange(start.AddDays(number * days), start.AddDays(number * days) + length));

    private static CalendarRule Rule(CalendarKind kind, CalendarScope scope, IEnumerable<TimeRange> occurrences) => new()
    {
        Kind = kind,
        Scope = scope,
        Title = kind.ToString(),
        Where = "large.ics:4",
        Zone = "Europe/Berlin",
        Occurrences = [.. occurrences],
    };
}
