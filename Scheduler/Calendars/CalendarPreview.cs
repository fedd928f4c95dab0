using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Calendars;

/// <summary>One rule on one occasion.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Range">When, UTC.</param>
internal sealed record Occasion(CalendarRule Rule, TimeRange Range);

internal enum FlagKind
{
    /// <summary>Long without any chance to patch.</summary>
    Gap,

    /// <summary>Two rules share time, so that one of them does less than it seems to.</summary>
    Overlap,

    /// <summary>Clocks change within, so that local times look odd.</summary>
    ClockChange,
}

/// <param name="Kind">What kind.</param>
/// <param name="Range">When, UTC.</param>
/// <param name="Text">In words, with what to do.</param>
internal sealed record CalendarFlag(FlagKind Kind, TimeRange Range, string Text);

/// <summary>What calendars say for months ahead, and what a person should look at before relying on it. Pure.</summary>
/// <param name="Occasions">By start.</param>
/// <param name="Flags">By start; at most a hundred.</param>
internal sealed record CalendarPreview(ImmutableArray<Occasion> Occasions, ImmutableArray<CalendarFlag> Flags)
{
    private const int MostFlags = 100;

    /// <summary>Without a window for so long a patch can hardly be on time.</summary>
    private static readonly TimeSpan LongGap = TimeSpan.FromDays(35);

    /// <param name="calendar">The calendars.</param>
    /// <param name="plant">Gives the hosts that windows are for.</param>
    /// <param name="from">First instant, UTC.</param>
    /// <param name="to">First instant after, UTC.</param>
    /// <param name="host">Only what applies to this host; null for all.</param>
    public static CalendarPreview Of(CalendarFacts calendar, PlantModel plant, DateTimeOffset from, DateTimeOffset to, string? host)
    {
        var span = new TimeRange(from, to);
        var hosts = plant.Hosts.Where(item => host is null || item.Name == host).ToList();
        var rules = host is null ? calendar.Rules : [.. calendar.Rules.Where(rule => AppliesTo(rule.Scope, hosts[0], plant))];
        var occasions = rules.SelectMany(rule => rule.Occurrences.Where(range => range.Overlaps(span)).Select(range => new Occasion(rule, range)))
            .OrderBy(occasion => occasion.Range.Start).ThenBy(occasion => occasion.Rule.Where, StringComparer.Ordinal).ToImmutableArray();
        var flags = Gaps(hosts, plant, calendar, span).Concat(Overlaps(occasions)).Concat(ClockChanges(occasions));
        return new CalendarPreview(occasions, [.. flags.OrderBy(flag => flag.Range.Start).Take(MostFlags)]);
    }

    /// <summary>Hosts that share a calendar share its gaps.</summary>
    private static IEnumerable<CalendarFlag> Gaps(List<Host> hosts, PlantModel plant, CalendarFacts calendar, TimeRange span)
    {
        foreach (var group in hosts.GroupBy(host => HostCalendar.Of(host, plant, calendar)))
        {
            var who = group.Count() > 3 ? $"{string.Join(", ", group.Take(3).Select(host => host.Name))} and {group.Count() - 3} more" : string.Join(", ", group.Select(host => host.Name));
            if (!group.Key.HasWindows)
            {
                yield return new CalendarFlag(FlagKind.Gap, span, $"{who}: no calendar has a window, so nothing is ever released: add one");
                continue;
            }

            var last = span.Start;
            foreach (var open in group.Key.Open.Where(range => range.Overlaps(span)).Append(new TimeRange(span.End, span.End)))
            {
                if (open.Start - last >= LongGap)
                    yield return new CalendarFlag(FlagKind.Gap, new TimeRange(last, open.Start), $"{who}: {(open.Start - last).TotalDays:0} days without a chance to patch, from {Words.Time(last, group.Key.Zone)} to {Words.Time(open.Start, group.Key.Zone)}");
                last = open.End > last ? open.End : last;
            }
        }
    }

    /// <summary>A freeze or a batch over a window, once for each pair of rules.</summary>
    private static IEnumerable<CalendarFlag> Overlaps(ImmutableArray<Occasion> occasions)
    {
        var told = new HashSet<(CalendarRule, CalendarRule)>();
        var open = new List<Occasion>();
        foreach (var occasion in occasions)
        {
            open.RemoveAll(earlier => earlier.Range.End <= occasion.Range.Start);
            foreach (var earlier in open)
                if (Pair(earlier, occasion) is (var window, var other) && Meets(window.Rule.Scope, other.Rule.Scope) && told.Add((window.Rule, other.Rule)))
                {
                    var whole = other.Range.Contains(window.Range) ? "all of" : "part of";
                    yield return new CalendarFlag(FlagKind.Overlap, occasion.Range,
                        $"{other.Rule.Kind.ToString().ToLowerInvariant()} '{other.Rule.Title}' ({other.Rule.Where}) takes {whole} window '{window.Rule.Title}' ({window.Rule.Where}), first on {Words.Time(window.Range.Start, window.Rule.Zone)}");
                }

            open.Add(occasion);
        }
    }

    private static (Occasion Window, Occasion Other)? Pair(Occasion left, Occasion right) => (left.Rule.Kind, right.Rule.Kind) switch
    {
        (CalendarKind.Window, CalendarKind.Freeze or CalendarKind.Batch) => (left, right),
        (CalendarKind.Freeze or CalendarKind.Batch, CalendarKind.Window) => (right, left),
        _ => null,
    };

    /// <summary>Of scopes that exclude each other, such as two lines, neither takes anything from the other.</summary>
    private static bool Meets(CalendarScope left, CalendarScope right) => left.Layer != right.Layer || left.Name == right.Name;

    private static IEnumerable<CalendarFlag> ClockChanges(ImmutableArray<Occasion> occasions)
    {
        foreach (var occasion in occasions.Where(occasion => occasion.Rule.Kind == CalendarKind.Window && occasion.Range.Duration <= TimeSpan.FromDays(7)))
            if (NodaTime.DateTimeZoneProviders.Tzdb.GetZoneOrNull(occasion.Rule.Zone) is { } zone
                && zone.GetUtcOffset(NodaTime.Instant.FromDateTimeOffset(occasion.Range.Start)) != zone.GetUtcOffset(NodaTime.Instant.FromDateTimeOffset(occasion.Range.End)))
                yield return new CalendarFlag(FlagKind.ClockChange, occasion.Range,
                    $"clocks change within window '{occasion.Rule.Title}' ({occasion.Rule.Where}): it lasts {Words.Span(occasion.Range.Duration)} from {Words.Time(occasion.Range.Start, occasion.Rule.Zone)} to {Words.Time(occasion.Range.End, occasion.Rule.Zone)}");
    }

    private static bool AppliesTo(CalendarScope scope, Host host, PlantModel plant) => scope.Layer switch
    {
        CalendarLayer.Site => true,
        CalendarLayer.Area => plant.Lines.Any(line => line.Area == scope.Name && host.Lines.Contains(line.Name)),
        CalendarLayer.Line => host.Lines.Contains(scope.Name),
        _ => scope.Name == host.Name,
    };
}
