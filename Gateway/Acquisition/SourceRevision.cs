using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>The step from one table of sources to the next while the gateway runs. Indexes only ever grow: what stays keeps its own, and with it its monitored item and its account.</summary>
/// <param name="Table">What is watched from now on.</param>
/// <param name="Retired">Sources that are watched no more.</param>
/// <param name="Added">Sources that are new. A tag whose node, sampling or queue changed is retired and added.</param>
/// <param name="Forebears">By added source: the latest retired one of the same tag at the same server, if there was one.</param>
internal sealed record SourceRevision(SourceTable Table, ImmutableArray<int> Retired, ImmutableArray<int> Added, IReadOnlyDictionary<int, int> Forebears)
{
    /// <summary>Why the step cannot be taken without a restart; null when it can.</summary>
    /// <param name="table">What is watched now.</param>
    /// <param name="before">The plant that it was built of.</param>
    /// <param name="after">The plant to come.</param>
    /// <param name="gateway">This gateway.</param>
    public static string? Obstacle(SourceTable table, PlantModel before, PlantModel after, string gateway)
    {
        if (before.Site != after.Site)
            return $"the site is called '{after.Site}' now, it was '{before.Site}'";
        if (after.Gateways.FirstOrDefault(candidate => candidate.Name == gateway) is not { } node)
            return $"there is no gateway '{gateway}' any more";
        if (!node.Servers.SequenceEqual(table.Map.Servers))
            return $"this gateway watches {string.Join(", ", node.Servers)} now, it watched {string.Join(", ", table.Map.Servers)}";
        return table.Servers.FirstOrDefault(server => after.Servers.First(other => other.Name == server.Name) != server) is { } changed
            ? $"server '{changed.Name}' has other settings"
            : null;
    }

    /// <param name="table">What is watched now.</param>
    /// <param name="plant">The plant to come; <see cref="Obstacle"/> has none against it.</param>
    public static SourceRevision Of(SourceTable table, PlantModel plant)
    {
        var wanted = new Dictionary<(string Tag, string Server), Tag>();
        foreach (var tag in plant.Tags)
            foreach (var server in tag.Servers)
                wanted[(tag.Name, server)] = tag;
        var tags = table.Tags.ToBuilder();
        var places = table.Map.Sources.ToBuilder();
        var retired = ImmutableArray.CreateBuilder<int>();
        for (var source = 0; source < tags.Count; source++)
        {
            if (places[source].Retired)
                continue;
            var key = (tags[source].Name, table.Servers[table.ServerOf(source)].Name);
            if (wanted.TryGetValue(key, out var tag) && SameItem(tags[source], tag))
            {
                (tags[source], places[source]) = (tag, places[source] with { Line = tag.Line, LongestSilence = tag.LongestSilence });
                wanted.Remove(key);
            }
            else
            {
                places[source] = places[source] with { Retired = true };
                retired.Add(source);
            }
        }

        var subscriptions = table.Map.Subscriptions.Select(place => place.Sources.Where(source => !places[source].Retired).ToList()).ToList();
        var servers = table.Map.Subscriptions.Select(place => place.Server).ToList();
        var added = ImmutableArray.CreateBuilder<int>();
        // In the plant file's order, so that equal files give equal tables.
        foreach (var (tag, name) in plant.Tags.SelectMany(tag => tag.Servers.Select(server => (tag, server))).Where(pair => wanted.ContainsKey((pair.tag.Name, pair.server))))
        {
            var server = table.Map.Servers.IndexOf(name);
            if (server < 0)
                continue;
            var subscription = Enumerable.Range(0, subscriptions.Count).Cast<int?>().FirstOrDefault(index => servers[index!.Value] == server && subscriptions[index.Value].Count < SourceTable.MostItems) ?? -1;
            if (subscription < 0)
            {
                subscription = subscriptions.Count;
                subscriptions.Add([]);
                servers.Add(server);
            }

            subscriptions[subscription].Add(places.Count);
            added.Add(places.Count);
            places.Add(new SourcePlace(tag.Name, tag.Line, subscription, tag.LongestSilence));
            tags.Add(tag);
        }

        var map = table.Map with
        {
            Subscriptions = [.. subscriptions.Select((sources, index) => new SubscriptionPlace(servers[index], [.. sources]))],
            Sources = places.ToImmutable(),
        };
        return new SourceRevision(SourceTable.Of(map, table.Servers, tags.ToImmutable()), retired.ToImmutable(), added.ToImmutable(), ForebearsIn(map, added));
    }

    private static Dictionary<int, int> ForebearsIn(ContinuityMap map, IEnumerable<int> added)
    {
        var latest = new Dictionary<(string Tag, int Server), int>();
        for (var index = 0; index < map.Sources.Length; index++)
            if (map.Sources[index].Retired)
                latest[KeyOf(map, index)] = index;
        return added.Where(index => latest.ContainsKey(KeyOf(map, index))).ToDictionary(index => index, index => latest[KeyOf(map, index)]);
    }

    private static (string Tag, int Server) KeyOf(ContinuityMap map, int index) =>
        (map.Sources[index].Tag, map.Subscriptions[map.Sources[index].Subscription].Server);

    private static bool SameItem(Tag one, Tag other) => SourceNumbers.DefinitionOf(one) == SourceNumbers.DefinitionOf(other);
}
