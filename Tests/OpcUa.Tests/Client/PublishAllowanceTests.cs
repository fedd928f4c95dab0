using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class PublishAllowanceTests
{
    private readonly PublishAllowance allowance = new(most: 10);

    [Fact]
    [Trait("Clause", "Part 4 Publish outstanding")]
    public void Few_until_data_flows() => Assert.Equal(2, allowance.Target);

    [Theory]
    [InlineData(1, 0, 1000, 2)]
    [InlineData(1, 250, 100, 5)]
    [InlineData(3, 250, 100, 7)]
    [InlineData(1, 5000, 50, 10)]
    [Trait("Clause", "Part 4 Publish outstanding")]
    public void Then_enough_for_the_round_trip(int subscriptions, int roundTripMs, int intervalMs, int expected)
    {
        allowance.Flow(subscriptions, TimeSpan.FromMilliseconds(roundTripMs), TimeSpan.FromMilliseconds(intervalMs));
        Assert.Equal(expected, allowance.Target);
    }

    [Fact]
    public void Server_that_has_more_ready_than_was_asked_for_gets_one_more_each_time()
    {
        allowance.Flow(1, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        allowance.Burst();
        allowance.Burst();
        Assert.Equal(4, allowance.Target);
        for (var i = 0; i < 100; i++)
            allowance.Burst();
        Assert.Equal(10, allowance.Target);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish outstanding")]
    public void Refusal_lowers_for_good_but_never_to_none()
    {
        allowance.Flow(1, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        Assert.Equal(10, allowance.Target);
        Assert.True(allowance.Refuse(outstanding: 4));
        Assert.Equal(4, allowance.Target);
        Assert.False(allowance.Refuse(outstanding: 4));
        Assert.True(allowance.Refuse(outstanding: 0));
        Assert.Equal(1, allowance.Target);
        allowance.Flow(1, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, allowance.Target);
    }
}
