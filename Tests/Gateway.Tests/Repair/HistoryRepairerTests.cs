using PatchEdge.Gateway.Tests.Acquisition;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;

namespace PatchEdge.Gateway.Tests.Repair;

/// <summary>The third rung against our own server, which keeps history of the state and none of the batch.</summary>
public sealed class HistoryRepairerTests
{
    private const string State = "L/U.StateCurrent";
    private const string Batch = "L/Batch";

    [Fact]
    [Trait("Req", "HistoryRead repairs")]
    public async Task Values_of_a_gateway_that_was_down_are_read_from_history_and_never_told_as_observed()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        foreach (var state in Enumerable.Range(100, 20))
            fixture.State.SetValue(state);
        fixture.State.SetValue(4);
        await fixture.StartGatewayAsync();

        var gap = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.Repair != GapRepair.None);
        Assert.Equal(GapRepair.Backfilled, gap.Repair);
        var values = fixture.Backfilled();
        Assert.All(values, value => Assert.Equal(State, value.Tag));
        // The last value came through the subscription.
        Assert.Equal(Enumerable.Range(100, 20), values.Select(value => value.Value.Value.Get<int>()));
        var declared = await fixture.GapAsync(Batch, GapCause.GatewayDown, gap => gap.Detail.Length > 0);
        Assert.Contains("keeps no history", declared.Detail, StringComparison.Ordinal);
        Assert.Equal((GapRepair.None, 0), (declared.Repair, fixture.PendingRepairs()));
    }

    [Fact]
    [Trait("Req", "Unknown is never idle")]
    public async Task Line_settles_anew_though_history_proves_that_it_stood_still()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        await fixture.StartGatewayAsync();
        var restarted = TimeProvider.System.GetUtcNow();
        await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.Repair == GapRepair.Backfilled);
        var idle = await fixture.Live.UntilAsync(LineState.Idle);
        Assert.True(idle.At - restarted >= TimeSpan.FromSeconds(1), $"idle {idle.At - restarted} after the start, dwell 1 s");
    }

    [Fact]
    public async Task Repair_that_a_process_left_undone_is_done_by_the_next_one()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        fixture.State.SetValue(77);
        fixture.State.SetValue(4);
        await fixture.StartGatewayAsync(withRepairs: false);
        var open = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.End is not null);
        await fixture.StopGatewayAsync();
        Assert.True(fixture.PendingRepairs() > 0);
        Assert.Empty(fixture.Backfilled());

        await fixture.StartGatewayAsync();
        var repaired = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.Id == open.Id && gap.Repair == GapRepair.Backfilled);
        Assert.Equal((open.Start, open.End), (repaired.Start, repaired.End));
        Assert.Equal(77, Assert.Single(fixture.Backfilled()).Value.Value.Get<int>());
    }

    /// <summary>A value bears the time at which it came about; the server samples it later, and a message may go in between.</summary>
    [Fact]
    [Trait("Req", "HistoryRead repairs")]
    public async Task Value_that_the_last_message_overtook_is_read_with_the_gap_that_swallowed_it()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        // All of it may happen within one millisecond.
        var seen = TimeProvider.System.GetUtcNow() - TimeSpan.FromMilliseconds(2);
        fixture.State.SetValue(41);
        await Eventually.TrueAsync("41 is journaled", () => Task.FromResult(fixture.Received(State).Any(value => value.Value.TryGet(out int state) && state == 41)), TimeSpan.FromSeconds(20));
        await fixture.StopGatewayAsync();
        await fixture.StartGatewayAsync(withRepairs: false);
        var open = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.End is not null);
        await fixture.StopGatewayAsync();
        fixture.State.SetValue(new DataValue(42, StatusCodes.Good, open.Start.UtcDateTime.AddMilliseconds(-1)));
        fixture.State.SetValue(4);

        await fixture.StartGatewayAsync();
        await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.Id == open.Id && gap.Repair == GapRepair.Backfilled);
        var found = fixture.Backfilled().Where(value => value.Value.SourceTimestamp < open.Start.UtcDateTime && value.Value.SourceTimestamp >= seen.UtcDateTime).ToList();
        Assert.True(found.Count == 1, $"seen {seen:O}, gap from {open.Start:O} to {open.End:O}, looked up: {string.Join(", ", fixture.Backfilled().Select(value => value.Value))}");
        Assert.Equal(42, found[0].Value.Value.Get<int>());
    }

    [Fact]
    public async Task Server_that_started_inside_the_gap_proves_nothing_of_the_time_before()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.RestartServerAsync();
        var declared = await fixture.GapAsync(State, GapCause.ConnectionLost, gap => gap.Detail.Contains("not repaired", StringComparison.Ordinal));
        Assert.Equal(GapRepair.None, declared.Repair);
        Assert.Contains("the server runs since", declared.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_values_than_are_read_at_once_are_put_down_in_parts_until_the_whole_gap_is_repaired()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        foreach (var state in Enumerable.Range(100, 30))
        {
            fixture.State.SetValue(state);
            // Times apart by more than the record's millisecond, so that it can be cut anywhere.
            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        fixture.State.SetValue(4);
        fixture.Repair = fixture.Repair with { MostValues = 8 };
        await fixture.StartGatewayAsync();
        await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.End is not null);
        await Eventually.TrueAsync("all repaired", () => Task.FromResult(fixture.PendingRepairs() == 0), TimeSpan.FromSeconds(20));
        var gaps = fixture.Gaps(State).Where(gap => gap.Cause == GapCause.GatewayDown).OrderBy(gap => gap.Start).ToList();
        Assert.True(gaps.Count > 2, $"{gaps.Count} parts");
        Assert.All(gaps, gap => Assert.Equal(GapRepair.Backfilled, gap.Repair));
        Assert.All(gaps.Zip(gaps.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        var values = fixture.Backfilled().Select(value => value.Value.Value.Get<int>()).ToList();
        Assert.Equal(Enumerable.Range(100, 30), values.Order());
        // What the line looks at comes newest first.
        Assert.True(values[0] > 120, $"began with {values[0]}");
    }
}
