using CsCheck;
using PatchEdge.Gateway.Acquisition.Redundancy;

namespace PatchEdge.Gateway.Tests.Acquisition.Redundancy;

public sealed class FailoverTests
{
    [Theory]
    [InlineData(255, 255, 0)]
    [InlineData(200, 255, 0)] // healthy is healthy: a failover would cost a gap and win nothing
    [InlineData(199, 199, 0)]
    [InlineData(0, Failover.Lost, 0)]
    [InlineData(Failover.Lost, Failover.Lost, 0)]
    [InlineData(199, 200, 1)]
    [InlineData(199, 255, 1)]
    [InlineData(0, 150, 1)]
    [InlineData(Failover.Lost, 0, 1)]
    [InlineData(Failover.Lost, 255, 1)]
    public void Highest_level_is_sampled_once_the_active_one_is_not_healthy(int first, int second, int active)
    {
        var failover = new Failover();

        for (var seconds = 0; seconds <= 4; seconds++)
            failover.Look([first, second], TimeSpan.FromSeconds(seconds));

        Assert.Equal(active, failover.Active);
    }

    [Fact]
    public void Lost_server_is_left_at_once_and_a_worse_one_after_a_while()
    {
        Assert.True(new Failover().Look([Failover.Lost, 255], TimeSpan.Zero));
        var degraded = new Failover();
        Assert.False(degraded.Look([100, 255], TimeSpan.Zero));
        Assert.False(degraded.Look([100, 255], Failover.Patience - TimeSpan.FromMilliseconds(1)));
        Assert.True(degraded.Look([100, 255], Failover.Patience));
    }

    [Fact]
    public void Server_that_is_back_is_not_gone_back_to_while_the_other_is_healthy()
    {
        var failover = new Failover();
        failover.Look([Failover.Lost, 255], TimeSpan.Zero);

        for (var seconds = 1; seconds < 1000; seconds++)
            Assert.False(failover.Look([255, 200], TimeSpan.FromSeconds(seconds)));

        Assert.Equal(1, failover.Active);
    }

    /// <summary>However levels jump, while both servers answer there are no more failovers than the rest between them allows.</summary>
    [Fact]
    public void It_does_not_flap() => Gen.Int[0, 255].Array[2].Array[600].Sample(looks =>
    {
        var failover = new Failover();
        var at = new List<TimeSpan>();
        for (var second = 0; second < looks.Length; second++)
            if (failover.Look(looks[second], TimeSpan.FromSeconds(second)))
                at.Add(TimeSpan.FromSeconds(second));
        return at.Zip(at.Skip(1)).All(pair => pair.Second - pair.First >= Failover.ShortestRest) && at.Count <= 600 / Failover.ShortestRest.TotalSeconds;
    });

    [Fact]
    public void Two_servers_that_take_turns_are_left_alone_for_longer_and_longer()
    {
        var failover = new Failover();
        var count = 0;
        for (var second = 0; second < 600; second++)
            if (failover.Look(failover.Active == 0 ? [10, 20] : [20, 10], TimeSpan.FromSeconds(second)))
                count++;

        Assert.InRange(count, 2, 12);
    }
}
