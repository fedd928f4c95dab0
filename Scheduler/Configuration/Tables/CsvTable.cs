using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Scheduler.Configuration.Tables;

/// <summary>A table that people and other systems put into a directory (CSV, RFC 4180; comma, semicolon or tab): rows below a line of column names, in any order of columns.</summary>
/// <param name="path">The file.</param>
/// <param name="columns">Every column that may be there.</param>
/// <param name="required">Those that must.</param>
/// <param name="maximumRows">More rows are an error.</param>
internal sealed class CsvTable(string path, string[] columns, string[] required, int maximumRows)
{
    private const int MaximumBytes = 8 * 1024 * 1024;

    private readonly List<ConfigurationError> errors = [];
    private List<string> header = [];

    /// <summary>One item per row, or every error; never both.</summary>
    /// <param name="read">Makes an item of a row; tells what is wrong by <see cref="Error"/>, and then what it gives does not count. Null leaves the row out.</param>
    public (ImmutableArray<T> Items, ImmutableArray<ConfigurationError> Errors) Read<T>(Func<CsvRow, T?> read)
        where T : class
    {
        var items = ImmutableArray.CreateBuilder<T>();
        try
        {
            if (new FileInfo(path).Length > MaximumBytes)
                Error(0, "", "is larger than 8 MiB: split it");
            else
                ReadRows(read, items);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            Error(0, "", $"cannot be read as a table: {exception.Message}");
        }

        return errors.Count > 0 ? ([], [.. errors]) : (items.ToImmutable(), []);
    }

    /// <summary>What the row has in the column; null when it has nothing there.</summary>
    public string? Cell(CsvRow row, string column)
    {
        var place = header.IndexOf(column);
        return place >= 0 && place < row.Fields.Count && row.Fields[place].Length > 0 ? row.Fields[place] : null;
    }

    /// <param name="line">Line of the file, from 1; 0 for the file as a whole.</param>
    /// <param name="column">Empty where no column is at fault.</param>
    /// <param name="message">What is wrong, and what to do.</param>
    public void Error(int line, string column, string message) => errors.Add(new ConfigurationError(path, line, column, null, message));

    private void ReadRows<T>(Func<CsvRow, T?> read, ImmutableArray<T>.Builder items)
        where T : class
    {
        using var rows = CsvRows.Of(File.ReadAllText(path)).GetEnumerator();
        if (!rows.MoveNext())
        {
            Error(1, "", $"is empty: it needs a row of column names, such as {string.Join(',', columns)}");
            return;
        }

        header = [.. rows.Current.Fields.Select(name => name.ToLowerInvariant())];
        if (!HasColumns())
            return;
        for (var count = 1; rows.MoveNext() && errors.Count < ConfigurationFile.MaximumErrors; count++)
        {
            var row = rows.Current;
            if (count > maximumRows)
            {
                Error(row.Line, "", $"has more than {maximumRows} rows: leave out those that are long over");
                return;
            }

            if (row.Fields.Count > header.Count)
                Error(row.Line, "", $"has {row.Fields.Count} fields, there are {header.Count} columns: put text that holds the separator in quotes");
            if (read(row) is { } item)
                items.Add(item);
        }
    }

    private bool HasColumns()
    {
        foreach (var name in header.Where(name => !columns.Contains(name)))
            Error(1, name, $"is not a known column: {Nearest.Hint(name, columns)}");
        foreach (var name in header.GroupBy(name => name).Where(group => group.Count() > 1))
            Error(1, name.Key, "is there twice");
        foreach (var name in required.Except(header))
            Error(1, name, "is required and missing: add the column");
        return errors.Count == 0;
    }
}
