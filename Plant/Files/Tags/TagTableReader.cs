using System.Collections.Immutable;
using System.Text;
using CsvHelper;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>Reads a table of tags from CSV (RFC 4180) as spreadsheets write it: any of three separators, byte order marks, either line end, line breaks in quotes.</summary>
public static class TagTableReader
{
    public const int MaximumBytes = 64 * 1024 * 1024;
    public const int MaximumRows = 200_000;

    private static readonly TagColumn[] Required = [TagColumn.Line, TagColumn.Tag];

    private const int LongestCell = 8192;
    private static readonly ImmutableArray<string> Yes = ["true", "yes", "1", "x", "wahr", "ja", "vrai", "oui", "vero", "verdadero"];
    private static readonly ImmutableArray<string> No = ["false", "no", "0", "falsch", "nein", "faux", "non", "falso"];

    /// <exception cref="ConfigurationException">The file cannot be read, or is no such table; carries every error.</exception>
    public static TagTable Read(string path) => Parse(ReadBytes(path), path);

    /// <summary>As <see cref="Read"/>, from bytes; <paramref name="path"/> stands in errors.</summary>
    public static TagTable Parse(ReadOnlySpan<byte> bytes, string path)
    {
        var errors = new List<ConfigurationError>();
        var table = Parse(Decode(bytes, path, out var marked), marked, path, errors);
        return errors.Count == 0 ? table : throw new ConfigurationException([.. errors.Take(ConfigurationFile.MaximumErrors)]);
    }

    /// <summary>Whether a cell that stands for true or false does so; null for neither. Spreadsheets write the words of their language.</summary>
    internal static bool? Boolean(string text) =>
        Yes.Contains(text, StringComparer.OrdinalIgnoreCase) ? true : No.Contains(text, StringComparer.OrdinalIgnoreCase) ? false : null;

    internal static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaximumBytes)
                throw Refused(path, 0, $"is larger than {MaximumBytes / 1024 / 1024} MiB");
            var bytes = new byte[(int)stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refused(path, 0, $"does not exist (looked for {Path.GetFullPath(path)})");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, 0, "cannot be read: " + exception.Message);
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string path, out bool marked)
    {
        marked = true;
        try
        {
            if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
                return new UnicodeEncoding(false, true, throwOnInvalidBytes: true).GetString(bytes[2..]);
            marked = bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes[(marked ? 3 : 0)..]);
        }
        catch (DecoderFallbackException)
        {
            throw Refused(path, 0, "is not UTF-8 text: save it as 'CSV UTF-8'");
        }
    }

    private static TagTable Parse(string text, bool marked, string path, List<ConfigurationError> errors)
    {
        var options = new CsvReaderOptions
        {
            HasHeader = false,
            // Excel's own way to name the separator is a first line "sep=;", which the reader knows.
            Separator = text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) ? null : SeparatorOf(text),
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record => errors.Add(new ConfigurationError(path, (int)record.LineNumber, "", null, record.Reason switch
            {
                CsvMalformedReason.UnterminatedQuote => "a quotation mark is opened here and never closed",
                CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quotation mark: double the marks inside a field",
                _ => "a quotation mark stands inside a field that does not start with one: put the field in quotes and double the mark",
            })),
        };
        var rows = ImmutableArray.CreateBuilder<TagRow>();
        int[]? fields = null;
        using var reader = CsvReader.FromText(text, options);
        while (errors.Count <= ConfigurationFile.MaximumErrors * 4 && reader.Read())
        {
            var line = (int)reader.LineNumber;
            var cells = new string[reader.FieldCount];
            for (var index = 0; index < cells.Length; index++)
            {
                cells[index] = reader.GetString(index);
                if (cells[index].Length > LongestCell)
                    throw Refused(path, line, $"field {index + 1} is longer than {LongestCell} characters: look for a quotation mark that is not closed");
            }

            if (fields is null)
                fields = ReadHeadings(cells, path, line, errors);
            else if (cells.Any(cell => !string.IsNullOrWhiteSpace(cell)))
                rows.Add(ReadRow(cells, fields, path, line, errors));
            if (rows.Count > MaximumRows)
                throw Refused(path, line, $"has more than {MaximumRows} rows");
        }

        if (fields is null && errors.Count == 0)
            errors.Add(new ConfigurationError(path, 1, "", null, $"is empty: the first line must hold the headings {TagColumns.Headings[0]}, {TagColumns.Headings[1]}, {TagColumns.Headings[2]} and others"));
        return new TagTable(rows.ToImmutable(), new TableForm(text.Length == 0 ? ',' : reader.Separator, text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n", marked));
    }

    private static char SeparatorOf(string text)
    {
        var end = text.IndexOfAny(['\r', '\n']);
        var heading = end < 0 ? text : text[..end];
        return ",;\t".MaxBy(candidate => heading.Count(character => character == candidate));
    }

    /// <returns>By column: the field from 1; 0 for one that is not there.</returns>
    private static int[] ReadHeadings(string[] cells, string path, int line, List<ConfigurationError> errors)
    {
        var fields = new int[TagColumns.All.Length];
        for (var index = 0; index < cells.Length; index++)
        {
            var heading = cells[index].Trim().Replace(' ', '-').Replace('_', '-').ToLowerInvariant();
            if (heading.Length == 0)
                continue;
            var column = TagColumns.Headings.IndexOf(heading);
            if (column < 0)
                errors.Add(At(index, $"{Printable.Quote(cells[index])} is no known heading: {Nearest.Hint(heading, TagColumns.Headings)}"));
            else if (fields[column] > 0)
                errors.Add(At(index, $"heading '{heading}' stands in field {fields[column]} already"));
            else
                fields[column] = index + 1;
        }

        foreach (var column in Required)
            if (fields[(int)column] == 0)
                errors.Add(new ConfigurationError(path, line, column.Heading(), null, "this heading is required and missing: the first line of the table must hold the headings"));
        return fields;

        ConfigurationError At(int index, string message) => new(path, line, "", null, message) { Column = index + 1 };
    }

    private static TagRow ReadRow(string[] cells, int[] fields, string path, int line, List<ConfigurationError> errors)
    {
        var row = TagRow.Of(path, line, fields, column => fields[(int)column] is > 0 and var field && field <= cells.Length ? Cell(column, cells[field - 1]) : "");
        for (var index = fields.Max(); index < cells.Length; index++)
            if (!string.IsNullOrWhiteSpace(cells[index]))
                errors.Add(new ConfigurationError(path, line, "", cells[index], $"{Printable.Quote(cells[index])} has no heading: is a separator inside a field that needs quotes?") { Column = index + 1 });
        foreach (var column in Required)
            if (fields[(int)column] > 0 && row[column].Length == 0)
                errors.Add(row.Error(column, "is required and empty"));
        return row;
    }

    /// <summary>Spaces around a cell are a spreadsheet's; in a node they may be the server's.</summary>
    private static string Cell(TagColumn column, string cell)
    {
        var text = SpreadsheetText.Restore(column == TagColumn.Node ? cell : cell.Trim());
        return column is TagColumn.Critical or TagColumn.Record && Boolean(text) is { } flag ? (flag ? "true" : "false") : text;
    }

    private static ConfigurationException Refused(string path, int line, string message) => new(new ConfigurationError(path, line, "", null, message));
}
