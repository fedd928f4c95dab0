using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Configuration.Tables;

namespace PatchEdge.Scheduler.Training;

/// <summary>Reads training records from a table, as a learning management system exports it, with the columns <c>person</c>, <c>qualification</c>, <c>from</c> and <c>until</c>.</summary>
/// <remarks>Days are ISO 8601 dates in UTC, the last inclusive; without <c>until</c> a record does not end.</remarks>
internal sealed class TrainingTable(string path)
{
    public const int MaximumRows = 50_000;
    public const int LongestName = 128;
    private static readonly string[] Columns = ["person", "qualification", "from", "until"];
    private static readonly string[] Required = ["person", "qualification", "from"];

    private readonly CsvTable table = new(path, Columns, Required, MaximumRows);

    /// <summary>One record per row, or every error; never both.</summary>
    public (ImmutableArray<TrainingRecord> Records, ImmutableArray<ConfigurationError> Errors) Read() => table.Read(Read);

    private TrainingRecord? Read(CsvRow row)
    {
        var (person, qualification) = (Name(row, "person"), Name(row, "qualification"));
        var from = Day(row, "from", table.Cell(row, "from") ?? "");
        var until = table.Cell(row, "until") is { } text ? Day(row, "until", text) : null;
        if (until < from)
            table.Error(row.Line, "until", "is before from: a record holds for one day at least");
        return person is null || qualification is null || from is null ? null : new TrainingRecord(person, qualification, from.Value, until, $"{Path.GetFileName(path)}:{row.Line}");
    }

    private string? Name(CsvRow row, string column)
    {
        if (table.Cell(row, column) is { Length: <= LongestName } text)
            return Printable.Line(text);
        table.Error(row.Line, column, $"needs 1 to {LongestName} characters");
        return null;
    }

    private DateOnly? Day(CsvRow row, string column, string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        table.Error(row.Line, column, $"'{Printable.Line(text)}' must be a day such as 2026-03-29");
        return null;
    }
}
