using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Tests.Truth;

public sealed class ValueComparisonTests
{
    private const string Weight = "Filling/Filler.FillWeight";
    private const string Temperature = "Chamber/Temperature";
    private static readonly DateTime Start = new(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);
    private static readonly PlantModel Plant = PlantFile.Read(Path.Combine(AppContext.BaseDirectory, "config", "plant.yaml"));

    [Fact]
    public void Values_that_any_gateway_has_are_not_missed()
    {
        var compared = Compare([At("filling", Weight, 1), At("filling", Weight, 2), At("filling", Weight, 3)], [Held(Weight, 1), Held(Weight, 3), Held(Weight, 2), Held(Weight, 2)]);
        Assert.Equal((3, 0), (compared.Produced, compared.ByTwin));
        Assert.Empty(compared.Missed);
    }

    [Fact]
    public void Value_that_no_gateway_has_is_missed_by_name_and_time() =>
        Assert.Equal("08:00:02.000 Filling/Filler.FillWeight was 2 at filling, and no gateway has it", Assert.Single(Compare(
            [At("filling", Weight, 1), At("filling", Weight, 2), At("filling", Weight, 3)], [Held(Weight, 1), Held(Weight, 3)]).Missed));

    [Fact]
    public void Value_that_is_another_on_record_is_missed() =>
        Assert.Contains("is on record as 7", Assert.Single(Compare([At("filling", Weight, 1)], [Held(Weight, 1) with { Text = "7" }]).Missed), StringComparison.Ordinal);

    [Fact]
    public void What_comes_before_the_first_evidence_is_the_start_and_no_loss() =>
        Assert.Empty(Compare([At("filling", Weight, -5), At("filling", Weight, 1)], [Held(Weight, 1)]).Missed);

    [Fact]
    public void Tag_that_nobody_has_is_missed() =>
        Assert.Contains("no gateway has a value of " + Weight, Compare([At("filling", Weight, 1)], []).Missed);

    [Fact]
    public void Reading_that_one_of_two_servers_passed_over_is_covered_by_its_neighbours()
    {
        var compared = Compare([At("chamber-a", Temperature, 2), At("chamber-b", Temperature, 1), At("chamber-b", Temperature, 3)], [Held(Temperature, 1), Held(Temperature, 3)]);
        Assert.Equal((3, 1), (compared.Produced, compared.ByTwin));
        Assert.Empty(compared.Missed);
    }

    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(1, 6, false)]
    public void Neighbours_of_another_life_or_far_apart_cover_nothing(int before, int after, bool restarted) =>
        Assert.Contains("no gateway has it", Assert.Single(Compare(
            [At("chamber-a", Temperature, 2), At("chamber-b", Temperature, before), At("chamber-b", Temperature, after) with { Life = restarted ? Start.AddSeconds(1) : Start }],
            [Held(Temperature, before), Held(Temperature, after)]).Missed), StringComparison.Ordinal);

    private static ValueComparison Compare(ProducedValue[] produced, HeldValue[] held) =>
        ValueComparison.Of(new PlantRecord(produced, [], []), held, Plant, Start.AddSeconds(60));

    private static ProducedValue At(string server, string tag, int seconds) => new(server, Start, tag, 0, Start.AddSeconds(seconds), StatusCodes.Good, new Variant((double)seconds));

    private static HeldValue Held(string tag, int seconds) => new(tag, Start.AddSeconds(seconds), Start.AddSeconds(Math.Min(seconds, 1)), seconds.ToString(null, null));
}
