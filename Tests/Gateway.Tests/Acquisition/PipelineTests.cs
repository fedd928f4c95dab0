using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;

namespace PatchEdge.Gateway.Tests.Acquisition;

/// <summary>What the whole pipeline makes of a line and of each fault, against our own server over a real connection.</summary>
public sealed class PipelineTests
{
    private const string State = "L/U.StateCurrent";
    private const string Batch = "L/Batch";
    private const string Missing = "L/Missing";

    [Fact]
    public async Task Line_settles_then_is_idle_and_a_batch_makes_it_active()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        var idle = await fixture.Live.UntilAsync(LineState.Idle);
        Assert.Equal("", idle.Batch);
        fixture.State.SetValue(6);
        fixture.Batch.SetValue("B-1");
        var active = await fixture.Live.UntilAsync(LineState.Active);
        Assert.Contains("Execute", active.Reason, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, fixture.Live.All.Count()), fixture.Live.All.Select(report => (int)report.Sequence));
    }

    [Fact]
    [Trait("Req", "Unknown is never idle")]
    public async Task Missing_node_is_a_gap_of_its_tag_and_stops_nothing_else()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        var gap = await fixture.GapAsync("L/Missing", GapCause.ConfiguredNotMonitored, gap => gap.Detail.Contains("BadNodeIdUnknown", StringComparison.Ordinal));
        Assert.Null(gap.End);
    }

    [Fact]
    [Trait("Req", "Unknown within 1.5 × keep-alive")]
    public async Task Silent_server_makes_the_line_unknown_within_one_and_a_half_keep_alives()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        fixture.Server.Faults.StopAnswering();
        var unknown = await fixture.Live.UntilAsync(LineState.Unknown);
        fixture.Server.Faults.Resume();
        await fixture.Live.UntilAsync(LineState.Idle);
        var gap = await fixture.GapAsync(State, GapCause.KeepAliveLate, gap => gap.End is not null);
        // From the last message that came, however late it came; the tick of the stage and a busy machine come on top.
        Assert.InRange(unknown.At - gap.Start, TimeSpan.FromTicks(1), (PipelineFixture.KeepAlive * 1.5) + TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    [Trait("Req", "ConnectionLost")]
    public async Task Cut_connection_is_a_gap_that_ends_and_the_line_comes_back_by_itself()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        fixture.Server.Faults.CutConnections();
        await fixture.GapAsync(State, GapCause.ConnectionLost, gap => gap.End is not null);
        await fixture.Live.UntilAsync(LineState.Idle);
        Assert.DoesNotContain(fixture.Gaps(Batch), gap => gap.End is null);
    }

    [Fact]
    public async Task Restarted_server_is_found_again_and_its_gap_names_the_connection()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.RestartServerAsync();
        var gap = await fixture.GapAsync(State, GapCause.ConnectionLost, gap => gap.End is not null);
        Assert.Equal(GapRepair.None, gap.Repair);
        await fixture.Live.UntilAsync(LineState.Idle);
    }

    [Fact]
    [Trait("Req", "BadQuality")]
    public async Task Bad_quality_is_doubt_and_a_gap()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        fixture.State.SetValue(new DataValue(4, StatusCodes.BadSensorFailure));
        var unknown = await fixture.Live.UntilAsync(LineState.Unknown);
        Assert.Contains("BadSensorFailure", unknown.Reason, StringComparison.Ordinal);
        fixture.State.SetValue(4);
        var gap = await fixture.GapAsync(State, GapCause.BadQuality, gap => gap.End is not null);
        Assert.Equal("BadSensorFailure", gap.Detail);
        Assert.DoesNotContain(fixture.Gaps(Batch), other => other.Cause == GapCause.BadQuality);
    }

    [Fact]
    [Trait("Req", "ServerNotRunning")]
    public async Task Server_that_says_it_does_not_run_is_believed()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        fixture.Server.Faults.SetServerState(ServerState.Failed);
        await fixture.Live.UntilAsync(LineState.Unknown);
        await fixture.GapAsync(Batch, GapCause.ServerNotRunning);
        fixture.Server.Faults.SetServerState(ServerState.Running);
        await fixture.Live.UntilAsync(LineState.Idle);
    }

    [Fact]
    [Trait("Req", "GatewayDown")]
    public async Task Restarted_gateway_knows_nothing_until_fresh_evidence_and_accounts_for_its_absence()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        var stopped = TimeProvider.System.GetUtcNow();
        await fixture.StartGatewayAsync();
        await fixture.Live.UntilAsync(LineState.Settling);
        Assert.Equal(LineState.Unknown, fixture.Live.All.First().State);
        var gap = await fixture.GapAsync(State, GapCause.GatewayDown, gap => gap.End is not null);
        Assert.InRange(stopped - gap.Start, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    [Trait("Req", "ConfigurationChange")]
    public async Task Tag_that_is_removed_or_monitored_in_another_way_has_a_gap_that_says_so()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        await fixture.StopGatewayAsync();
        fixture.Configured = text => text.Replace("Missing: { type: String }", "", StringComparison.Ordinal).Replace("StateCurrent: { type: Int32,", "StateCurrent: { type: Int32, sampling: 20ms,", StringComparison.Ordinal);
        await fixture.StartGatewayAsync();
        var changed = await fixture.GapAsync(State, GapCause.ConfigurationChange, gap => gap.End is not null);
        Assert.Contains("differently", changed.Detail, StringComparison.Ordinal);
        await fixture.GapAsync(Batch, GapCause.GatewayDown, gap => gap.End is not null);
        var removed = await fixture.GapAsync(Missing, GapCause.ConfigurationChange);
        Assert.Equal(("L", null), (removed.Line, removed.End));
        Assert.Equal(removed.Start, fixture.Gaps(Missing).Single(gap => gap.Cause == GapCause.ConfiguredNotMonitored).End);

        await fixture.StopGatewayAsync();
        await fixture.StartGatewayAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        Assert.Equal(removed, Assert.Single(fixture.Gaps(Missing), gap => gap.End is null));
        await fixture.StopGatewayAsync();
        fixture.Configured = text => text;
        await fixture.StartGatewayAsync();
        await fixture.GapAsync(Missing, GapCause.ConfigurationChange, gap => gap.Id == removed.Id && gap.End is not null);
        await fixture.GapAsync(State, GapCause.ConfigurationChange, gap => gap.Id != changed.Id && gap.End is not null);
    }

    [Fact]
    [Trait("Req", "Changes of one source time")]
    public async Task Changes_of_one_source_time_are_both_kept_and_counted()
    {
        await using var fixture = await PipelineFixture.StartAsync();
        await fixture.Live.UntilAsync(LineState.Idle);
        var at = TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach (var state in new[] { 6, 5 })
        {
            fixture.State.SetValue(new DataValue(state, StatusCodes.Good, at, at));
            await Eventually.TrueAsync($"{state} is journaled", () => Task.FromResult(fixture.Received(State).Any(value => value.SourceTimestamp == at && value.Value.Get<int>() == state)), TimeSpan.FromSeconds(20));
        }

        Assert.Equal([6, 5], fixture.Received(State).Where(value => value.SourceTimestamp == at).Select(value => value.Value.Get<int>()));
        await fixture.StopGatewayAsync();
        Assert.Equal(1, fixture.LastHealth().SameSourceTime);
    }
}
