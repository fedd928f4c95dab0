using System.Text.Json.Nodes;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Repair;

/// <summary>The third rung against another make's historian, which keeps history of the setpoint and none of the speed.</summary>
public sealed class ForeignHistorianTests(ForeignHistorian historian) : IClassFixture<ForeignHistorian>
{
    private const string Setpoint = "Line/Filler.Setpoint";
    private const string Speed = "Line/Filler.Speed";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Req", "Interop")]
    [Trait("Req", "HistoryRead repairs")]
    public async Task Gap_is_repaired_with_every_value_in_either_direction_and_page_by_page(bool newestFirst)
    {
        var urgency = newestFirst ? RepairUrgency.LineState : RepairUrgency.Usual;
        await historian.StartAsync();
        var start = await NowAsync();
        foreach (var value in Enumerable.Range(1, 20))
            await SetAsync("Filler.Setpoint", value);
        var end = await NowAsync();
        var look = new HistoryLook(0, historian.Table, historian.Client, new RepairOptions { PageSize = 6 });

        var outcomes = await look.AtAsync([Pending(Setpoint, start, end, urgency), Pending(Speed, start, end, urgency)], (_, _) => null, end, Cancellation);
        var repaired = outcomes.Single(outcome => outcome.Parts.All(part => part.Tag == Setpoint));
        Assert.Equal([GapRepair.Backfilled], repaired.Parts.Select(part => part.Repair));
        Assert.Equal(Enumerable.Range(1, 20).Select(value => (double)value), repaired.Values.Select(value => value.Value.Get<double>()));
        var declared = Assert.Single(outcomes.Single(outcome => outcome != repaired).Parts);
        Assert.Equal(GapRepair.None, declared.Repair);
        Assert.Contains("keeps no history", declared.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Gap_without_any_change_is_repaired_because_the_newest_stored_value_is_the_current_one()
    {
        await historian.StartAsync();
        await SetAsync("Filler.Setpoint", 7);
        var start = await NowAsync();
        var end = start + TimeSpan.FromMilliseconds(50);
        var outcome = Assert.Single(await new HistoryLook(0, historian.Table, historian.Client, new RepairOptions()).AtAsync([Pending(Setpoint, start, end, RepairUrgency.Usual)], (_, _) => null, end, Cancellation));
        Assert.Equal([GapRepair.Backfilled], outcome.Parts.Select(part => part.Repair));
        Assert.Empty(outcome.Values);
    }

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Gap_from_before_the_server_started_stays_one()
    {
        await historian.StartAsync();
        var end = await NowAsync();
        var start = end - TimeSpan.FromHours(1);
        var outcome = Assert.Single(await new HistoryLook(0, historian.Table, historian.Client, new RepairOptions()).AtAsync([Pending(Setpoint, start, end, RepairUrgency.Usual)], (_, _) => null, end, Cancellation));
        Assert.Equal((start.ToDateTimeOffset(), GapRepair.None), (outcome.Parts[0].Start, outcome.Parts[0].Repair));
        Assert.True(outcome.Parts[0].End > end.ToDateTimeOffset() - TimeSpan.FromMinutes(30));
    }

    private static PendingRepair Pending(string tag, Moment start, Moment end, RepairUrgency urgency)
    {
        var gap = new Gap
        {
            Id = GapIdentity.Of("gw", "plc", tag, start, GapCause.ConnectionLost), Tag = tag, Line = "Line", Gateway = "gw", Server = "plc", Cause = GapCause.ConnectionLost,
            Start = start.ToDateTimeOffset(), End = end.ToDateTimeOffset(),
        };
        return new PendingRepair(gap, new RepairRow(gap.Id, "plc", urgency, end, 0, 0));
    }

    private Task<JsonObject> SetAsync(string name, double value) => historian.Peer.AskAsync("set", new { values = new JsonObject { [name] = value } });

    /// <summary>The server's clock is this machine's; a moment apart from what was before and comes after.</summary>
    private static async Task<Moment> NowAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        var now = Moment.Of(TimeProvider.System.GetUtcNow());
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        return now;
    }
}
