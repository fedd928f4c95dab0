using System.Collections.Immutable;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using NodaTime;
using NodaTime.TimeZones;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Calendars;

/// <summary>Reads one iCalendar file (RFC 5545): each VEVENT is a window, a freeze or a planned batch, by its categories or by the file's name.</summary>
/// <remarks>
/// Categories: <c>WINDOW</c>, <c>FREEZE</c> or <c>BATCH</c>, and <c>AREA:name</c>, <c>LINE:name</c> or <c>HOST:name</c> (none means the site). A file whose name
/// starts with <c>window</c>, <c>freeze</c> or <c>batch</c> gives the kind to events that have none. An event is its local start and an elapsed duration:
/// a start in the skipped hour moves to the first valid instant, one in the repeated hour takes the first.
/// </remarks>
internal sealed class CalendarFile(string path, PlantModel plant, TimeRange horizon, bool batches = false)
{
    private const int MaximumBytes = 1024 * 1024;
    private const int MaximumEvents = 1_000;
    private const int MaximumOccurrences = 10_000;
    private static readonly TimeSpan LongestEvent = TimeSpan.FromDays(400);

    private readonly List<ConfigurationError> errors = [];

    /// <summary>The rules, or every error; never both.</summary>
    public (ImmutableArray<CalendarRule> Rules, ImmutableArray<ConfigurationError> Errors) Read()
    {
        var rules = ImmutableArray.CreateBuilder<CalendarRule>();
        try
        {
            var file = new FileInfo(path);
            if (file.Length > MaximumBytes)
                return ([], [new ConfigurationError(path, 0, "", null, "is larger than 1 MiB: split it")]);
            var text = File.ReadAllText(path);
            var lines = EventLines(text);
            var calendars = CalendarCollection.Load(text);
            var events = calendars.SelectMany(calendar => calendar.Events).ToList();
            if (events.Count != lines.Count || calendars.Count == 0)
                Error(0, "", "is not a calendar of VEVENTs that can be read: check that every BEGIN has its END");
            else if (events.Count > MaximumEvents)
                Error(0, "", $"has more than {MaximumEvents} events: split it");
            else
                foreach (var (item, line) in events.Zip(lines))
                    if (Read(item, line) is { } rule)
                        rules.Add(rule);
        }
#pragma warning disable CA1031 // The library throws many kinds at malformed text; each means that this file cannot be used.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Error(0, "", $"cannot be read as iCalendar: {exception.Message}");
        }

