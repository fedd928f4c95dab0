using System.Collections.Immutable;
using CsvHelper;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>Writes a table of tags so that <see cref="TagTableReader"/> reads the same back and no spreadsheet takes a cell for a formula.</summary>
public static class TagTableWriter
{
    /// <param name="rows">In order.</param>
    /// <param name="form">How.</param>
    /// <param name="columns">Which; all without it.</param>
    public static byte[] Write(IEnumerable<TagRow> rows, TableForm form, ImmutableArray<TagColumn> columns = default)
    {
        columns = columns.IsDefault ? TagColumns.All : columns;
        using var stream = new MemoryStream();
        using (var writer = CsvWriter.Create(stream, new CsvWriterOptions { Separator = form.Separator, NewLine = form.NewLine, WriteByteOrderMark = form.ByteOrderMark }, leaveOpen: true))
        {
            writer.WriteHeader([.. columns.Select(column => column.Heading())]);
            foreach (var row in rows)
                writer.WriteRecord([.. columns.Select(column => SpreadsheetText.Defuse(row[column]))]);
        }

        return stream.ToArray();
    }
}
