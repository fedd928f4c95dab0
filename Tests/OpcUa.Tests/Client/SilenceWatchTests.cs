using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class SilenceWatchTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<(TimeSpan Silence, int Times)> reports = [];

    [Fact]
    [Trait("Clause", "Part 4 Publish silence")]
    public void Silence_is_reported_at_one_and_a_half_intervals_and_again_after_each_further_span()
    {
        using var watch = Start(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.Empty(reports);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal([(TimeSpan.FromSeconds(15), 1)], reports);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal([1, 2], reports.Select(report => report.Times));
    }

    [Fact]
    public void Message_begins_the_wait_anew()
    {
        using var watch = Start(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            watch.Hear(time.GetTimestamp());
        }
        Assert.Empty(reports);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(1, Assert.Single(reports).Times);
        watch.Hear(time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal([1, 1], reports.Select(report => report.Times));
    }

    [Fact]
    public void Stopped_watch_is_quiet()
    {
        using var watch = Start(TimeSpan.FromSeconds(10));
        watch.Stop();
        time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(reports);
    }

    [Fact]
    public void Interval_beyond_what_a_timer_can_wait_is_bounded()
    {
        using var watch = Start(TimeSpan.FromDays(3650));
        Assert.Equal(TimeSpan.FromDays(40), watch.Limit);
    }

    private SilenceWatch Start(TimeSpan keepAliveInterval)
    {
        var watch = new SilenceWatch(time, (silence, times) => reports.Add((silence, times)));
        watch.Start(keepAliveInterval);
        return watch;
    }
}
