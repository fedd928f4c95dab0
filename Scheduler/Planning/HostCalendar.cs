using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Windows, freezes and planned batches of one host: those of the site, its areas, its lines and itself. Pure; hosts with the same rules share one.</summary>
internal sealed class HostCalendar
{
    private Tuple<DateTimeOffset, string>? said;

    /// <summary>When every layer that has windows has one open; ordered, apart from each other.</summary>
    public required ImmutableArray<TimeRange> Windows { get; init; }

    /// <summary>When any freeze holds, with its rule; ordered by start.</summary>
    public required ImmutableArray<(TimeRange Range, CalendarRule Rule)> Freezes { get; init; }

    /// <summary>When a line is planned to produce, with the rule that says so; ordered by start.</summary>
    public required ImmutableArray<(TimeRange Range, CalendarRule Rule)> Batches { get; init; }

    /// <summary>Windows without freezes and planned batches: where a slot may lie. Ordered, apart from each other.</summary>
    public ImmutableArray<TimeRange> Open => field.IsDefault ? field = Difference(Windows, Union(Freezes.Concat(Batches).Select(item => item.Range))) : field;

    /// <summary>Any layer has a window at all.</summary>
    public required bool HasWindows { get; init; }

    /// <summary>Zone to show times in besides UTC.</summary>
    public required string Zone { get; init; }

    /// <summary>Hosts that the same rules apply to share one calendar.</summary>
    public static HostCalendar Of(Host host, PlantModel plant, CalendarFacts calendar) => HostCalendars.Of(plant, calendar).Of(host);

    /// <param name="rules">Every rule that applies, and no other.</param>
    public static HostCalendar Of(ImmutableArray<CalendarRule> rules)
    {
        ImmutableArray<TimeRange>? open = null;
        foreach (var scope in rules.Where(rule => rule.Kind == CalendarKind.Window).GroupBy(rule => rule.Scope))
        {
            var union = Union(scope.SelectMany(rule => rule.Occurrences));
            open = open is { } others ? Intersection(others, union) : union;
        }

        return new HostCalendar
        {
            Windows = open ?? [],
            Freezes = Occasions(rules, CalendarKind.Freeze),
            Batches = Occasions(rules, CalendarKind.Batch),
            HasWindows = open is not null,
            Zone = rules.Length > 0 ? rules[0].Zone : "UTC",
        };
    }

    /// <summary>The window that is open; null when none is.</summary>
    public TimeRange? WindowAt(DateTimeOffset instant)
    {
        var place = FirstEndingAfter(Windows, instant);
        return place < Windows.Length && Windows[place].Contains(instant) ? Windows[place] : null;
    }

    /// <summary>The first start from an instant on at which a job of this length fits before anything ends it; null when none is in sight.</summary>
    public DateTimeOffset? NextFit(DateTimeOffset from, TimeSpan needed)
    {
        var open = Open;
        for (var place = FirstEndingAfter(open, from); place < open.Length; place++)
        {
            var start = open[place].Start > from ? open[place].Start : from;
            if (open[place].End - start >= needed)
                return start;
        }

        return null;
    }

    /// <summary>The instant in words, UTC and local; the same instant is asked for by every host that shares the calendar.</summary>
    public string Say(DateTimeOffset instant)
    {
        var known = said;
        if (known is null || known.Item1 != instant)
            said = known = Tuple.Create(instant, Words.Time(instant, Zone));
        return known.Item2;
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

    /// <summary>What the first of two ordered lists of ranges that stand apart has and the second has not.</summary>
    internal static ImmutableArray<TimeRange> Difference(ImmutableArray<TimeRange> ranges, ImmutableArray<TimeRange> taken)
    {
        if (taken.IsEmpty)
            return ranges;
        var left = ImmutableArray.CreateBuilder<TimeRange>();
        var next = 0;
        foreach (var range in ranges)
        {
            var start = range.Start;
            while (next < taken.Length && taken[next].End <= start)
                next++;
            for (var place = next; place < taken.Length && taken[place].Start < range.End; place++)
            {
                if (taken[place].Start > start)
                    left.Add(new TimeRange(start, taken[place].Start));
                start = taken[place].End;
            }

            if (start < range.End)
                left.Add(new TimeRange(start, range.End));
        }

        return left.ToImmutable();
    }

    /// <summary>Place of the first range that ends after the instant; their number when none does.</summary>
    internal static int FirstEndingAfter(ImmutableArray<TimeRange> ranges, DateTimeOffset instant)
    {
        var (low, high) = (0, ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].End > instant)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static ImmutableArray<(TimeRange Range, CalendarRule Rule)> Occasions(ImmutableArray<CalendarRule> rules, CalendarKind kind) =>
        [.. rules.Where(rule => rule.Kind == kind).SelectMany(rule => rule.Occurrences.Select(range => (range, rule)))
            .OrderBy(item => item.range.Start).ThenBy(item => item.range.End).ThenBy(item => item.rule.Title, StringComparer.Ordinal).ThenBy(item => item.rule.Where, StringComparer.Ordinal)];
}
