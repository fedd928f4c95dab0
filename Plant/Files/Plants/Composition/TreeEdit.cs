namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Rebuilds the lines of a plant's tree; what is not shaped as lines are is left for the reader to refuse.</summary>
internal static class TreeEdit
{
    /// <param name="root">The plant.</param>
    /// <param name="edit">Area, line and its map to what shall stand there.</param>
    public static MapNode EachLine(MapNode root, Func<string, string, MapNode, MapNode> edit)
    {
        if (root.Map("areas") is not { } areas)
            return root;
        return root.With("areas", areas with { Entries = [.. areas.Entries.Select(area => area.Value is MapNode map && map.Map("lines") is { } lines
            ? area with { Value = map.With("lines", lines with { Entries = [.. lines.Entries.Select(line => line.Value is MapNode known ? line with { Value = edit(area.Key, line.Key, known) } : line)] }) }
            : area)] });
    }
}
