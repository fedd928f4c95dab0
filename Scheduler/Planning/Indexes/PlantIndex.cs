using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>A plant model by name: what is asked for a hundred thousand hosts must not search a list each time. Immutable, made once per model.</summary>
internal sealed class PlantIndex
{
    private static readonly ConditionalWeakTable<PlantModel, PlantIndex> Known = [];

    private readonly Dictionary<string, Line> lines;
    private readonly PlantModel plant;
    private readonly Dictionary<string, int> hosts;
    private readonly Dictionary<string, GatewayNode> gateways;
    private readonly Dictionary<string, ImmutableArray<GatewayNode>> gatewaysOfLine = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<GatewayNode>> holdersOfLine = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<string>> linesOfGateway;
    private readonly Dictionary<string, ImmutableArray<string>> hostsOfLine;
    private readonly Dictionary<string, ImmutableArray<string>> hostsOfGroup;

    private PlantIndex(PlantModel plant)
    {
        lines = new Dictionary<string, Line>(StringComparer.Ordinal);
        foreach (var line in plant.Lines)
            lines.TryAdd(line.Name, line);
        this.plant = plant;
        hosts = new Dictionary<string, int>(plant.Hosts.Length, StringComparer.Ordinal);
        foreach (var (place, host) in plant.Hosts.Index())
            hosts.TryAdd(host.Name, place);
        gateways = plant.Gateways.ToDictionary(gateway => gateway.Name, StringComparer.Ordinal);
        // Gateways in the plant file's order, also where several watch one line.
        var places = plant.Gateways.Select((gateway, place) => (gateway, place)).SelectMany(item => item.gateway.Servers.Select(server => (server, item.place))).ToLookup(item => item.server, item => item.place, StringComparer.Ordinal);
        foreach (var line in lines.Values)
        {
            gatewaysOfLine[line.Name] = At(plant, line.Tags.SelectMany(tag => tag.Servers).Distinct(StringComparer.Ordinal).SelectMany(server => places[server]));
            holdersOfLine[line.Name] = line.HoldNodes is { } nodes ? At(plant, nodes.Servers.SelectMany(server => places[server])) : [];
        }

        linesOfGateway = Group(gatewaysOfLine.SelectMany(pair => pair.Value.Concat(holdersOfLine[pair.Key]).Select(gateway => (gateway.Name, pair.Key)).Distinct()));
        hostsOfLine = Group(plant.Hosts.SelectMany(host => host.Lines.Select(line => (line, host.Name))));
        hostsOfGroup = Group(plant.Hosts.Where(host => host.Group is not null).Select(host => (host.Group!, host.Name)));
    }

    /// <summary>The index of this model.</summary>
    public static PlantIndex Of(PlantModel plant) => Known.GetValue(plant, static model => new PlantIndex(model));

    public Line? Line(string name) => lines.GetValueOrDefault(name);

    public Host? Host(string name) => hosts.TryGetValue(name, out var place) ? plant.Hosts[place] : null;

    /// <summary>Which of the plant's hosts it is, from 0; null when it has none of that name.</summary>
    public int? PlaceOf(string host) => hosts.TryGetValue(host, out var place) ? place : null;

    public GatewayNode? Gateway(string name) => gateways.GetValueOrDefault(name);

    /// <summary>Gateways that watch at least one server of the line's tags, in the plant file's order.</summary>
    public ImmutableArray<GatewayNode> GatewaysOf(string line) => gatewaysOfLine.GetValueOrDefault(line, []);

    /// <summary>Gateways connected to the server that takes the line's hold, in the plant file's order.</summary>
    public ImmutableArray<GatewayNode> HoldersOf(string line) => holdersOfLine.GetValueOrDefault(line, []);

    /// <summary>Lines that the gateway watches or may hold.</summary>
    public ImmutableArray<string> LinesOf(string gateway) => linesOfGateway.GetValueOrDefault(gateway, []);

    /// <summary>Hosts that serve the line.</summary>
    public ImmutableArray<string> HostsOf(string line) => hostsOfLine.GetValueOrDefault(line, []);

    /// <summary>Hosts of a redundancy group.</summary>
    public ImmutableArray<string> HostsOfGroup(string group) => hostsOfGroup.GetValueOrDefault(group, []);

    private static ImmutableArray<GatewayNode> At(PlantModel plant, IEnumerable<int> places) => [.. places.Distinct().Order().Select(place => plant.Gateways[place])];

    private static Dictionary<string, ImmutableArray<string>> Group(IEnumerable<(string Key, string Value)> pairs) =>
        pairs.GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
}
