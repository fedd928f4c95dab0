using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;

namespace PatchEdge.Gateway.Tests.Acquisition.Redundancy;

[Trait("Req", "P3")]
public sealed class RedundantServersTests
{
    [Fact]
    public async Task Warm_standby_sleeps_until_the_active_server_is_lost()
    {
        await using var pair = await RedundantPipeline.StartAsync("warm");
        await pair.ObservesAsync(true, false);
        await pair.Live.UntilAsync(LineState.Idle);

        await pair.StopServerAsync(0);
        await pair.ObservesAsync(false, true);

        // What the standby sees now decides: the line starts, and it is told.
        pair.Set(6);
        await pair.Live.UntilAsync(LineState.Active);
        await Eventually.TrueAsync("the standby's time asleep is on record, and over", () => Task.FromResult(
            pair.Gaps("b").Any(gap => gap is { Cause: GapCause.Standby, End: not null }) && pair.Gaps("a").Any(gap => gap is { Cause: GapCause.ConnectionLost, End: null })),
            TimeSpan.FromSeconds(20), () => string.Join(Environment.NewLine, pair.Gaps("a").Concat(pair.Gaps("b"))));
    }

    [Fact]
    public async Task Warm_failover_of_a_server_that_announces_maintenance_leaves_no_moment_uncovered()
    {
        await using var pair = await RedundantPipeline.StartAsync("warm");
        await pair.ObservesAsync(true, false);

        pair.Faults(0).ServiceLevel = 100;
        await pair.ObservesAsync(false, true);

        // The next one is awake before the first one sleeps: their gaps do not touch.
        Gap? standby = null, left = null;
        await Eventually.TrueAsync("both gaps are on record", () =>
        {
            standby = pair.Gaps("b").FirstOrDefault(gap => gap is { Cause: GapCause.Standby, End: not null });
            left = pair.Gaps("a").FirstOrDefault(gap => gap is { Cause: GapCause.Standby, End: null });
            return Task.FromResult(standby is not null && left is not null);
        }, TimeSpan.FromSeconds(20));
        Assert.True(standby!.End < left!.Start, $"b slept until {standby.End:O}, a from {left.Start:O} on");
    }

    [Fact]
    public async Task Hot_servers_are_both_sources_and_the_loss_of_one_is_not_the_lines()
    {
        await using var pair = await RedundantPipeline.StartAsync("hot");
        await pair.ObservesAsync(true, true);
        var idle = await pair.Live.UntilAsync(LineState.Idle);

        await pair.StopServerAsync(0);
        await pair.ObservesAsync(false, true);
        await Eventually.TrueAsync("a second of reports after the loss", () => Task.FromResult(pair.Live.Last!.At > idle.At + TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(20));

        // Idle since before the loss, without a doubt in between.
        Assert.Equal((LineState.Idle, idle.Since), (pair.Live.Last!.State, pair.Live.Last.Since));
        Assert.DoesNotContain(pair.Gaps("b"), gap => gap.Start > idle.At);
    }

    [Fact]
    public async Task Hot_servers_that_contradict_each_other_make_the_line_unknown()
    {
        await using var pair = await RedundantPipeline.StartAsync("hot");
        await pair.Live.UntilAsync(LineState.Idle);

        pair.SetAt(1, 6);
        var unknown = await pair.Live.UntilAsync(LineState.Unknown);
        Assert.Contains("contradict", unknown.Reason, StringComparison.Ordinal);

        pair.SetAt(0, 6);
        await pair.Live.UntilAsync(LineState.Active);
    }

    [Fact]
    public async Task Hot_server_without_data_proves_nothing()
    {
        await using var pair = await RedundantPipeline.StartAsync("hot");
        await pair.ObservesAsync(true, true);

        pair.Faults(1).ServiceLevel = 1;
        await pair.ObservesAsync(true, false);

        await Eventually.TrueAsync("the gap says why", () => Task.FromResult(pair.Gaps("b").Any(gap => gap.Cause == GapCause.ServerNotRunning && gap.Detail.Contains("ServiceLevel 1", StringComparison.Ordinal))), TimeSpan.FromSeconds(20));
    }
}
