using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads a line's <c>hold</c>: <c>none</c>, or a map with <c>method</c> or <c>tags</c>.</summary>
/// <remarks>Nodes that are not given are the line's own: its object with the methods RequestHold and ReleaseHold, or its variables HoldRequest and HoldAck.</remarks>
internal static class HoldReader
{
    private static readonly string[] Forms = ["method", "tags"];

    public static HoldMode ReadMode(ConfigurationSection line)
    {
        var value = line.Optional("hold");
        if (value is null)
            return HoldMode.Unstated;
        if (value is { Raw: "none" })
            return HoldMode.None;
        if (!value.IsMap)
        {
            value.Error($"must be 'none', or a map with one of {string.Join(" or ", Forms)}, not {Printable.Quote(value.Raw ?? "a list")}");
            return HoldMode.None;
        }

        var hold = value.Section();
        if (hold.Has("method") == hold.Has("tags"))
            value.Error("must have exactly one of method and tags");
        return hold.Has("method") ? HoldMode.Method : HoldMode.Tags;
    }

    public static HoldNodes? ReadNodes(ConfigurationSection line, TagDefaults inherited, LineSurroundings surroundings)
    {
        if (line.Optional("hold") is not { IsMap: true } value)
            return null;
        var hold = value.Section();
        var method = hold.OptionalSection("method");
        if ((method ?? hold.OptionalSection("tags")) is not { } form)
            return null;
        var servers = surroundings.Known.Expand([form.OneOf("server", surroundings.ServerNames, inherited.Servers.FirstOrDefault(), "server")]);
        return new HoldNodes(
            servers[0],
            Node(form, "request", inherited.Nodes, method is null ? "HoldRequest" : "RequestHold"),
            Node(form, method is null ? "acknowledge" : "release", inherited.Nodes, method is null ? "HoldAck" : "ReleaseHold"),
            method is null ? null : Node(form, "object", inherited.Nodes?.TrimEnd('.'), "")) { Alternates = servers.Length == 1 ? [] : servers.RemoveAt(0) };
    }

    private static string Node(ConfigurationSection section, string key, string? prefix, string name)
    {
        var node = section.Text(key, prefix is null ? null : prefix + name);
        if (node.Length > 0 && NodeText.Refusal(node) is { } refusal)
            section.Error(key, refusal);
        return node;
    }
}
