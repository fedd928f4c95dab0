using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>A plant model by name: what is asked for a hundred thousand hosts must not search a list each time. Immutable, made once per model.</summary>
internal sealed class PlantIndex
{
    private static readonly ConditionalWeakTable<PlantModel, PlantIndex> Known = [];

    private readonly Dictionary<string, PlantLine> lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PlantHost> hosts;
    private readonly Dictionary<string, GatewayNode> gateways;
    private readonly Dictionary<string, ImmutableArray<string>> linesOfGateway;
    private readonly Dictionary<string, ImmutableArray<string>> hostsOfGroup = new(StringComparer.Ordinal);

    private PlantIndex(PlantModel plant)
    {
        gateways = plant.Gateways.ToDictionary(gateway => gateway.Name, StringComparer.Ordinal);
        // Gateways in the plant file's order, also where several watch one line.
        var places = plant.Gateways.Select((gateway, place) => (gateway, place)).SelectMany(item => item.gateway.Servers.Select(server => (server, item.place))).ToLookup(item => item.server, item => item.place, StringComparer.Ordinal);
        var reports = 0;
        foreach (var line in plant.Lines)
        {
            if (lines.ContainsKey(line.Name))
                continue;
            var watching = At(plant, line.Tags.SelectMany(tag => tag.Servers).Distinct(StringComparer.Ordinal).SelectMany(server => places[server]));
            lines[line.Name] = new PlantLine(lines.Count, line, watching, reports, line.HoldNodes is { } nodes ? At(plant, nodes.Servers.SelectMany(server => places[server])) : []);
            reports += watching.Length;
        }

        linesOfGateway = Group(lines.Values.SelectMany(line => line.Gateways.Concat(line.Holders).Select(gateway => (gateway.Name, line.Name)).Distinct()));
        hosts = new Dictionary<string, PlantHost>(plant.Hosts.Length, StringComparer.Ordinal);
        foreach (var (number, host) in plant.Hosts.Index())
            hosts.TryAdd(host.Name, new PlantHost(plant, number, host, [.. host.Lines.Select(name => new ServedLine(name, lines.GetValueOrDefault(name)))]));
        foreach (var group in hosts.Values.Where(host => host.Host.Group is not null).GroupBy(host => host.Host.Group!, StringComparer.Ordinal))
        {
            ImmutableArray<PlantHost> members = [.. group.OrderBy(host => host.Number)];
            hostsOfGroup[group.Key] = [.. members.Select(host => host.Host.Name)];
            foreach (var member in members)
                member.Group = members;
        }
    }

    /// <summary>The index of this model.</summary>
    public static PlantIndex Of(PlantModel plant) => Known.GetValue(plant, static model => new PlantIndex(model));

    /// <summary>Names of its hosts, by their numbers.</summary>
    public IEnumerable<string> HostNames => hosts.Keys;

    /// <summary>Names of its lines, by their numbers.</summary>
    public IEnumerable<string> LineNames => lines.Keys;

    /// <summary>Numbers of lines are below it.</summary>
    public int LineCount => lines.Count;

    /// <summary>Null when the plant has none of that name.</summary>
    public PlantLine? Line(string name) => lines.GetValueOrDefault(name);

    /// <summary>Null when the plant has none of that name.</summary>
    public PlantHost? Host(string name) => hosts.GetValueOrDefault(name);

    public GatewayNode? Gateway(string name) => gateways.GetValueOrDefault(name);

    /// <summary>Lines that the gateway watches or may hold.</summary>
    public ImmutableArray<string> LinesOf(string gateway) => linesOfGateway.GetValueOrDefault(gateway, []);

    /// <summary>Hosts of a redundancy group.</summary>
    public ImmutableArray<string> HostsOfGroup(string group) => hostsOfGroup.GetValueOrDefault(group, []);

    private static ImmutableArray<GatewayNode> At(PlantModel plant, IEnumerable<int> places) => [.. places.Distinct().Order().Select(place => plant.Gateways[place])];

    private static Dictionary<string, ImmutableArray<string>> Group(IEnumerable<(string Key, string Value)> pairs) =>
        pairs.GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
}
