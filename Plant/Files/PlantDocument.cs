using System.Collections.Immutable;
using PatchEdge.Plant.Files.Plants;
using PatchEdge.Plant.Files.Plants.Composition;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files;

/// <summary>A plant file as it is written, for those who show or change it; <see cref="PlantFile"/> gives what it says.</summary>
public sealed record PlantDocument
{
    public required string Path { get; init; }

    /// <summary>The plant file's own text.</summary>
    public required string Text { get; init; }

    public required PlantModel Model { get; init; }

    /// <summary>The table of tags that the file names; null when it names none.</summary>
    public required TagTable? Table { get; init; }

    /// <summary>Where that table is; null when the file names none.</summary>
    public required string? TablePath { get; init; }

    /// <summary>Where each tag is written, by its name in the model.</summary>
    public required IReadOnlyDictionary<string, TagOrigin> Origins { get; init; }

    /// <summary>Lines of keys at the outermost level and where what they hold ends.</summary>
    internal IReadOnlyDictionary<string, int> RootKeys { get; init; } = ImmutableDictionary<string, int>.Empty;

    internal MapNode Composed { get; init; } = new(default, []);

    /// <exception cref="ConfigurationException">Anything in it was refused; carries every error.</exception>
    public static PlantDocument Open(string path) => Parse(ConfigurationFile.ReadAllText(path), path, null);

    /// <param name="text">The plant file's own text.</param>
    /// <param name="path">Stands in errors, roots relative paths.</param>
    /// <param name="table">Instead of the table that the file names; null reads that one.</param>
    /// <param name="replacing">A row takes the place of a tag that the plant file has, too, instead of being refused.</param>
    internal static PlantDocument Parse(string text, string path, TagTable? table, bool replacing = false)
    {
        var composer = new PlantComposer(table, replacing);
        IReadOnlyDictionary<string, int> keys = ImmutableDictionary<string, int>.Empty;
        var model = ConfigurationFile.Parse(text, path, PlantReader.Read, (map, context) =>
        {
            keys = map.Entries.ToDictionary(entry => entry.Key, entry => Math.Max(entry.Line, entry.Value.LastLine), StringComparer.Ordinal);
            return composer.Compose(map, context);
        });
        return new PlantDocument
        {
            Path = path,
            Text = text,
            Model = model,
            Table = composer.Table,
            TablePath = composer.TablePath,
            RootKeys = keys,
            Composed = composer.Composed!,
            Origins = OriginsIn(composer.Composed!, path),
        };
    }

    /// <summary>The whole plant in one file: templates written out, tags of the table in their places. It reads back as the same plant with the same hash.</summary>
    public string Expanded() => PlantText.Write(Composed);

    private static Dictionary<string, TagOrigin> OriginsIn(MapNode root, string path)
    {
        var origins = new Dictionary<string, TagOrigin>(StringComparer.Ordinal);
        TreeEdit.EachLine(root, (_, name, line) =>
        {
            Note(line.Map("tags"), name + "/");
            foreach (var unit in line.Map("units")?.Entries ?? [])
                Note((unit.Value as MapNode)?.Map("tags"), $"{name}/{unit.Key}.");
            return line;
        });
        return origins;

        void Note(MapNode? tags, string prefix)
        {
            foreach (var entry in tags?.Entries ?? [])
                origins.TryAdd(prefix + entry.Key, new TagOrigin(entry.Place.File ?? path, entry.Line, Math.Max(entry.Line, entry.Value.LastLine), entry.Place.Column > 0, entry.Place.Via));
        }
    }
}

/// <summary>Where a tag is written.</summary>
/// <param name="File">File.</param>
/// <param name="Line">First line.</param>
/// <param name="LastLine">Last line; meaningless in a table.</param>
/// <param name="InTable">It is a row of the table of tags.</param>
/// <param name="Via">The template that it comes from, in words; null when it was written for itself.</param>
public sealed record TagOrigin(string File, int Line, int LastLine, bool InTable, string? Via)
{
    public override string ToString() => Via is null ? $"{File}:{Line}" : $"{File}:{Line}, {Via}";
}
