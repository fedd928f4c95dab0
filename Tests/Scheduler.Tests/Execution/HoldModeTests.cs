using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>A line that cannot be held at all, and one whose hold is read back from the equipment.</summary>
[Trait("Req", "I2")]
public sealed class HoldModeTests
{
    [Theory]
    [InlineData(false, false, "hold-none")]
    [InlineData(false, true, "hold-none")]
    [InlineData(true, false, "hold-nobody")]
    [InlineData(true, true, null)]
    public async Task Line_without_a_hold_is_released_only_where_the_site_allows_it_and_somebody_stands_by(bool allowed, bool standsBy, string? code)
    {
        var plant = TestPlant.Model with
        {
            Areas = [.. TestPlant.Model.Areas.Select(area => area with { Lines = [.. area.Lines.Select(line => line with { Hold = HoldMode.None, HoldNodes = null })] })],
        };
        await using var scene = await Scene.SetAsync(plant: plant, policy: allowed ? "advisory-release: true" : "");
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        if (standsBy)
            await scheduler.AskAsync(new Order.StandBy("J1", TestPlant.Filling, 60, "at the line", "Eve", new SignatureRecord(
                "Eve", SignatureMeanings.Responsibility, SignedContent.Waiving("J1.1", WaiverKind.StandBy, TestPlant.Filling, 60), 2)));
        if (code is null)
        {
            await scene.AskPermitAsync();
            Assert.Empty((await agent.PermitAsync()).Holds);
        }
        else
        {
            await agent.BeatAsync();
            await gateway.ReportAsync(LineState.Idle);
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(0, agent.Waiting("offer"));
            Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict.Code == code && verdict.Outcome == GateOutcome.Block);
        }

        Assert.Empty(gateway.HoldRequests);
    }

    /// <summary>An operator clears the hold at the panel, or another system takes it, while the host is being patched.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1_000_000, true)]
    [InlineData(-1, false)]
    [Trait("Req", "hostile-69")]
    public async Task Hold_that_is_overwritten_at_the_equipment_ends_the_go_aheads(long offset, bool stops)
    {
        var plant = TestPlant.Model with
        {
            Areas = [.. TestPlant.Model.Areas.Select(area => area with { Lines = [.. area.Lines.Select(line => line with { HeldTokenTag = line.Tags[0].Name })] })],
        };
        await using var scene = await Scene.SetAsync(plant: plant);
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        var token = (await agent.PermitAsync()).Token;
        await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
        await scheduler.StateAsync("J1.1", RunState.Executing);
        // What is reported right after the grant may be from before it.
        await gateway.ReportAsync(LineState.Idle, heldToken: 0);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.False((await scheduler.RunAsync("J1.1")).StopRequested);

        await gateway.ReportAsync(LineState.Idle, heldToken: stops ? (offset == 0 ? 0 : token + offset) : token);
        if (stops)
            await Eventually.TrueAsync("the run is stopped", async () =>
            {
                await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
                return (await scheduler.RunAsync("J1.1")).StopRequested;
            }, RunningScheduler.Patience);
        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());

        var answer = await agent.GoAheadAsync();
        Assert.Equal(!stops, answer.Granted);
        if (stops)
            Assert.Contains("overwrote the hold at the equipment", answer.Reason, StringComparison.Ordinal);
        Assert.Equal(stops, (await scheduler.LedgerAsync()).Any(entry => entry.Json.Contains("was overwritten at the equipment", StringComparison.Ordinal)));
    }
}
