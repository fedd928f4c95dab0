namespace PatchEdge.Plant.Files;

/// <summary>What the parser made of one YAML node, with the line where it starts.</summary>
internal abstract record ConfigurationNode(int Line);

/// <param name="Line">Line from 1.</param>
/// <param name="Text">Content without quotes.</param>
/// <param name="Plain">Written without quotes, so it may be a number, a Boolean or nothing at all.</param>
internal sealed record ScalarNode(int Line, string Text, bool Plain) : ConfigurationNode(Line)
{
    public bool IsNull => Plain && (Text is "" or "~" or "null");
}

internal sealed record ListNode(int Line, IReadOnlyList<ConfigurationNode> Items) : ConfigurationNode(Line);

internal sealed record MapNode(int Line, IReadOnlyList<MapEntry> Entries) : ConfigurationNode(Line);

/// <param name="Key">Unique within its map.</param>
/// <param name="Line">Line of the key.</param>
/// <param name="Value">What stands behind it.</param>
internal sealed record MapEntry(string Key, int Line, ConfigurationNode Value);
