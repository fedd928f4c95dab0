using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Files;

/// <summary>Redundancy sets, minimum paths and bridged historians in a plant file.</summary>
public sealed class RedundancyFileTests
{
    private const string Valid = """
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
        servers:
          plc: { url: "opc.tcp://plc" }
          chamber:
            redundancy: hot
            publishing: 250ms
            keep-alive-count: 3
            members:
              a: { url: "opc.tcp://a", host: host-a }
              b: { url: "opc.tcp://b", host: host-b, publishing: 125ms }
              c: { url: "opc.tcp://c", priority: 1 }
        gateways:
          g1: { servers: [chamber] }
          g2: { servers: [plc, b] }
        historians:
          h: { host: host-b, bridged: true }
        areas:
          A:
            lines:
              Chamber:
                always-on: true
                servers: [chamber]
                hold: { method: }
                tags:
                  T: { critical: true, minimum-paths: 4 }
                  U: { servers: [b, chamber] }
              Other:
                always-on: true
                servers: [plc]
                tags: { V: }
        hosts:
          host-a: { class: server, lines: [Chamber] }
          host-b: { class: server, lines: [Chamber] }
        """;

    [Fact]
    public void Set_stands_for_its_members_in_order_of_preference()
    {
        var plant = PlantFile.Parse(Valid, "plant.yaml");

        Assert.Equal(["plc", "a", "b", "c"], plant.Servers.Select(server => server.Name));
        Assert.Equal([null, "chamber", "chamber", "chamber"], plant.Servers.Select(server => server.Set));
        var set = Assert.Single(plant.RedundancySets);
        Assert.Equal(("chamber", RedundancyMode.Hot), (set.Name, set.Mode));
        Assert.Equal(["a", "c", "b"], set.Members);
        Assert.Equal(["a", "c", "b"], plant.Tags.Single(tag => tag.Name == "Chamber/T").Servers);
        Assert.Equal(["b", "a", "c"], plant.Tags.Single(tag => tag.Name == "Chamber/U").Servers);
        Assert.Equal(["a", "c", "b"], plant.Gateways[0].Servers);
        Assert.Equal(["a", "c", "b"], plant.Lines.First().HoldNodes!.Servers);
    }

    [Fact]
    public void Members_inherit_what_the_set_says_and_may_say_otherwise()
    {
        var servers = PlantFile.Parse(Valid, "plant.yaml").Servers;

        Assert.Equal([500, 250, 125, 250], servers.Select(server => server.PublishingInterval.TotalMilliseconds));
        Assert.Equal([4u, 3u, 3u, 3u], servers.Select(server => server.KeepAliveCount));
        Assert.Equal([null, "host-a", "host-b", null], servers.Select(server => server.Host));
    }

    [Fact]
    [Trait("Req", "I11")]
    public void Bridged_historian_takes_no_path_away()
    {
        var plant = PlantFile.Parse(Valid, "plant.yaml");

        Assert.Equal(4, TagPaths.Of(plant).Count(path => path.Tag == "Chamber/T"));
        Assert.Equal(2, TagPaths.Of(plant).Count(path => path.Tag == "Chamber/T" && path.RestsOn("host-b")));
        Assert.Equal(4, TagPaths.Of(PlantFile.Parse(Valid.Replace(", bridged: true", "", StringComparison.Ordinal), "p")).Count(path => path.Tag == "Chamber/T" && path.RestsOn("host-b")));
        Assert.Equal(4, plant.Tags.Single(tag => tag.Name == "Chamber/T").MinimumPaths);
    }

    [Theory]
    [InlineData("minimum-paths: 4", "minimum-paths: 5", 26, "has 4 in all")]
    [InlineData("redundancy: hot", "redundancy: cold", 6, "warm")]
    [InlineData("redundancy: hot", "url: \"opc.tcp://d\"", 6, "each of its members has one")]
    [InlineData("b: { url: \"opc.tcp://b\"", "b: { url: \"opc.tcp://a\"", 11, "address of 'a' too")]
    [InlineData("b: { url: \"opc.tcp://b\", host: host-b", "b: { url: \"opc.tcp://b\", host: host-a", 11, "fail together")]
    [InlineData("      c: {", "      plc: {", 12, "named already")]
    [InlineData("servers: [plc, b]", "servers: [plc, chambre]", 15, "chamber")]
    [InlineData("priority: 1", "priority: 0", 12, "priority")]
    public void Mistake_is_refused_with_its_line(string valid, string mistaken, int line, string says)
    {
        var refused = Assert.Throws<ConfigurationException>(() => PlantFile.Parse(Valid.Replace(valid, mistaken, StringComparison.Ordinal), "plant.yaml"));

        Assert.Contains(refused.Errors, error => error.Line == line && error.ToString().Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Set_of_one_is_refused()
    {
        var text = string.Join('\n', Valid.Split('\n').Where(row => !row.Contains("opc.tcp://b", StringComparison.Ordinal) && !row.Contains("opc.tcp://c", StringComparison.Ordinal)));

        Assert.Contains("from 2 to 8 members", Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "plant.yaml")).Message, StringComparison.Ordinal);
    }
}
