using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Windows and freezes of one host: those of the site, its areas, its lines and itself. Pure.</summary>
/// <param name="Windows">When every layer that has windows has one open; ordered, apart from each other.</param>
/// <param name="Freezes">When any freeze holds, with its rule; ordered by start.</param>
/// <param name="HasWindows">Any layer has a window at all.</param>
/// <param name="Zone">Zone to show times in besides UTC.</param>
internal sealed record HostCalendar(ImmutableArray<TimeRange> Windows, ImmutableArray<(TimeRange Range, CalendarRule Rule)> Freezes, bool HasWindows, string Zone)
{
    /// <summary>Hosts that the same rules apply to share one calendar.</summary>
    public static HostCalendar Of(Host host, PlantModel plant, CalendarFacts calendar) => HostCalendars.Of(host, plant, calendar);

    /// <param name="rules">Every rule that applies, and no other.</param>
    public static HostCalendar Of(ImmutableArray<CalendarRule> rules)
    {
        ImmutableArray<TimeRange>? open = null;
        foreach (var scope in rules.Where(rule => rule.Kind == CalendarKind.Window).GroupBy(rule => rule.Scope))
        {
            var union = Union(scope.SelectMany(rule => rule.Occurrences));
            open = open is { } others ? Intersection(others, union) : union;
        }

        return new HostCalendar(
            open ?? [],
            [.. rules.Where(rule => rule.Kind == CalendarKind.Freeze)
                .SelectMany(rule => rule.Occurrences.Select(range => (range, rule)))
                .OrderBy(freeze => freeze.range.Start)],
            open is not null,
            rules.Length > 0 ? rules[0].Zone : "UTC");
    }

    /// <summary>Joins ranges that overlap or touch.</summary>
    internal static ImmutableArray<TimeRange> Union(IEnumerable<TimeRange> ranges)
    {
        var union = ImmutableArray.CreateBuilder<TimeRange>();
        foreach (var range in ranges.Where(range => !range.IsEmpty).OrderBy(range => range.Start))
            if (union.Count > 0 && range.Start <= union[^1].End)
                union[^1] = new TimeRange(union[^1].Start, range.End > union[^1].End ? range.End : union[^1].End);
            else
                union.Add(range);
        return union.ToImmutable();
    }

    /// <summary>What two ordered lists of ranges that stand apart share.</summary>
    internal static ImmutableArray<TimeRange> Intersection(ImmutableArray<TimeRange> left, ImmutableArray<TimeRange> right)
    {
        var shared = ImmutableArray.CreateBuilder<TimeRange>();
        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            if (left[i].Intersect(right[j]) is { } both)
                shared.Add(both);
            if (left[i].End <= right[j].End)
                i++;
            else
                j++;
        }

        return shared.ToImmutable();
    }
}
