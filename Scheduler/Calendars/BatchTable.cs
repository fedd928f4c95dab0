using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.TimeZones;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Configuration.Tables;

namespace PatchEdge.Scheduler.Calendars;

/// <summary>Reads planned batches from a table (CSV, RFC 4180; comma, semicolon or tab) with the columns <c>line</c>, <c>start</c>, <c>end</c>, <c>batch</c> and, where times have no offset, <c>zone</c>.</summary>
/// <remarks>Only line and start are required. A batch without end is a cutoff for what comes before it, and no more.</remarks>
internal sealed class BatchTable(string path, PlantModel plant, TimeRange horizon)
{
    private const int MaximumRows = 50_000;
    private static readonly TimeSpan LongestBatch = TimeSpan.FromDays(400);
    private static readonly TimeSpan JustTheStart = TimeSpan.FromMinutes(1);
    private static readonly string[] Columns = ["line", "start", "end", "batch", "zone"];
    private static readonly string[] Required = ["line", "start"];

    private readonly HashSet<string> lines = [.. plant.Lines.Select(line => line.Name)];
    private readonly CsvTable table = new(path, Columns, Required, MaximumRows);

    /// <summary>One rule per batch, or every error; never both.</summary>
    public (ImmutableArray<CalendarRule> Rules, ImmutableArray<ConfigurationError> Errors) Read()
    {
        var (rules, errors) = table.Read(Read);
        return ([.. rules.Where(rule => !rule.Occurrences.IsEmpty)], errors);
    }

    private CalendarRule? Read(CsvRow cells)
    {
        var row = cells.Line;
        var name = table.Cell(cells, "line") ?? "";
        var known = lines.Contains(name);
        if (!known)
            table.Error(row, "line", $"the plant file has no line '{Printable.Line(name)}': {Nearest.Hint(name, lines)}");
        var zone = Zone(table.Cell(cells, "zone"), row);
        var start = Time(table.Cell(cells, "start") ?? "", "start", zone, row);
        var ends = table.Cell(cells, "end");
        var end = ends is null ? start + JustTheStart : Time(ends, "end", zone, row);
        if (start is { } first && end is { } last)
        {
            if (last <= first)
                table.Error(row, "end", "is not after start: a batch needs a length above zero, or no end at all");
            else if (last - first > LongestBatch)
                table.Error(row, "end", $"is more than {LongestBatch.TotalDays:0} days after start");
        }

        // Whatever is wrong was told, and none of the table counts then.
        if (!known || start is null || end is null || end <= start)
            return null;
        var range = new TimeRange(start!.Value, end!.Value);
        return new CalendarRule
        {
            Kind = CalendarKind.Batch,
            Scope = new CalendarScope(CalendarLayer.Line, name),
            Title = table.Cell(cells, "batch") is { } batch ? Printable.Line(batch) : "unnamed",
            Where = $"{Path.GetFileName(path)}:{row}",
            Zone = zone?.Id ?? "UTC",
            Occurrences = range.Overlaps(horizon) ? [range] : [],
        };
    }

    private DateTimeZone? Zone(string? name, int row)
    {
        if (name is null)
            return null;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        if (zone is null)
            table.Error(row, "zone", $"'{Printable.Line(name)}' is no IANA name such as Europe/Berlin");
        return zone;
    }

    /// <summary>An instant with its offset, or a local time of the row's zone by the rule of calendars: the first of a repeated hour, the first instant after a skipped one.</summary>
    private DateTimeOffset? Time(string text, string column, DateTimeZone? zone, int row)
    {
        string[] offsets = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd' 'HH:mmK", "yyyy-MM-dd' 'HH:mm:ssK"];
        if (DateTime.TryParseExact(text, offsets, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time))
        {
            if (time.Kind != DateTimeKind.Unspecified)
                return DateTimeOffset.ParseExact(text, offsets, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUniversalTime();
            if (zone is not null)
                return zone.ResolveLocal(LocalDateTime.FromDateTime(time), Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter)).ToDateTimeOffset().ToUniversalTime();
        }

        table.Error(row, column, $"'{Printable.Line(text)}' must be a time with its offset, such as 2026-03-29T06:00:00+02:00 or …Z, or without one where the column 'zone' says where");
        return null;
    }
}
