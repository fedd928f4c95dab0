using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class ClockEstimateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ClockEstimate estimate = new();

    [Fact]
    [Trait("Clause", "Part 5 CurrentTime")]
    public void Offset_is_taken_at_the_middle_of_the_round_trip()
    {
        var offset = Add(serverAhead: TimeSpan.FromSeconds(3), roundTrip: TimeSpan.FromMilliseconds(40));
        Assert.Equal(TimeSpan.FromSeconds(3), offset.Offset);
        Assert.Equal(TimeSpan.FromMilliseconds(20), offset.Uncertainty);
        Assert.True(offset.IsKnown);
    }

    [Fact]
    [Trait("Clause", "Part 5 CurrentTime")]
    public void Shortest_round_trip_of_the_latest_counts()
    {
        Add(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10));
        var offset = Add(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromMilliseconds(5), offset.Offset);
        for (var i = 0; i < 8; i++)
            offset = Add(TimeSpan.FromMilliseconds(90), TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.FromMilliseconds(90), offset.Offset);
    }

    [Fact]
    public void Step_of_our_own_clock_discards_everything()
    {
        Add(TimeSpan.Zero, TimeSpan.FromMilliseconds(10));
        var stepped = estimate.Add(Start.UtcDateTime, Start, new Arrival(0, Start + TimeSpan.FromMinutes(5)), TimeSpan.FromMilliseconds(10));
        Assert.False(stepped.IsKnown);
    }

    [Theory]
    [InlineData(15, 40, 0)]
    [InlineData(-20, 40, 0)]
    [InlineData(300, 40, 280)]
    [InlineData(-300, 40, -280)]
    public void Least_offset_is_what_the_measurement_shows_for_certain(int ahead, int roundTrip, int least) =>
        Assert.Equal(TimeSpan.FromMilliseconds(least), Add(TimeSpan.FromMilliseconds(ahead), TimeSpan.FromMilliseconds(roundTrip)).Least);

    private ClockOffset Add(TimeSpan serverAhead, TimeSpan roundTrip) =>
        estimate.Add((Start + roundTrip / 2 + serverAhead).UtcDateTime, Start, new Arrival(0, Start + roundTrip), roundTrip);
}
