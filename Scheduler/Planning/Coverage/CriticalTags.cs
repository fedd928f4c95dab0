using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Planning.Coverage;

/// <summary>Critical tags of one line that share their servers and minimum, and so their paths.</summary>
/// <param name="Line">The line.</param>
/// <param name="Minimum">How many live paths each keeps.</param>
/// <param name="Tags">Their names.</param>
/// <param name="Paths">The paths of each; <see cref="TagPath.Tag"/> names the first.</param>
internal sealed record TagGroup(string Line, int Minimum, FrozenSet<string> Tags, ImmutableArray<TagPath> Paths)
{
    public bool RestsOn(string host) => Paths.Any(path => path.RestsOn(host));
}

/// <summary>A plant's critical tags, grouped once: thousands of tags have a handful of paths.</summary>
internal static class CriticalTags
{
    private static readonly ConditionalWeakTable<PlantModel, Grouped> Known = [];

    public static ImmutableArray<TagGroup> Of(PlantModel plant) => Known.GetValue(plant, model => new Grouped(Group(model))).All;

    /// <summary>Those of which a path rests on the host.</summary>
    public static ImmutableArray<TagGroup> RestingOn(PlantModel plant, string host) =>
        Known.GetValue(plant, model => new Grouped(Group(model))).ByHost.GetValueOrDefault(host, []);

    /// <summary>These hosts, and all whose coverage rests on what these hosts and gateways do: those that share a critical tag with one of them.</summary>
    public static IEnumerable<string> HostsConcerned(PlantModel plant, IReadOnlyCollection<string> hosts, IReadOnlyCollection<string> gateways) =>
        hosts.Count + gateways.Count == 0 ? [] : Of(plant)
            .Where(group => group.Paths.Any(path => gateways.Contains(path.Gateway)) || hosts.Any(group.RestsOn))
            .SelectMany(group => group.Paths).SelectMany(path => path.Hosts)
            .Concat(hosts).Distinct(StringComparer.Ordinal);

    private static ImmutableArray<TagGroup> Group(PlantModel plant) =>
    [
        .. from tag in plant.Tags
           where tag.Critical
           group tag by (tag.Line, tag.MinimumPaths, Servers: string.Join('\n', tag.Servers)) into alike
           let only = plant with { Areas = [.. plant.Areas.Select(area => area with { Lines = [.. area.Lines.Where(line => line.Name == alike.Key.Line).Select(line => line with { Tags = [alike.First()] })] })] }
           select new TagGroup(alike.Key.Line, alike.Key.MinimumPaths, alike.Select(tag => tag.Name).ToFrozenSet(StringComparer.Ordinal), TagPaths.Of(only)),
    ];

    private sealed class Grouped(ImmutableArray<TagGroup> all)
    {
        public ImmutableArray<TagGroup> All => all;

        public Dictionary<string, ImmutableArray<TagGroup>> ByHost { get; } = all
            .SelectMany(group => group.Paths.SelectMany(path => path.Hosts).Distinct(StringComparer.Ordinal).Select(host => (host, group)))
            .GroupBy(pair => pair.host, pair => pair.group, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }
}
