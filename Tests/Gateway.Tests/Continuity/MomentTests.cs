using CsCheck;
using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Tests.Continuity;

public sealed class MomentTests
{
    private static readonly Gen<TimeSpan> Ahead = Gen.Long[-TimeSpan.TicksPerHour, TimeSpan.TicksPerHour].Select(TimeSpan.FromTicks);

    /// <summary>A historian is asked by its own clock up to (end + offset): what it returns as lying at or after that must not come to lie before the end.</summary>
    [Fact]
    public void Time_of_another_clock_stays_on_its_side_of_a_moment() =>
        Gen.Select(Gen.Long[0, 4_000_000_000_000], Ahead, Gen.Long[0, 20_000]).Sample((milliseconds, ahead, later) =>
        {
            var moment = new Moment(milliseconds);
            var bound = (moment.ToDateTimeOffset() + ahead).UtcDateTime;
            return Moment.OfClock(bound.AddTicks(later), ahead) >= moment && Moment.OfClock(bound.AddTicks(-later - 1), ahead) < moment;
        });

    [Fact]
    public void Farthest_times_have_a_moment_however_wrong_the_clock_is()
    {
        Assert.True(Moment.OfClock(DateTime.MaxValue, TimeSpan.FromDays(-400)) > Moment.OfClock(DateTime.MaxValue, TimeSpan.Zero));
        Assert.True(Moment.OfClock(DateTime.MinValue, TimeSpan.FromDays(400)) < Moment.OfClock(DateTime.MinValue, TimeSpan.Zero));
    }
}
