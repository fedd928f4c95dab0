using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Tests.Truth;

public sealed class StandstillsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly PlantModel Plant = PlantFile.Read(Path.Combine(AppContext.BaseDirectory, "config", "plant.yaml"));
    private static readonly Tag Single = Plant.Tags.First(tag => tag.Servers.Length == 1);
    private static readonly Tag Paired = Plant.Tags.First(tag => tag.Servers.Length == 2);

    [Theory]
    [InlineData(10, 12, true)]
    [InlineData(13, 15, true)]
    [InlineData(20, 22, false)]
    [InlineData(1, 5, false)]
    public void Gap_beside_a_standstill_of_the_only_server_is_explained(int from, int to, bool explained) =>
        Assert.Equal(explained, Of(Stood(Single.Servers[0], 12)).Explain(Gap(Single, from, to)));

    [Fact]
    public void Standstill_of_one_of_two_servers_explains_nothing_and_of_both_does()
    {
        Assert.False(Of(Stood(Paired.Servers[0], 12)).Explain(Gap(Paired, 10, 12)));
        Assert.True(Of(Stood(Paired.Servers[0], 12), Stood(Paired.Servers[1], 12)).Explain(Gap(Paired, 10, 12)));
        Assert.True(Of(Stood(Standstills.Simulator, 12)).Explain(Gap(Paired, 10, 12)));
    }

    [Fact]
    public void Standstill_that_a_fault_caused_explains_nothing()
    {
        var frozen = new TruthRecord(Start.AddSeconds(10), TruthKind.Frozen, Single.Servers[0], "2.0 s");

        Assert.False(Of(frozen, Stood(Single.Servers[0], 12)).Explain(Gap(Single, 10, 12)));
        Assert.True(Of(frozen, Stood(Single.Servers[0], 32)).Explain(Gap(Single, 30, 32)));
    }

    private static Standstills Of(params TruthRecord[] records) => new(records, Plant);

    private static TruthRecord Stood(string subject, int until) => Standstills.Record(subject, Start.AddSeconds(until), TimeSpan.FromSeconds(1.5));

    private static UncoveredMoment Gap(Tag tag, int from, int to) => new(tag.Name, Start.AddSeconds(from), Start.AddSeconds(to), "");
}
