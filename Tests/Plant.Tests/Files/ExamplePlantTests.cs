using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Tests.Files;

public sealed class ExamplePlantTests
{
    private readonly PlantModel plant = PlantFile.Read(RepositoryFile.PathOf("config/plant.yaml"));

    [Fact]
    public void Example_plant_has_its_lines_hosts_and_tags()
    {
        Assert.Equal("Demo", plant.Site);
        Assert.Equal(["Filling", "Packaging", "Chamber"], plant.Lines.Select(line => line.Name));
        Assert.Equal(["filling-hmi", "filling-scada", "packaging-hmi", "line-server", "chamber-server-a", "chamber-server-b", "edge-1", "edge-2"], plant.Hosts.Select(host => host.Name));
        Assert.Equal(28, plant.Tags.Count());
        Assert.Equal(64, plant.Hash.Length);
    }

    [Fact]
    public void Tag_inherits_node_server_and_profile()
    {
        var state = plant.Tags.Single(tag => tag.Name == "Filling/Filler.StateCurrent");

        Assert.Equal("nsu=urn:patchedge:simulator:plant;s=Filling.Filler.StateCurrent", state.Node);
        Assert.Equal(["filling"], state.Servers);
        Assert.Equal("packml", state.Profile);
        Assert.Equal("Int32", state.DataType);
        Assert.Equal(TimeSpan.FromMilliseconds(100), state.SamplingInterval);
        Assert.Equal("packml-mode", plant.Tags.Single(tag => tag.Name == "Filling/Filler.UnitModeCurrent").Profile);
        Assert.Null(plant.Tags.Single(tag => tag.Name == "Filling/BatchId").Profile);
        Assert.Equal("nsu=urn:patchedge:simulator:plant;s=Filling.BatchId", plant.Tags.Single(tag => tag.Name == "Filling/BatchId").Node);
    }

    [Fact]
    public void Line_without_state_conditions_takes_them_from_its_units()
    {
        var packaging = plant.Lines.Single(line => line.Name == "Packaging");

        Assert.Equal(
            ["Packaging/Labeller.StateCurrent in [Stopped, Idle]", "Packaging/Cartoner.StateCurrent in [Stopped, Idle]"],
            packaging.Idle!.State.Select(condition => condition.ToString()));
        Assert.Equal("Packaging/BatchId", packaging.BatchTag);
    }

    [Fact]
    public void Always_on_line_has_no_idle_rule() => Assert.Null(plant.Lines.Single(line => line.Name == "Chamber").Idle);

    [Fact]
    public void Every_tag_has_a_path_through_each_gateway_and_the_chambers_through_each_of_its_servers()
    {
        var paths = TagPaths.Of(plant);

        Assert.Equal((25 * 1 + 3 * 2) * 2, paths.Length);
        Assert.All(plant.Tags, tag => Assert.Equal(["gw-1", "gw-2"], paths.Where(path => path.Tag == tag.Name).Select(path => path.Gateway).Distinct().Order()));
        Assert.DoesNotContain(paths, path => path.RestsOn("line-server"));
        Assert.Equal([new RedundancySet("chamber", RedundancyMode.Hot, ["chamber-a", "chamber-b"])], plant.RedundancySets, (one, other) => one.ToString() == other.ToString() && one.Members.SequenceEqual(other.Members));
    }
}
