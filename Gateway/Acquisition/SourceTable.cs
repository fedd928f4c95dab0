using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>What this gateway watches: every tag at every one of its servers that offers it, in the order of the plant file.</summary>
/// <param name="Map">The same as indexes, for the fold.</param>
/// <param name="Servers">By server index.</param>
/// <param name="Tags">By source index.</param>
/// <param name="SourcesOfTag">By tag name: source indexes, in the tag's order of servers.</param>
internal sealed record SourceTable(
    ContinuityMap Map, ImmutableArray<OpcUaServer> Servers, ImmutableArray<Tag> Tags, IReadOnlyDictionary<string, ImmutableArray<int>> SourcesOfTag)
{
    /// <summary>Items in one subscription: enough that messages are few, few enough that a lost one costs little.</summary>
    public const int MostItems = 5000;

    /// <exception cref="ConfigurationException">The plant file has no such gateway.</exception>
    public static SourceTable Build(PlantModel plant, string gateway, string plantFile)
    {
        var node = plant.Gateways.FirstOrDefault(candidate => candidate.Name == gateway)
            ?? throw new ConfigurationException(new ConfigurationError(
                plantFile, 0, "gateways", gateway, $"has no gateway '{gateway}'; it has {string.Join(", ", plant.Gateways.Select(known => known.Name))}: correct the name in gateway.yaml"));
        var servers = node.Servers.Select(name => plant.Servers.First(server => server.Name == name)).ToImmutableArray();
        var sources = ImmutableArray.CreateBuilder<SourcePlace>();
        var tags = ImmutableArray.CreateBuilder<Tag>();
        var subscriptions = ImmutableArray.CreateBuilder<SubscriptionPlace>();
        for (var server = 0; server < servers.Length; server++)
        {
            var watched = plant.Tags.Where(tag => tag.Servers.Contains(servers[server].Name)).ToList();
            foreach (var group in watched.Chunk(MostItems))
            {
                subscriptions.Add(new SubscriptionPlace(server, [.. Enumerable.Range(sources.Count, group.Length)]));
                foreach (var tag in group)
                {
                    sources.Add(new SourcePlace(tag.Name, tag.Line, subscriptions.Count - 1, tag.LongestSilence));
                    tags.Add(tag);
                }
            }
        }

        var map = new ContinuityMap(gateway, [.. servers.Select(server => server.Name)], subscriptions.ToImmutable(), sources.ToImmutable());
        return Of(map, servers, tags.ToImmutable());
    }

    /// <param name="map">The indexes.</param>
    /// <param name="servers">By server index.</param>
    /// <param name="tags">By source index.</param>
    internal static SourceTable Of(ContinuityMap map, ImmutableArray<OpcUaServer> servers, ImmutableArray<Tag> tags)
    {
        var byTag = Enumerable.Range(0, tags.Length).Where(index => !map.Sources[index].Retired).GroupBy(index => map.Sources[index].Tag)
            .ToDictionary(group => group.Key, group => group.OrderBy(index => OrderOf(map, tags, index)).ToImmutableArray(), StringComparer.Ordinal);
        return new SourceTable(map, servers, tags, byTag);
    }

    /// <summary>Sources that are watched: all but those retired.</summary>
    public int Watched { get; } = Map.Sources.Count(source => !source.Retired);

    /// <summary>The source of a tag at a server; null when this gateway does not watch it there.</summary>
    public int? Find(string tag, string server)
    {
        foreach (var source in SourcesOfTag.TryGetValue(tag, out var sources) ? sources : [])
            if (Servers[ServerOf(source)].Name == server)
                return source;
        return null;
    }

    public int ServerOf(int source) => Map.Subscriptions[Map.Sources[source].Subscription].Server;

    private static int OrderOf(ContinuityMap map, ImmutableArray<Tag> tags, int source) =>
        tags[source].Servers.IndexOf(map.Servers[map.Subscriptions[map.Sources[source].Subscription].Server]);
}
