using System.Collections.Immutable;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>What tags inherit: from the plant's defaults, their line, their unit.</summary>
/// <param name="Nodes">Prefix of every node, before the tag's own name; null when nodes must be written out.</param>
/// <param name="Servers">Names of the servers that offer the nodes.</param>
/// <param name="Sampling">Sampling interval.</param>
/// <param name="Queue">Queue size; null chooses one that holds what is sampled between two publications.</param>
/// <param name="LongestSilence">See <see cref="Model.Tag.LongestSilence"/>.</param>
/// <param name="Critical">See <see cref="Model.Tag.Critical"/>.</param>
/// <param name="Record">See <see cref="Model.Tag.Record"/>.</param>
/// <param name="MinimumPaths">See <see cref="Model.Tag.MinimumPaths"/>.</param>
internal sealed record TagDefaults(
    string? Nodes, ImmutableArray<string> Servers, TimeSpan Sampling, int? Queue, TimeSpan? LongestSilence, bool Critical, bool Record, int MinimumPaths = 1)
{
    public const int LargestQueue = 10_000;
    public const int MostPaths = 16;

    public static readonly TimeSpan ShortestSampling = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan LongestSampling = TimeSpan.FromHours(1);

    /// <summary>These, as far as the defaults, a line or a unit do not set their own for all their tags.</summary>
    /// <param name="section">Where to look.</param>
    /// <param name="name">Name of the line or unit, which extends the inherited node prefix; null for the defaults.</param>
    /// <param name="servers">Known servers; empty where none can be named yet.</param>
    public TagDefaults OverrideForAll(ConfigurationSection section, string? name, ImmutableArray<string> servers) =>
        Override(section, servers) with { Nodes = ReadNodes(section) ?? (name is null || Nodes is null ? Nodes : $"{Nodes}{name}.") };

    /// <summary>These, as far as one tag does not set its own.</summary>
    public TagDefaults Override(ConfigurationSection section, ImmutableArray<string> servers) => new(
        Nodes,
        !servers.IsEmpty && section.Has("servers") ? PlantReader.References(section.List("servers"), servers, "server") : Servers,
        section.Duration("sampling", Sampling, ShortestSampling, LongestSampling),
        section.OptionalInt("queue", 1, LargestQueue) ?? Queue,
        section.OptionalDuration("longest-silence", ShortestSampling) ?? LongestSilence,
        section.Bool("critical", Critical),
        section.Bool("record", Record),
        section.Int("minimum-paths", MinimumPaths, 1, MostPaths));

    private static string? ReadNodes(ConfigurationSection section)
    {
        var nodes = section.OptionalText("nodes");
        if (nodes is not null && NodeText.Refusal(nodes + "X") is { } refusal)
            section.Error("nodes", refusal);
        return nodes;
    }
}
