using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>What a table of tags can say of each. The headings are these names in kebab-case.</summary>
public enum TagColumn
{
    /// <summary>Name of the line; required.</summary>
    Line,

    /// <summary>Name of the unit; empty for a tag of the line itself.</summary>
    Unit,

    /// <summary>The tag's own name; required.</summary>
    Tag,

    /// <summary>Names of the servers that offer it, <c>|</c> between them; empty inherits.</summary>
    Servers,

    /// <summary>Node; empty is the inherited prefix and the tag's name.</summary>
    Node,

    /// <summary>Built-in data type.</summary>
    Type,

    /// <summary>State profile.</summary>
    Profile,

    Sampling,

    Queue,

    LongestSilence,

    Critical,

    Record,

    MinimumPaths,

    /// <summary>Where the node was found. Like all that follow no part of the configuration: it is for people and for comparing.</summary>
    BrowsePath,

    /// <summary>Pattern that selected it.</summary>
    SelectedBy,

    /// <summary>UTC; when the browse path led to the node.</summary>
    ResolvedAt,

    Note,
}

public static class TagColumns
{
    public static ImmutableArray<TagColumn> All { get; } = [.. Enum.GetValues<TagColumn>()];

    public static ImmutableArray<string> Headings { get; } = [.. All.Select(column => Names.Kebab(column.ToString()))];

    /// <summary>Built-in types that a tag can have.</summary>
    public static ImmutableArray<string> DataTypes => Plants.TagReader.DataTypes;

    /// <summary>Columns that a tag's entry in the plant file has as keys.</summary>
    public static ImmutableArray<TagColumn> Settings { get; } =
        [TagColumn.Servers, TagColumn.Node, TagColumn.Type, TagColumn.Profile, TagColumn.Sampling, TagColumn.Queue, TagColumn.LongestSilence, TagColumn.Critical, TagColumn.Record, TagColumn.MinimumPaths];

    public static string Heading(this TagColumn column) => Headings[(int)column];
}
