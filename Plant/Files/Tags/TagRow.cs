using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>One tag as a table gives it: text, not yet checked. An empty cell inherits.</summary>
/// <param name="File">File that it stands in, as it was given.</param>
/// <param name="Line">Line that it starts in, from 1.</param>
public sealed record TagRow(string File, int Line)
{
    private static readonly string[] Empty = [.. TagColumns.All.Select(_ => "")];
    private static readonly int[] InOrder = [.. Enumerable.Range(1, TagColumns.All.Length)];

    private readonly string[] cells = [.. Empty];

    /// <summary>By column: the field of the file, from 1; 0 for a column that the file does not have.</summary>
    internal IReadOnlyList<int> Fields { get; init; } = InOrder;

    public string this[TagColumn column]
    {
        get => cells[(int)column];
        init => cells[(int)column] = value;
    }

    /// <summary>The tag's full name, as the model has it.</summary>
    public string Name => this[TagColumn.Unit].Length == 0
        ? $"{this[TagColumn.Line]}/{this[TagColumn.Tag]}"
        : $"{this[TagColumn.Line]}/{this[TagColumn.Unit]}.{this[TagColumn.Tag]}";

    /// <summary>This row with some cells changed.</summary>
    public TagRow With(IEnumerable<KeyValuePair<TagColumn, string>> changes)
    {
        var changed = new TagRow(File, Line) { Fields = Fields };
        cells.CopyTo(changed.cells, 0);
        foreach (var (column, text) in changes)
            changed.cells[(int)column] = text;
        return changed;
    }

    /// <summary>An error at one of its cells.</summary>
    public ConfigurationError Error(TagColumn column, string message) =>
        new(File, Line, column.Heading(), this[column], message) { Column = Fields[(int)column] };

    internal static TagRow Of(string file, int line, IReadOnlyList<int> fields, Func<TagColumn, string> cell)
    {
        var row = new TagRow(file, line) { Fields = fields };
        foreach (var column in TagColumns.All)
            row.cells[(int)column] = cell(column);
        return row;
    }

    internal TextPlace PlaceOf(TagColumn column) => new(Line, Math.Max(1, Fields[(int)column]), File);
}
