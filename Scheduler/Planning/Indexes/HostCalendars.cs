using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>The calendars of all hosts of one plant: hosts that the same rules apply to share one. Made once per reading of the calendars; thread-safe.</summary>
internal sealed class HostCalendars
{
    private static readonly ConditionalWeakTable<CalendarFacts, HostCalendars> Known = [];

    private readonly PlantModel plant;
    private readonly Dictionary<CalendarScope, ImmutableArray<CalendarRule>> rules;
    private readonly HostCalendar?[] byHost;
    private readonly ConcurrentDictionary<string, HostCalendar> byScopes = new(StringComparer.Ordinal);

    private HostCalendars(PlantModel plant, CalendarFacts calendar)
    {
        this.plant = plant;
        byHost = new HostCalendar?[plant.Hosts.Length];
        rules = calendar.Rules.GroupBy(rule => rule.Scope).ToDictionary(group => group.Key, group => group.ToImmutableArray());
    }

    /// <summary>Those of one plant under one reading of the calendars.</summary>
    public static HostCalendars Of(PlantModel plant, CalendarFacts calendar)
    {
        if (!Known.TryGetValue(calendar, out var all) || !ReferenceEquals(all.plant, plant))
            Known.AddOrUpdate(calendar, all = new HostCalendars(plant, calendar));
        return all;
    }

    /// <summary>The calendar of one host of the plant.</summary>
    public HostCalendar Of(PlantHost host) => byHost[host.Number] ??= Make(host.Host);

    /// <summary>The same for a host that the plant may not have.</summary>
    public HostCalendar Of(Host host) => PlantIndex.Of(plant).Host(host.Name) is { } placed ? Of(placed) : Make(host);

    private HostCalendar Make(Host host)
    {
        var scopes = Scopes(host).Where(rules.ContainsKey).ToList();
        return byScopes.GetOrAdd(string.Join('\n', scopes), _ => HostCalendar.Of([.. scopes.SelectMany(scope => rules[scope])]));
    }

    /// <summary>Everything whose rules apply to the host, widest first.</summary>
    private IEnumerable<CalendarScope> Scopes(Host host)
    {
        var index = PlantIndex.Of(plant);
        yield return new CalendarScope(CalendarLayer.Site, "");
        foreach (var area in host.Lines.Select(index.Line).OfType<PlantLine>().Select(line => line.Line.Area).Distinct(StringComparer.Ordinal))
            yield return new CalendarScope(CalendarLayer.Area, area);
        foreach (var line in host.Lines)
            yield return new CalendarScope(CalendarLayer.Line, line);
        yield return new CalendarScope(CalendarLayer.Host, host.Name);
    }
}
