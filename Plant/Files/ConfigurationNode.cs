using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files;

/// <summary>What the parser made of one YAML node, or a field of an included table, with the place where it starts.</summary>
internal abstract record ConfigurationNode(TextPlace Place)
{
    public int Line => Place.Line;

    /// <summary>Last line that it takes up; meaningless for what was not written as YAML.</summary>
    public int LastLine { get; init; }
}

/// <param name="Place">Where it starts.</param>
/// <param name="Text">Content without quotes.</param>
/// <param name="Plain">Written without quotes, so it may be a number, a Boolean or nothing at all.</param>
internal sealed record ScalarNode(TextPlace Place, string Text, bool Plain) : ConfigurationNode(Place)
{
    public bool IsNull => Plain && (Text is "" or "~" or "null");
}

internal sealed record ListNode(TextPlace Place, IReadOnlyList<ConfigurationNode> Items) : ConfigurationNode(Place);

internal sealed record MapNode(TextPlace Place, IReadOnlyList<MapEntry> Entries) : ConfigurationNode(Place)
{
    public MapEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <summary>The map below a key; null when there is none.</summary>
    public MapNode? Map(string key) => Find(key)?.Value as MapNode;

    /// <summary>The same map with another value at a key, or with the key at its end.</summary>
    public MapNode With(string key, ConfigurationNode value) => Find(key) is { } known
        ? this with { Entries = [.. Entries.Select(entry => ReferenceEquals(entry, known) ? entry with { Value = value } : entry)] }
        : this with { Entries = [.. Entries, new MapEntry(key, value.Place, value)] };

    public MapNode Without(params ReadOnlySpan<string> keys)
    {
        var dropped = keys.ToArray();
        return Entries.Any(entry => dropped.Contains(entry.Key)) ? this with { Entries = [.. Entries.Where(entry => !dropped.Contains(entry.Key))] } : this;
    }
}

/// <param name="Key">Unique within its map.</param>
/// <param name="Place">Where the key stands.</param>
/// <param name="Value">What stands behind it.</param>
internal sealed record MapEntry(string Key, TextPlace Place, ConfigurationNode Value)
{
    public int Line => Place.Line;
}
