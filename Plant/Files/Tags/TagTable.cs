using System.Collections.Immutable;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>A table of tags, and how its file is written.</summary>
/// <param name="Rows">In the file's order.</param>
/// <param name="Form">How to write it again as it was.</param>
public sealed record TagTable(ImmutableArray<TagRow> Rows, TableForm Form)
{
    /// <summary>Index of each row by its tag's full name; of two with one name the first.</summary>
    internal IReadOnlyDictionary<string, int> ByName { get; } =
        Rows.Select((row, index) => (row.Name, index)).DistinctBy(pair => pair.Name).ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
}

/// <summary>What spreadsheets disagree about.</summary>
/// <param name="Separator">Between fields: comma, semicolon or tabulator.</param>
/// <param name="NewLine">Between rows.</param>
/// <param name="ByteOrderMark">Whether the file starts with one; without it Excel does not read UTF-8.</param>
public sealed record TableForm(char Separator, string NewLine, bool ByteOrderMark)
{
    public static TableForm Plain { get; } = new(',', "\n", false);

    /// <summary>What Excel opens by a double click where the comma is a decimal sign.</summary>
    public static TableForm Excel { get; } = new(';', "\r\n", true);
}
