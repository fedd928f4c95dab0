using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Makes one tree of a plant file, its templates and its table of tags. What is read from there on cannot tell who wrote what; errors can.</summary>
/// <param name="table">The table of tags to put in instead of the one that the file names; null reads that one.</param>
/// <param name="replacing">See <see cref="TagMerge"/>.</param>
internal sealed class PlantComposer(TagTable? table = null, bool replacing = false)
{
    public const string TemplatesKey = "templates";
    public const string TagsFileKey = "tags-file";

    /// <summary>The table that was put in; null when the file names none.</summary>
    public TagTable? Table { get; private set; }

    /// <summary>Path of that table, as the file's own path and the key together say; null when the file names none.</summary>
    public string? TablePath { get; private set; }

    /// <summary>The whole tree; null before <see cref="Compose"/>.</summary>
    public MapNode? Composed { get; private set; }

    public MapNode Compose(MapNode root, ConfigurationContext context)
    {
        ReadTable(root, context);
        var expanded = new TemplateExpansion(root, context).Expand();
        expanded = expanded.Without(TemplatesKey, TagsFileKey);
        return Composed = Table is null ? expanded : new TagMerge(expanded, Table, context, replacing).Merge();
    }

    private void ReadTable(MapNode root, ConfigurationContext context)
    {
        Table = table;
        if (root.Find(TagsFileKey) is not { } entry)
            return;
        if (entry.Value is not ScalarNode { IsNull: false, Text: { Length: > 0 } name } || name.Any(char.IsControl))
        {
            context.Add(entry.Place, TagsFileKey, null, "must be the path of a CSV file, such as tags.csv");
            return;
        }

        // As short as the plant file's own path was given, so that errors are.
        TablePath = Path.IsPathRooted(name) ? name : Path.Combine(Path.GetDirectoryName(context.File) ?? "", name);
        if (Table is not null)
            return;
        try
        {
            Table = TagTableReader.Read(TablePath);
        }
        catch (ConfigurationException exception)
        {
            foreach (var error in exception.Errors)
                context.Add(new TextPlace(error.Line, error.Column, error.File), error.Key, error.Value, error.Message + (error.Line == 0 ? $" (named in line {entry.Line} of {context.File})" : ""));
        }
    }
}
