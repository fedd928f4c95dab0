using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Model;

public sealed class TagPathsTests
{
    /// <summary>One tag on two redundant servers, two gateways of which one sees both, two historians.</summary>
    private static readonly PlantModel Redundant = PlantFile.Parse(
        """
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
        servers:
          a: { url: "opc.tcp://a", host: host-a }
          b: { url: "opc.tcp://b", host: host-b }
        gateways:
          g1: { host: host-1 }
          g2: { host: host-2, servers: [b] }
        historians:
          h1: { host: host-a }
          h2:
        areas: { A: { lines: { L: { always-on: true, servers: [a, b], tags: { T: { critical: true } } } } } }
        hosts:
          host-a: { class: server, lines: [L] }
          host-b: { class: server, lines: [L] }
          host-1: { class: gateway, lines: none }
          host-2: { class: gateway, lines: none }
        """,
        "plant.yaml");

    [Fact]
    public void Paths_are_servers_by_gateways_that_watch_them_by_historians() => Assert.Equal(
        ["a/g1/h1", "a/g1/h2", "b/g1/h1", "b/g1/h2", "b/g2/h1", "b/g2/h2"],
        TagPaths.Of(Redundant).Select(path => $"{path.Server}/{path.Gateway}/{path.Historian}"));

    [Theory]
    [InlineData("host-a", 2)]
    [InlineData("host-b", 2)]
    [InlineData("host-1", 2)]
    [InlineData("host-2", 4)]
    [InlineData("elsewhere", 6)]
    [Trait("Req", "I11")]
    public void Host_takes_away_every_path_that_rests_on_it(string host, int left) =>
        Assert.Equal(left, TagPaths.Of(Redundant).Count(path => !path.RestsOn(host)));

    [Fact]
    public void Without_historians_the_gateways_journal_is_the_record()
    {
        var path = TagPaths.Of(Redundant with { Historians = [] })[0];

        Assert.Null(path.Historian);
        Assert.Equal("host-1", path.GatewayHost);
    }
}
