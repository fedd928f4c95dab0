using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

/// <summary>A way by which a tag reaches the record: server → gateway → historian, with the hosts that each rests on.</summary>
public sealed record TagPath(string Tag, string Server, string? ServerHost, string Gateway, string? GatewayHost, string? Historian, string? HistorianHost)
{
    /// <summary>Hosts that it rests on, as far as they can be patched.</summary>
    public IEnumerable<string> Hosts => new[] { ServerHost, GatewayHost, HistorianHost }.OfType<string>();
}

public static class TagPaths
{
    /// <summary>Every path of every tag, in the model's order: each server that offers it × each gateway that watches that server × each historian.</summary>
    /// <remarks>A bridged historian takes no path away. Without any historian the gateway's own journal is the record, and <see cref="TagPath.Historian"/> is null.</remarks>
    public static ImmutableArray<TagPath> Of(PlantModel plant) => Of(plant, plant.Tags);

    /// <summary>The paths of these tags alone.</summary>
    public static ImmutableArray<TagPath> Of(PlantModel plant, IEnumerable<Tag> tags)
    {
        var hostOf = plant.Servers.ToDictionary(server => server.Name, server => server.Host);
        var watching = plant.Gateways.SelectMany(gateway => gateway.Servers.Distinct().Select(server => (server, gateway))).ToLookup(pair => pair.server, pair => pair.gateway);
        Historian?[] historians = plant.Historians.IsEmpty ? [null] : [.. plant.Historians];
        return
        [
            .. from tag in tags
               from server in tag.Servers
               from gateway in watching[server]
               from historian in historians
               select new TagPath(tag.Name, server, hostOf[server], gateway.Name, gateway.Host, historian?.Name, historian is { Bridged: false } ? historian.Host : null),
        ];
    }

    /// <summary>Whether the path rests on the host: takes it away when the host is away.</summary>
    public static bool RestsOn(this TagPath path, string host) =>
        path.ServerHost == host || path.GatewayHost == host || path.HistorianHost == host;
}
