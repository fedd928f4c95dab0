using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.TimeZones;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;

namespace PatchEdge.Scheduler.Calendars;

/// <summary>Reads planned batches from a table (CSV, RFC 4180; comma, semicolon or tab) with the columns <c>line</c>, <c>start</c>, <c>end</c>, <c>batch</c> and, where times have no offset, <c>zone</c>.</summary>
/// <remarks>Only line and start are required. A batch without end is a cutoff for what comes before it, and no more.</remarks>
internal sealed class BatchTable(string path, PlantModel plant, TimeRange horizon)
{
    private const int MaximumBytes = 8 * 1024 * 1024;
    private const int MaximumRows = 50_000;
    private static readonly TimeSpan LongestBatch = TimeSpan.FromDays(400);
    private static readonly TimeSpan JustTheStart = TimeSpan.FromMinutes(1);
    private static readonly string[] Columns = ["line", "start", "end", "batch", "zone"];
    private static readonly string[] Required = ["line", "start"];

    private readonly HashSet<string> lines = [.. plant.Lines.Select(line => line.Name)];
    private readonly List<ConfigurationError> errors = [];

    /// <summary>One rule per batch, or every error; never both.</summary>
    public (ImmutableArray<CalendarRule> Rules, ImmutableArray<ConfigurationError> Errors) Read()
    {
        var rules = ImmutableArray.CreateBuilder<CalendarRule>();
        try
        {
            if (new FileInfo(path).Length > MaximumBytes)
                return ([], [new ConfigurationError(path, 0, "", null, "is larger than 8 MiB: split it")]);
            var rows = CsvRows.Of(File.ReadAllText(path)).GetEnumerator();
            if (!rows.MoveNext())
                return ([], [new ConfigurationError(path, 1, "", null, "is empty: it needs a row of column names, such as line,start,end,batch")]);
            var header = rows.Current.Fields.Select(name => name.ToLowerInvariant()).ToList();
            if (!HasColumns(header))
                return ([], [.. errors]);
            while (rows.MoveNext() && errors.Count < ConfigurationFile.MaximumErrors)
                if (rules.Count >= MaximumRows)
                    return ([], [new ConfigurationError(path, rows.Current.Line, "", null, $"has more than {MaximumRows} batches: leave out those that are long over")]);
                else if (Read(rows.Current, header) is { } rule)
                    rules.Add(rule);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            Error(0, "", $"cannot be read as a table: {exception.Message}");
        }

        return errors.Count > 0 ? ([], [.. errors]) : ([.. rules.Where(rule => !rule.Occurrences.IsEmpty)], []);
    }

    private bool HasColumns(List<string> names)
    {
        foreach (var name in names.Where(name => !Columns.Contains(name)))
            Error(1, name, $"is not a known column: {Nearest.Hint(name, Columns)}");
        foreach (var name in names.GroupBy(name => name).Where(group => group.Count() > 1))
            Error(1, name.Key, "is there twice");
        foreach (var required in Required.Except(names))
            Error(1, required, "is required and missing: add the column");
        return errors.Count == 0;
    }

    private CalendarRule? Read(CsvRow cells, List<string> header)
    {
        var (row, before) = (cells.Line, errors.Count);
        if (cells.Fields.Count > header.Count)
            Error(row, "", $"has {cells.Fields.Count} fields, there are {header.Count} columns: put text that holds the separator in quotes");
        var name = Cell(cells, header, "line") ?? "";
        if (!lines.Contains(name))
            Error(row, "line", $"the plant file has no line '{Printable.Line(name)}': {Nearest.Hint(name, lines)}");
        var zone = Zone(Cell(cells, header, "zone"), row);
        var start = Time(Cell(cells, header, "start") ?? "", "start", zone, row);
        var ends = Cell(cells, header, "end");
        var end = ends is null ? start + JustTheStart : Time(ends, "end", zone, row);
        if (start is { } first && end is { } last)
        {
            if (last <= first)
                Error(row, "end", "is not after start: a batch needs a length above zero, or no end at all");
            else if (last - first > LongestBatch)
                Error(row, "end", $"is more than {LongestBatch.TotalDays:0} days after start");
        }

        if (errors.Count > before)
            return null;
        var range = new TimeRange(start!.Value, end!.Value);
        return new CalendarRule
        {
            Kind = CalendarKind.Batch,
            Scope = new CalendarScope(CalendarLayer.Line, name),
            Title = Cell(cells, header, "batch") is { } batch ? Printable.Line(batch) : "unnamed",
            Where = $"{Path.GetFileName(path)}:{row}",
            Zone = zone?.Id ?? "UTC",
            Occurrences = range.Overlaps(horizon) ? [range] : [],
        };
    }

    private static string? Cell(CsvRow row, List<string> header, string column)
    {
        var place = header.IndexOf(column);
        return place >= 0 && place < row.Fields.Count && row.Fields[place].Length > 0 ? row.Fields[place] : null;
    }

    private DateTimeZone? Zone(string? name, int row)
    {
        if (name is null)
            return null;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        if (zone is null)
            Error(row, "zone", $"'{Printable.Line(name)}' is no IANA name such as Europe/Berlin");
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

        Error(row, column, $"'{Printable.Line(text)}' must be a time with its offset, such as 2026-03-29T06:00:00+02:00 or …Z, or without one where the column 'zone' says where");
        return null;
    }

    private void Error(int row, string column, string message) => errors.Add(new ConfigurationError(path, row, column, null, message));
}
