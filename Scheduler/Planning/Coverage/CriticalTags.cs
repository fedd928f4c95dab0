using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Coverage;

/// <summary>Critical tags of one line that share their servers and minimum, and so their paths.</summary>
/// <param name="Number">Which of the plant's groups it is, from 0.</param>
/// <param name="Line">The line.</param>
/// <param name="Minimum">How many live paths each keeps.</param>
/// <param name="Tags">Their names.</param>
/// <param name="Paths">The paths of each; <see cref="TagPath.Tag"/> names the first.</param>
/// <param name="Hosts">What each path rests on, in the order of the paths.</param>
internal sealed record TagGroup(
    int Number, string Line, int Minimum, FrozenSet<string> Tags, ImmutableArray<TagPath> Paths, ImmutableArray<PathHosts> Hosts)
{
    public int TagCount { get; } = Tags.Count;

    public bool RestsOn(string host)
    {
        foreach (var path in Paths)
            if (path.RestsOn(host))
                return true;
        return false;
    }
}

/// <summary>The hosts that a path rests on; null where it rests on none, or the plant file has none of that name.</summary>
internal readonly record struct PathHosts(PlantHost? Server, PlantHost? Gateway, PlantHost? Historian)
{
    public bool RestOn(PlantHost host) => Server == host || Gateway == host || Historian == host;
}

/// <summary>The critical tags of one line that have something in common, such as a host that a path of each rests on.</summary>
/// <param name="Line">The line.</param>
/// <param name="Groups">At least one.</param>
internal sealed record LineTags(string Line, ImmutableArray<TagGroup> Groups);

/// <summary>A plant's critical tags, grouped once: thousands of tags have a handful of paths.</summary>
internal sealed class CriticalTags
{
    private static readonly ConditionalWeakTable<PlantModel, CriticalTags> Known = [];

    private readonly Dictionary<string, ImmutableArray<TagGroup>> byLine;
    private readonly Dictionary<string, ImmutableArray<TagGroup>> byGateway;
    private readonly Dictionary<string, ImmutableArray<LineTags>> byHost;

    // By the host's number, for whoever asks for all of them.
    private readonly ImmutableArray<LineTags>[] byNumber;

    private CriticalTags(PlantModel plant)
    {
        var groups = Group(plant);
        GroupCount = groups.Length;
        byLine = By(groups, group => [group.Line]);
        byGateway = By(groups, group => group.Paths.Select(path => path.Gateway));
        byHost = By(groups, group => group.Paths.SelectMany(path => path.Hosts))
            .ToDictionary(host => host.Key, host => host.Value.GroupBy(group => group.Line).Select(line => new LineTags(line.Key, [.. line])).ToImmutableArray(), StringComparer.Ordinal);
        byNumber = [.. plant.Hosts.Select(host => byHost.GetValueOrDefault(host.Name, []))];
    }

    /// <summary>Those of this model.</summary>
    public static CriticalTags Of(PlantModel plant) => Known.GetValue(plant, static model => new CriticalTags(model));

    /// <summary>Numbers of groups are below it.</summary>
    public int GroupCount { get; }

    /// <summary>All of one line.</summary>
    public ImmutableArray<TagGroup> OfLine(string line) => byLine.GetValueOrDefault(line, []);

    /// <summary>Those of which a path rests on the host, by line.</summary>
    public ImmutableArray<LineTags> RestingOn(PlantHost host) => byNumber[host.Number];

    /// <summary>These hosts, and all whose coverage rests on what these hosts and gateways do: those that share a critical tag with one of them.</summary>
    public IEnumerable<string> HostsConcerned(IReadOnlyCollection<string> hosts, IReadOnlyCollection<string> gateways) =>
        hosts.SelectMany(host => byHost.GetValueOrDefault(host, [])).SelectMany(line => line.Groups)
            .Concat(gateways.SelectMany(gateway => byGateway.GetValueOrDefault(gateway, [])))
            .Distinct(ReferenceEqualityComparer.Instance).Cast<TagGroup>()
            .SelectMany(group => group.Paths).SelectMany(path => path.Hosts)
            .Concat(hosts).Distinct(StringComparer.Ordinal);

    private static ImmutableArray<TagGroup> Group(PlantModel plant)
    {
        var alike = plant.Tags.Where(tag => tag.Critical).GroupBy(tag => (tag.Line, tag.MinimumPaths, Servers: string.Join('\n', tag.Servers))).ToList();
        var paths = TagPaths.Of(plant, alike.Select(group => group.First())).ToLookup(path => path.Tag, StringComparer.Ordinal);
        var index = PlantIndex.Of(plant);
        return [.. alike.Select((group, number) => new TagGroup(
            number, group.Key.Line, group.Key.MinimumPaths, group.Select(tag => tag.Name).ToFrozenSet(StringComparer.Ordinal), [.. paths[group.First().Name]],
            [.. paths[group.First().Name].Select(path => new PathHosts(Host(path.ServerHost), Host(path.GatewayHost), Host(path.HistorianHost)))]))];

        PlantHost? Host(string? name) => name is null ? null : index.Host(name);
    }

    private static Dictionary<string, ImmutableArray<TagGroup>> By(ImmutableArray<TagGroup> all, Func<TagGroup, IEnumerable<string>> keys) => all
        .SelectMany(group => keys(group).Distinct(StringComparer.Ordinal).Select(key => (key, group)))
        .GroupBy(pair => pair.key, pair => pair.group, StringComparer.Ordinal)
        .ToDictionary(found => found.Key, found => found.ToImmutableArray(), StringComparer.Ordinal);
}
