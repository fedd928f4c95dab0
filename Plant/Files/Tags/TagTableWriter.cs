using CsvHelper;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>Writes a table of tags so that <see cref="TagTableReader"/> reads the same back and no spreadsheet takes a cell for a formula.</summary>
public static class TagTableWriter
{
    public static byte[] Write(IEnumerable<TagRow> rows, TableForm form)
    {
        using var stream = new MemoryStream();
        using (var writer = CsvWriter.Create(stream, new CsvWriterOptions { Separator = form.Separator, NewLine = form.NewLine, WriteByteOrderMark = form.ByteOrderMark }, leaveOpen: true))
        {
            writer.WriteHeader([.. TagColumns.Headings]);
            foreach (var row in rows)
                writer.WriteRecord([.. TagColumns.All.Select(column => SpreadsheetText.Defuse(row[column]))]);
        }

        return stream.ToArray();
    }
}
