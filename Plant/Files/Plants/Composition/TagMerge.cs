using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Puts the rows of a table of tags into the tree, as if they stood below their line or unit.</summary>
/// <param name="root">The tree.</param>
/// <param name="table">The rows.</param>
/// <param name="context">Takes errors.</param>
/// <param name="replacing">A row takes the place of a tag that stands in the tree, instead of being refused for it.</param>
internal sealed class TagMerge(MapNode root, TagTable table, ConfigurationContext context, bool replacing)
{
    private readonly Dictionary<(string Line, string Unit), List<MapEntry>> added = [];
    private readonly Dictionary<string, MapNode> lines = new(StringComparer.Ordinal);

    public MapNode Merge()
    {
        foreach (var area in Maps(root.Map("areas")))
            foreach (var line in Maps(area.Map.Map("lines")))
                lines.TryAdd(line.Name, line.Map);
        var seen = new Dictionary<string, TagRow>(StringComparer.OrdinalIgnoreCase);
        var written = WrittenTags();
        foreach (var row in table.Rows)
            Take(row, seen, written);
        return added.Count == 0 ? root : WithLines();
    }

    private void Take(TagRow row, Dictionary<string, TagRow> seen, Dictionary<(string, string, string), MapEntry> written)
    {
        var (line, unit, tag) = (row[TagColumn.Line], row[TagColumn.Unit], row[TagColumn.Tag]);
        if (!lines.TryGetValue(line, out var map))
            Error(row, TagColumn.Line, $"the plant file has no line {Printable.Quote(line)}: {Nearest.Hint(line, [.. lines.Keys])}");
        else if (unit.Length > 0 && map.Map("units")?.Find(unit) is null)
            Error(row, TagColumn.Unit, $"line '{line}' has no unit {Printable.Quote(unit)}: {Nearest.Hint(unit, [.. map.Map("units")?.Entries.Select(entry => entry.Key) ?? []])}");
        else if (seen.TryGetValue(row.Name, out var first))
            Error(row, TagColumn.Tag, $"'{row.Name}' stands in line {first.Line} already{(first.Name == row.Name ? "" : $" ('{first.Name}'); names must differ in more than case")}");
        else if (!replacing && written.TryGetValue((line, unit, tag), out var there))
            Error(row, TagColumn.Tag, $"'{row.Name}' stands in line {there.Line} of {there.Place.File ?? context.File} too{(there.Place.Via is { } via ? $" ({via})" : "")}: remove one of them");
        else
            Add(row);
        seen.TryAdd(row.Name, row);
    }

    private void Add(TagRow row)
    {
        var key = (row[TagColumn.Line], row[TagColumn.Unit]);
        if (!added.TryGetValue(key, out var entries))
            added[key] = entries = [];
        entries.Add(new MapEntry(row[TagColumn.Tag], row.PlaceOf(TagColumn.Tag), Node(row)));
    }

    private static MapNode Node(TagRow row) => new(
        row.PlaceOf(TagColumn.Tag),
        [.. TagColumns.Settings.Where(column => row[column].Length > 0).Select(column => new MapEntry(column.Heading(), row.PlaceOf(column), Value(row, column)))]);

    private static ConfigurationNode Value(TagRow row, TagColumn column)
    {
        var place = row.PlaceOf(column);
        return column != TagColumn.Servers ? new ScalarNode(place, row[column], Plain: true)
            : new ListNode(place, [.. row[column].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => new ScalarNode(place, name, Plain: false))]);
    }

    private Dictionary<(string, string, string), MapEntry> WrittenTags()
    {
        var written = new Dictionary<(string, string, string), MapEntry>();
        foreach (var (name, line) in lines)
        {
            foreach (var tag in line.Map("tags")?.Entries ?? [])
                written.TryAdd((name, "", tag.Key), tag);
            foreach (var unit in Maps(line.Map("units")))
                foreach (var tag in unit.Map.Map("tags")?.Entries ?? [])
                    written.TryAdd((name, unit.Name, tag.Key), tag);
        }

        return written;
    }

    private MapNode WithLines() => TreeEdit.EachLine(root, (_, name, line) =>
    {
        var units = line.Map("units") is { } known
            ? known with { Entries = [.. known.Entries.Select(unit => added.TryGetValue((name, unit.Key), out var tags) ? unit with { Value = WithTags(unit.Value, tags) } : unit)] }
            : null;
        var changed = units is null ? line : line.With("units", units);
        return added.TryGetValue((name, ""), out var own) ? (MapNode)WithTags(changed, own) : changed;
    });

    private static ConfigurationNode WithTags(ConfigurationNode owner, List<MapEntry> tags)
    {
        // A unit that holds nothing yet may be written as nothing at all.
        var map = owner as MapNode ?? (owner is ScalarNode { IsNull: true } ? new MapNode(owner.Place, []) : null);
        if (map is null || map.Find("tags")?.Value is not (null or MapNode or ScalarNode { IsNull: true }))
            return owner;
        var known = map.Map("tags");
        var kept = known?.Entries ?? [];
        if (kept.Count > 0 && tags.Count > 0)
        {
            var names = tags.Select(tag => tag.Key).ToHashSet(StringComparer.Ordinal);
            kept = [.. kept.Where(tag => !names.Contains(tag.Key))];
        }

        return map.With("tags", new MapNode(known?.Place ?? map.Place, [.. kept, .. tags]));
    }

    private static IEnumerable<(string Name, MapNode Map)> Maps(MapNode? map) =>
        (map?.Entries ?? []).Select(entry => (entry.Key, Map: entry.Value as MapNode)).Where(pair => pair.Map is not null).Select(pair => (pair.Key, pair.Map!));

    private void Error(TagRow row, TagColumn column, string message) => context.Add(row.PlaceOf(column), column.Heading(), row[column], message);
}
