using System.Collections.Immutable;
using PatchEdge.Plant.Files.Plants.Composition;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads the plant file from top to bottom: what is referred to first, what refers to it after.</summary>
internal static class PlantReader
{
    public static PlantModel Read(ConfigurationSection root)
    {
        // Both are worked in by now; asking for them lets a misspelt one be told from them.
        root.Has(PlantComposer.TemplatesKey);
        root.Has(PlantComposer.TagsFileKey);
        var site = root.NameOf("site");
        var defaults = PlantDefaults.Read(root.OptionalSection("defaults"));
        var profiles = ProfileReader.Read(root);
        var hosts = root.OptionalSection("hosts")?.Keys.ToImmutableArray() ?? [];
        var servers = ServersReader.Read(root, defaults, hosts);
        var gateways = ReadGateways(root, servers, hosts);
        var historians = Distinct(root.Named("historians"))
            .Select(section => new Historian(section.Name, section.OptionalOneOf("host", hosts, "host")) { Bridged = section.Bool("bridged", false) }).ToImmutableArray();
        RefuseUnwatched(servers, gateways);
        var areas = ReadAreas(root, new LineSurroundings(defaults, profiles, servers, gateways, historians.Length));
        return new PlantModel
        {
            Site = site,
            Servers = servers.Servers,
            RedundancySets = servers.Sets,
            Gateways = gateways,
            Historians = historians,
            Areas = areas,
            Hosts = ReadHosts(root, [.. areas.SelectMany(area => area.Lines).Select(line => line.Name)]),
            Profiles = profiles,
            Hash = root.ContentHash(),
        };
    }

    private static ImmutableArray<GatewayNode> ReadGateways(ConfigurationSection root, ReadServers servers, ImmutableArray<string> hosts)
    {
        var sections = Distinct(root.Named("gateways"));
        if (sections.IsEmpty)
            root.Error("gateways", "names no gateway: at least one is needed to watch the servers");
        return [.. sections.Select(section => new GatewayNode(
            section.Name,
            section.OptionalOneOf("host", hosts, "host"),
            servers.Expand(section.Has("servers") ? References(section.List("servers"), servers.Names, "server") : servers.Names)))];
    }

    private static void RefuseUnwatched(ReadServers servers, ImmutableArray<GatewayNode> gateways)
    {
        if (gateways.IsEmpty)
            return;
        foreach (var server in servers.Servers.Where(server => !gateways.Any(gateway => gateway.Servers.Contains(server.Name))))
            servers.Places[server.Name].Error("", "is watched by no gateway: add it to the servers of one");
    }

    private static ImmutableArray<Area> ReadAreas(ConfigurationSection root, LineSurroundings surroundings)
    {
        var areas = Distinct(root.Named("areas"));
        if (areas.IsEmpty)
            root.Error("areas", "names no area: lines are listed under areas");
        var linesOf = areas.ToDictionary(area => area.Name, area => area.Named("lines"));
        Distinct([.. linesOf.Values.SelectMany(lines => lines)]);
        foreach (var area in areas.Where(area => linesOf[area.Name].IsEmpty))
            area.Error("lines", "names no line: an area without lines has no purpose");
        return [.. areas.Select(area => new Area
        {
            Name = area.Name,
            Lines = [.. linesOf[area.Name].Select(line => LineReader.Read(line, area.Name, surroundings))],
        })];
    }

    private static ImmutableArray<Host> ReadHosts(ConfigurationSection root, ImmutableArray<string> lines) =>
        [.. Distinct(root.Named("hosts")).Select(section => new Host
        {
            Name = section.Name,
            Class = section.NameOf("class"),
            Group = section.OptionalName("group"),
            Lines = ReadHostLines(section, lines),
        })];

    private static ImmutableArray<string> ReadHostLines(ConfigurationSection section, ImmutableArray<string> lines)
    {
        const string Missing = "names no line: list the lines that the host serves, or write 'lines: none' when it serves none";
        var value = section.Optional("lines");
        if (value is { Raw: "none" })
            return [];
        var items = value?.Items() ?? [];
        if (value is null or { IsList: true } && items.IsEmpty)
            section.Error("lines", Missing);
        return References(items, lines, "line");
    }

    /// <summary>Texts that each name one of the known things, none twice.</summary>
    internal static ImmutableArray<string> References(ImmutableArray<ConfigurationValue> items, ImmutableArray<string> known, string kind)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in items)
        {
            var name = item.OneOf(known, kind);
            if (name.Length > 0 && names.Contains(name))
                item.Error($"{kind} '{name}' stands in this list twice");
            else if (name.Length > 0)
                names.Add(name);
        }

        return names.ToImmutable();
    }

    /// <summary>The same sections; refuses names that differ in nothing or only in case, since people and file systems mix those up.</summary>
    internal static ImmutableArray<ConfigurationSection> Distinct(ImmutableArray<ConfigurationSection> sections)
    {
        var seen = new Dictionary<string, ConfigurationSection>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in sections)
            if (!seen.TryAdd(section.Name, section))
                section.Error("", $"'{section.Name}' is named already in line {seen[section.Name].Line} ('{seen[section.Name].Name}'); names must differ in more than case");
        return sections;
    }
}
