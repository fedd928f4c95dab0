using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Tests.Truth;

public sealed class OutageComparisonTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly PlantModel Plant = PlantFile.Read(Path.Combine(AppContext.BaseDirectory, "config", "plant.yaml"));

    private static readonly string[] OnFilling = [.. Plant.Tags.Where(tag => tag.Critical && tag.Servers is ["filling"]).Select(tag => tag.Name)];

    [Fact]
    public void Outage_that_is_on_record_of_both_gateways_is_found_with_its_error()
    {
        var parts = Everyone(10.25, 15);
        var compared = OutageComparison.Of([Away(10, 14)], parts, Plant, Start, At(60));
        Assert.Equal((parts.Count, 0, parts.Count, parts.Count), (compared.Due, compared.Missed.Count, compared.Recorded, compared.Explained));
        Assert.Equal(TimeSpan.FromMilliseconds(250), compared.WorstError);
    }

    [Fact]
    public void Outage_that_one_gateway_recorded_too_short_is_missed()
    {
        var parts = Everyone(10, 15).Where(part => part.Gateway != "gw-2").Append(new RecordedPart("gw-2", OnFilling[0], At(10), At(12), "ConnectionLost")).ToList();
        var compared = OutageComparison.Of([Away(10, 14)], parts, Plant, Start, At(60));
        Assert.Contains(compared.Missed, breach => breach.Contains($"gw-2 has 2000 ms of it on record as observed for {OnFilling[0]}", StringComparison.Ordinal));
        Assert.Equal(OnFilling.Length, compared.Missed.Count);
    }

    [Fact]
    public void Part_without_an_outage_is_not_explained()
    {
        var compared = OutageComparison.Of([Away(100, 104)], Everyone(10, 15), Plant, Start, At(60));
        Assert.Equal((0, 0), (compared.Due, compared.Explained));
        Assert.NotEqual(0, compared.Recorded);
    }

    [Fact]
    public void Short_freeze_need_not_be_seen() =>
        Assert.Equal(0, OutageComparison.Of([Away(10, 11.5) with { IsFrozen = true }], [], Plant, Start, At(60)).Due);

    private static List<RecordedPart> Everyone(double from, double to) =>
        [.. Plant.Gateways.SelectMany(gateway => OnFilling.Select(tag => new RecordedPart(gateway.Name, tag, At(from), At(to), "ConnectionLost")))];

    private static Outage Away(double from, double to) => new("filling", At(from), At(to), IsFrozen: false);

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);
}
