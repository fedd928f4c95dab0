using CsCheck;
using PatchEdge.Plant.Time;

namespace PatchEdge.Plant.Tests.Time;

public sealed class TimeRangeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<TimeRange> Ranges =
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20]).Select((start, length) => Range(start, start + length));

    [Fact]
    public void Start_belongs_to_it_and_end_does_not()
    {
        var range = Range(0, 10);

        Assert.True(range.Contains(Noon));
        Assert.True(range.Contains(Noon.AddSeconds(10) - TimeSpan.FromTicks(1)));
        Assert.False(range.Contains(Noon.AddSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(10), range.Duration);
    }

    [Fact]
    public void End_before_start_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Range(1, 0));

    [Fact]
    public void Offsets_are_turned_into_UTC()
    {
        var range = new TimeRange(Noon.ToOffset(TimeSpan.FromHours(5)), Noon.ToOffset(TimeSpan.FromHours(-3)));

        Assert.Equal(TimeSpan.Zero, range.Start.Offset);
        Assert.True(range.IsEmpty);
        Assert.Equal(new TimeRange(Noon, Noon), range);
        Assert.True(default(TimeRange).IsEmpty);
    }

    [Fact]
    public void Ranges_that_only_touch_share_nothing()
    {
        Assert.False(Range(0, 5).Overlaps(Range(5, 9)));
        Assert.Null(Range(0, 5).Intersect(Range(5, 9)));
    }

    [Fact]
    public void Intersection_holds_exactly_the_shared_instants() => Gen.Select(Ranges, Ranges, Gen.Int[-1, 42]).Sample((left, right, second) =>
    {
        var instant = Noon.AddSeconds(second);
        var shared = left.Intersect(right);
        Assert.Equal(left.Contains(instant) && right.Contains(instant), shared?.Contains(instant) ?? false);
        Assert.Equal(shared, right.Intersect(left));
        if (!left.IsEmpty && !right.IsEmpty)
            Assert.Equal(left.Overlaps(right), shared is not null);
        if (shared is { } part)
            Assert.True(left.Contains(part) && right.Contains(part) && !part.IsEmpty);
    });

    private static TimeRange Range(int start, int end) => new(Noon.AddSeconds(start), Noon.AddSeconds(end));
}
