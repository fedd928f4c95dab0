using PatchEdge.OpcUa.Server.Subscriptions.Items;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>The clock that an item's credit for samples is counted by: intervals that passed, each once, visited or not.</summary>
public sealed class SamplingGroupTests
{
    private const long Step = 100;

    private readonly SamplingGroup group = new(TimeSpan.FromMilliseconds(100), due: 1000);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 0)]
    [InlineData(1000, 1)]
    [InlineData(1099, 1)]
    [InlineData(1100, 2)]
    [InlineData(2000, 11)]
    public void Intervals_pass_by_the_clock_before_anybody_visits(long now, long expected)
    {
        Assert.Equal(expected, group.PassedBy(now, Step));
        Assert.Equal(0, group.Passed);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1050)]
    [InlineData(1730)]
    public void Visit_however_late_counts_what_the_clock_had_counted_and_keeps_to_the_grid(long visit)
    {
        var before = group.PassedBy(visit, Step);
        group.Advance(visit, Step);
        Assert.Equal(before, group.Passed);
        Assert.Equal(before, group.PassedBy(visit, Step));
        Assert.Equal(0, group.Due % Step);
        Assert.InRange(group.Due, visit + 1, visit + Step);
        Assert.Equal(before + 1, group.PassedBy(group.Due, Step));
    }
}
