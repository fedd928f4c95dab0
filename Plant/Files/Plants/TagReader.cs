using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads one tag of a line or unit.</summary>
internal static class TagReader
{
    /// <summary>Built-in types that a tag can have: the scalars of OPC 10000-6 §5.1.2 that a condition or a historian can use.</summary>
    public static readonly ImmutableArray<string> DataTypes =
    [
        "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double",
        "String", "DateTime", "Guid", "LocalizedText", "NodeId",
    ];

    public static Tag Read(ConfigurationSection section, string line, string? unit, TagDefaults inherited, LineSurroundings surroundings)
    {
        var defaults = inherited.Override(section, surroundings.ServerNames);
        var servers = surroundings.Known.Expand(defaults.Servers);
        var publishing = servers.Select(surroundings.PublishingOf).DefaultIfEmpty(TimeSpan.Zero).Max();
        var needed = (int)Math.Ceiling(publishing / defaults.Sampling);
        if (defaults.Queue < needed)
            section.Error("queue", $"{defaults.Queue} values cannot hold what is sampled every {Durations.Format(defaults.Sampling)} while publishing takes {Durations.Format(publishing)}: at least {needed} are needed, or values are lost");
        if (defaults.LongestSilence <= defaults.Sampling)
            section.Error("longest-silence", $"{Durations.Format(defaults.LongestSilence.Value)} is not longer than the sampling interval {Durations.Format(defaults.Sampling)}: every healthy source would count as frozen");
        if (defaults.Servers.IsEmpty && !section.Has("servers"))
            section.Error("servers", "names no server that offers the node: set it here, on the unit or on the line");
        else if (defaults.Servers.IsEmpty && section.List("servers").IsEmpty)
            section.Error("servers", "names no server: list at least one");
        RefuseTooFewPaths(section, defaults, servers, surroundings);
        return new Tag
        {
            Name = unit is null ? $"{line}/{section.Name}" : $"{line}/{unit}.{section.Name}",
            Line = line,
            Unit = unit,
            Servers = servers,
            Node = ReadNode(section, defaults.Nodes),
            DataType = section.OptionalOneOf("type", DataTypes, "data type"),
            Profile = section.OptionalOneOf("profile", surroundings.ProfileNames, "state profile"),
            Critical = defaults.Critical,
            MinimumPaths = defaults.MinimumPaths,
            Record = defaults.Record,
            SamplingInterval = defaults.Sampling,
            QueueSize = (uint)(defaults.Queue ?? Math.Min(Math.Max(10, needed * 2), TagDefaults.LargestQueue)),
            LongestSilence = defaults.LongestSilence,
        };
    }

    /// <summary>A minimum that the plant does not have would block every patch for ever.</summary>
    private static void RefuseTooFewPaths(ConfigurationSection section, TagDefaults defaults, ImmutableArray<string> servers, LineSurroundings surroundings)
    {
        if (!defaults.Critical || defaults.MinimumPaths == 1 || surroundings.Gateways.IsEmpty)
            return;
        var paths = surroundings.Gateways.Sum(gateway => servers.Count(gateway.Servers.Contains)) * Math.Max(1, surroundings.Historians);
        if (paths < defaults.MinimumPaths)
            section.Error("minimum-paths", $"{defaults.MinimumPaths} paths must stay live, but the tag has {paths} in all: add a redundant server or a second gateway, or lower the minimum");
    }

    private static string ReadNode(ConfigurationSection section, string? prefix)
    {
        var node = section.OptionalText("node") ?? (prefix is null ? null : prefix + section.Name);
        if (node is null)
            section.Error("node", "is required and missing: write nsu=URI;s=Name, or give the line or the defaults a prefix under 'nodes'");
        else if (NodeText.Refusal(node) is { } refusal)
            section.Error("node", refusal);
        return node ?? "";
    }
}
