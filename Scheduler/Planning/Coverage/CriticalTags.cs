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
    public bool RestsOn(string host)
    {
        foreach (var path in Paths)
            if (path.RestsOn(host))
                return true;
        return false;
    }
}

/// <summary>The critical tags of one line that have something in common, such as a host that a path of each rests on.</summary>
/// <param name="Line">The line.</param>
/// <param name="Groups">At least one.</param>
internal sealed record LineTags(string Line, ImmutableArray<TagGroup> Groups);

/// <summary>A plant's critical tags, grouped once: thousands of tags have a handful of paths.</summary>
internal static class CriticalTags
{
    private static readonly ConditionalWeakTable<PlantModel, Grouped> Known = [];

    /// <summary>All of one line.</summary>
    public static ImmutableArray<TagGroup> OfLine(PlantModel plant, string line) => Of(plant).ByLine.GetValueOrDefault(line, []);

    /// <summary>Those of which a path rests on the host, by line.</summary>
    public static ImmutableArray<LineTags> RestingOn(PlantModel plant, string host) => Of(plant).ByHost.GetValueOrDefault(host, []);

    /// <summary>These hosts, and all whose coverage rests on what these hosts and gateways do: those that share a critical tag with one of them.</summary>
    public static IEnumerable<string> HostsConcerned(PlantModel plant, IReadOnlyCollection<string> hosts, IReadOnlyCollection<string> gateways)
    {
        if (hosts.Count + gateways.Count == 0)
            return [];
        var all = Of(plant);
        return hosts.SelectMany(host => all.ByHost.GetValueOrDefault(host, [])).SelectMany(line => line.Groups)
            .Concat(gateways.SelectMany(gateway => all.ByGateway.GetValueOrDefault(gateway, [])))
            .Distinct(ReferenceEqualityComparer.Instance).Cast<TagGroup>()
            .SelectMany(group => group.Paths).SelectMany(path => path.Hosts)
            .Concat(hosts).Distinct(StringComparer.Ordinal);
    }

    private static Grouped Of(PlantModel plant) => Known.GetValue(plant, static model => new Grouped(Group(model)));

    private static ImmutableArray<TagGroup> Group(PlantModel plant)
    {
        var alike = plant.Tags.Where(tag => tag.Critical).GroupBy(tag => (tag.Line, tag.MinimumPaths, Servers: string.Join('\n', tag.Servers))).ToList();
        var paths = TagPaths.Of(plant, alike.Select(group => group.First())).ToLookup(path => path.Tag, StringComparer.Ordinal);
        return [.. alike.Select(group => new TagGroup(
            group.Key.Line, group.Key.MinimumPaths, group.Select(tag => tag.Name).ToFrozenSet(StringComparer.Ordinal), [.. paths[group.First().Name]]))];
    }

    private sealed class Grouped(ImmutableArray<TagGroup> all)
    {
        public Dictionary<string, ImmutableArray<TagGroup>> ByLine { get; } = By(all, group => [group.Line]);

        public Dictionary<string, ImmutableArray<TagGroup>> ByGateway { get; } = By(all, group => group.Paths.Select(path => path.Gateway));

        public Dictionary<string, ImmutableArray<LineTags>> ByHost { get; } = By(all, group => group.Paths.SelectMany(path => path.Hosts))
            .ToDictionary(host => host.Key, host => host.Value.GroupBy(group => group.Line).Select(line => new LineTags(line.Key, [.. line])).ToImmutableArray(), StringComparer.Ordinal);

        private static Dictionary<string, ImmutableArray<TagGroup>> By(ImmutableArray<TagGroup> all, Func<TagGroup, IEnumerable<string>> keys) => all
            .SelectMany(group => keys(group).Distinct(StringComparer.Ordinal).Select(key => (key, group)))
            .GroupBy(pair => pair.key, pair => pair.group, StringComparer.Ordinal)
            .ToDictionary(found => found.Key, found => found.ToImmutableArray(), StringComparer.Ordinal);
    }
}
