using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads <c>servers</c>: single ones, and redundancy sets with their members.</summary>
internal static class ServersReader
{
    /// <summary>OPC 10000-4 sets no limit; more than this many servers of the same equipment are a mistake.</summary>
    private const int MostMembers = 8;

    private const int LowestPriority = 100;

    public static ReadServers Read(ConfigurationSection root, PlantDefaults defaults, ImmutableArray<string> hosts)
    {
        var sections = root.Named("servers");
        if (sections.IsEmpty)
            root.Error("servers", "names no server: at least one OPC UA server is needed");
        var members = sections.Where(IsSet).ToDictionary(section => section, section => section.Named("members"));
        PlantReader.Distinct([.. sections.SelectMany(section => IsSet(section) ? members[section].Prepend(section) : [section])]);
        var servers = ImmutableArray.CreateBuilder<OpcUaServer>();
        var sets = ImmutableArray.CreateBuilder<RedundancySet>();
        var places = new Dictionary<string, ConfigurationSection>(StringComparer.Ordinal);
        foreach (var section in sections)
        {
            if (members.TryGetValue(section, out var own))
                sets.Add(ReadSet(section, own, defaults, hosts, servers, places));
            else
                Add(ServerReader.Read(section, defaults, hosts), section, servers, places);
        }

        return new ReadServers(servers.ToImmutable(), sets.ToImmutable(), places);
    }

    private static bool IsSet(ConfigurationSection section) => section.Has("redundancy") || section.Has("members");

    private static RedundancySet ReadSet(
        ConfigurationSection section, ImmutableArray<ConfigurationSection> members, PlantDefaults defaults, ImmutableArray<string> hosts,
        ImmutableArray<OpcUaServer>.Builder servers, Dictionary<string, ConfigurationSection> places)
    {
        if (section.Has("url"))
            section.Error("url", "a redundancy set has no address of its own: each of its members has one");
        if (members.Length is < 2 or > MostMembers)
            section.Error("members", $"a redundancy set has from 2 to {MostMembers} members, this one has {members.Length}: list its servers here, or leave 'redundancy' out for a single server");
        if (!section.Has("redundancy"))
            section.Error("redundancy", "is required and missing: say how the members stand in for each other, warm or hot");
        var shared = ServerReader.Inherit(section, defaults);
        var ranked = new List<(int Priority, OpcUaServer Server)>();
        foreach (var member in members)
        {
            var server = ServerReader.Read(member, shared, hosts) with { Set = section.Name };
            ranked.Add((member.Int("priority", ranked.Count + 1, 1, LowestPriority), server));
            Add(server, member, servers, places);
        }

        RefuseAlike(members, ranked);
        return new RedundancySet(
            section.Name, section.Has("redundancy") ? section.Choice<RedundancyMode>("redundancy") : RedundancyMode.Warm,
            [.. ranked.OrderBy(member => member.Priority).Select(member => member.Server.Name)]);
    }

    /// <summary>Two members that share an address or a host are one, and fail together.</summary>
    private static void RefuseAlike(ImmutableArray<ConfigurationSection> members, List<(int Priority, OpcUaServer Server)> ranked)
    {
        for (var index = 1; index < ranked.Count; index++)
        {
            var (_, server) = ranked[index];
            var before = ranked.Take(index).Select(other => other.Server).ToList();
            if (server.Url.Length > 0 && before.Find(other => other.Url == server.Url) is { } same)
                members[index].Error("url", $"is the address of '{same.Name}' too: members of a set are different servers");
            if (server.Host is { Length: > 0 } && before.Find(other => other.Host == server.Host) is { } neighbour)
                members[index].Error("host", $"'{neighbour.Name}' runs on '{server.Host}' too: members of a set on one host fail together, and stand in for nobody");
        }
    }

    private static void Add(OpcUaServer server, ConfigurationSection section, ImmutableArray<OpcUaServer>.Builder servers, Dictionary<string, ConfigurationSection> places)
    {
        servers.Add(server);
        places.TryAdd(server.Name, section);
    }
}

/// <summary>The servers of a plant file, and where each was read.</summary>
internal sealed record ReadServers(ImmutableArray<OpcUaServer> Servers, ImmutableArray<RedundancySet> Sets, IReadOnlyDictionary<string, ConfigurationSection> Places)
{
    /// <summary>What a list of servers may name: servers and sets.</summary>
    public ImmutableArray<string> Names { get; } = [.. Sets.Select(set => set.Name), .. Servers.Select(server => server.Name)];

    /// <summary>The servers meant, sets replaced by their members in order of preference; none twice.</summary>
    public ImmutableArray<string> Expand(IEnumerable<string> names) =>
        [.. names.SelectMany(name => Sets.FirstOrDefault(set => set.Name == name)?.Members ?? [name]).Distinct(StringComparer.Ordinal)];
}