        return errors.Count > 0 ? ([], [.. errors]) : (rules.ToImmutable(), []);
    }

    private CalendarRule? Read(CalendarEvent item, int line)
    {
        var before = errors.Count;
        var (kind, scope) = ReadCategories(item, line);
        if (item.DtStart is not { } start)
        {
            Error(line, "DTSTART", "is missing: an event needs its start");
            return null;
        }

        var zone = start.IsUtc ? DateTimeZone.Utc : start.TzId is { } id ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) : null;
        if (zone is null)
            Error(line, "DTSTART", start.TzId is null
                ? "has no time zone: write DTSTART;TZID=Europe/Berlin:… or end it with Z"
                : $"has the time zone '{start.TzId}', which is no IANA name such as Europe/Berlin");
        var length = Length(item);
        if (length <= TimeSpan.Zero)
            Error(line, "DTEND", "is not after DTSTART: an event needs a length above zero");
        else if (length > LongestEvent)
            Error(line, "DTEND", $"is more than {LongestEvent.TotalDays:0} days after DTSTART: shorten it");
        if (errors.Count > before || kind is null)
            return null;

        var occurrences = Occurrences(item, zone!, length);
        for (var i = 1; i < occurrences.Length; i++)
            if (occurrences[i].Overlaps(occurrences[i - 1]))
            {
                Error(line, "RRULE", $"repeats before it ends ({occurrences[i].Start:u} lies inside the one before it): shorten it or repeat it less often");
                return null;
            }

        return new CalendarRule
        {
            Kind = kind.Value,
            Scope = scope,
            Title = string.IsNullOrWhiteSpace(item.Summary) ? kind.Value.ToString() : Printable.Line(item.Summary.Trim()),
            Where = $"{Path.GetFileName(path)}:{line}",
            Zone = zone!.Id,
            Occurrences = occurrences,
        };
    }

    private ImmutableArray<TimeRange> Occurrences(CalendarEvent item, DateTimeZone zone, TimeSpan length)
    {
        var resolve = Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);
        MakeLocal(item, zone);
        var from = new CalDateTime(DateTime.SpecifyKind((horizon.Start - length).UtcDateTime.AddDays(-2), DateTimeKind.Unspecified), hasTime: true);
        return
        [
            .. item.GetOccurrences(from)
                .Select(occurrence => occurrence.Period.StartTime)
                .Select(start => zone.ResolveLocal(LocalDateTime.FromDateTime(start.Value), resolve).ToDateTimeOffset())
                .TakeWhile(start => start < horizon.End)
                .Take(MaximumOccurrences)
                .Select(start => new TimeRange(start, start + length))
                .Where(range => range.Overlaps(horizon))
                .OrderBy(range => range.Start),
        ];
    }

    /// <summary>Has the library repeat plain local times; which instants those are is decided here, by one rule.</summary>
    private static void MakeLocal(CalendarEvent item, DateTimeZone zone)
    {
        var exceptions = item.ExceptionDates.GetAllDates().Select(date => Local(date, zone)).ToList();
        var additions = item.RecurrenceDates.GetAllDates().Select(date => Local(date, zone)).ToList();
        item.ExceptionDates.Clear();
        item.ExceptionDates.AddRange(exceptions);
        item.RecurrenceDates.Clear();
        item.RecurrenceDates.AddRange(additions);
        if (item.RecurrenceRule is { Until: { } until } rule)
            rule.Until = Local(until, zone);
        if (item.DtEnd is not null)
            item.DtEnd = null;
        if (item.Duration is not null)
            item.Duration = null;
        item.DtStart = Local(item.DtStart!, zone);
    }

    private static CalDateTime Local(CalDateTime date, DateTimeZone zone)
    {
        var value = DateTime.SpecifyKind(date.Value, DateTimeKind.Unspecified);
        if (date.IsUtc && zone != DateTimeZone.Utc)
            value = Instant.FromDateTimeUtc(DateTime.SpecifyKind(value, DateTimeKind.Utc)).InZone(zone).ToDateTimeUnspecified();
        return new CalDateTime(value, date.HasTime);
    }

    private (CalendarKind? Kind, CalendarScope Scope) ReadCategories(CalendarEvent item, int line)
    {
        var name = Path.GetFileName(path);
        CalendarKind? kind = name.StartsWith("freeze", StringComparison.OrdinalIgnoreCase) ? CalendarKind.Freeze
            : name.StartsWith("window", StringComparison.OrdinalIgnoreCase) ? CalendarKind.Window
            : batches || name.StartsWith("batch", StringComparison.OrdinalIgnoreCase) ? CalendarKind.Batch : null;
        var scope = new CalendarScope(CalendarLayer.Site, "");
        foreach (var category in item.Categories.SelectMany(text => text.Split(',')).Select(text => text.Trim()).Where(text => text.Length > 0))
        {
            var (word, rest) = category.Split(':', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : (category, "");
            switch (word.ToUpperInvariant())
            {
                case "WINDOW":
                    kind = CalendarKind.Window;
                    break;
                case "FREEZE":
                    kind = CalendarKind.Freeze;
                    break;
                case "BATCH":
                    kind = CalendarKind.Batch;
                    break;
                case "SITE":
                    break;
                case "AREA":
                    scope = Scope(CalendarLayer.Area, rest, [.. plant.Areas.Select(area => area.Name)], line);
                    break;
                case "LINE":
                    scope = Scope(CalendarLayer.Line, rest, [.. plant.Lines.Select(item => item.Name)], line);
                    break;
                case "HOST":
                    scope = Scope(CalendarLayer.Host, rest, [.. plant.Hosts.Select(host => host.Name)], line);
                    break;
                default:
                    Error(line, "CATEGORIES", $"'{category}' is not known: {Nearest.Hint(word, ["WINDOW", "FREEZE", "BATCH", "SITE", "AREA:name", "LINE:name", "HOST:name"])}");
                    break;
            }
        }

        if (kind is null)
            Error(line, "CATEGORIES", "does not say whether this is a WINDOW, a FREEZE or a BATCH: add one of them, or begin the file's name with it");
        if (kind == CalendarKind.Batch && scope.Layer != CalendarLayer.Line)
            Error(line, "CATEGORIES", "does not say on which line this batch is planned: add LINE:name");
        return (kind, scope);
    }

    private CalendarScope Scope(CalendarLayer layer, string name, IReadOnlyCollection<string> known, int line)
    {
        if (!known.Contains(name))
            Error(line, "CATEGORIES", $"the plant file has no {layer.ToString().ToLowerInvariant()} '{name}': {Nearest.Hint(name, known)}");
        return new CalendarScope(layer, name);
    }

    /// <summary>The length on the clock of the event's own zone, taken as elapsed time.</summary>
    private static TimeSpan Length(CalendarEvent item)
    {
        if (item.DtEnd is { } end && item.DtStart is { } start)
            return end.TzId == start.TzId ? end.Value - start.Value : end.AsUtc - start.AsUtc;
        return item.Duration?.ToTimeSpanUnspecified() ?? (item.DtStart?.HasTime == false ? TimeSpan.FromDays(1) : TimeSpan.Zero);
    }

    /// <summary>Line of each <c>BEGIN:VEVENT</c>, from 1.</summary>
    private static List<int> EventLines(string text) => [.. text.Split('\n')
        .Select((content, index) => (content, line: index + 1))
        .Where(item => item.content.Trim().Equals("BEGIN:VEVENT", StringComparison.OrdinalIgnoreCase))
        .Select(item => item.line)];

    private void Error(int line, string key, string message) => errors.Add(new ConfigurationError(path, line, key, null, message));
}
