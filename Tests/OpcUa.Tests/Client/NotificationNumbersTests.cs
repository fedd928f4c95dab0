using CsCheck;
using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Part 4 §7.39: sequence numbers begin at 1 and skip 0 when they wrap.</summary>
public sealed class NotificationNumbersTests
{
    [Fact]
    [Trait("Clause", "Part 4 Publish numbers")]
    public void Next_skips_zero_on_wrap()
    {
        Assert.Equal(2u, NotificationNumbers.Next(1));
        Assert.Equal(1u, NotificationNumbers.Next(uint.MaxValue));
        Assert.Equal(uint.MaxValue, NotificationNumbers.Previous(1));
    }

    [Theory]
    [InlineData(1u, 1u, 0)]
    [InlineData(1u, 5u, 4)]
    [InlineData(5u, 1u, -4)]
    [InlineData(uint.MaxValue, 1u, 1)]
    [InlineData(1u, uint.MaxValue, -1)]
    [InlineData(uint.MaxValue - 2, 3u, 5)]
    public void Distance_follows_the_circle_without_zero(uint from, uint to, long steps) => Assert.Equal(steps, NotificationNumbers.Distance(from, to));

    [Fact]
    public void Distance_counts_the_steps_of_Next() =>
        Gen.Select(Gen.UInt[1, uint.MaxValue], Gen.Int[0, 500]).Sample((from, steps) =>
        {
            var to = from;
            for (var i = 0; i < steps; i++)
                to = NotificationNumbers.Next(to);
            Assert.NotEqual(0u, to);
            Assert.Equal(steps, NotificationNumbers.Distance(from, to));
            Assert.Equal(-steps, NotificationNumbers.Distance(to, from));
        });
}
