using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Clocks;

namespace PatchEdge.Scheduler.Tests.Execution.Clocks;

public sealed class ClockWatchTests
{
    private readonly SteppingClock time = new();

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    [Trait("Req", "hostile-60")]
    public void Step_blocks_until_the_clock_has_run_evenly_for_a_while(int seconds)
    {
        var watch = new ClockWatch(TimeSpan.FromSeconds(2), time);
        time.Run(TimeSpan.FromSeconds(1));
        Assert.Null(watch.Look());

        time.Step(TimeSpan.FromSeconds(seconds));
        Assert.Contains("5s", watch.Look(), StringComparison.Ordinal);
        time.Run(TimeSpan.FromSeconds(29));
        Assert.NotNull(watch.Look());
        time.Run(TimeSpan.FromSeconds(2));
        Assert.Null(watch.Look());
    }

    [Fact]
    public void Small_correction_is_no_step()
    {
        var watch = new ClockWatch(TimeSpan.FromSeconds(2), time);
        time.Step(TimeSpan.FromSeconds(1));

        Assert.Null(watch.Look());
    }

    private sealed class SteppingClock : TimeProvider
    {
        private DateTimeOffset utc = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Run(TimeSpan span)
        {
            utc += span;
            ticks += span.Ticks;
        }

        public void Step(TimeSpan span) => utc += span;

        public override DateTimeOffset GetUtcNow() => utc;

        public override long GetTimestamp() => ticks;
    }
}
