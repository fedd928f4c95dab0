using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

public sealed class StopSwitchTests
{
    [Fact]
    [Trait("Req", "P4")]
    public async Task Ledger_that_cannot_be_written_stops_releases_and_the_emergency_stop_works_all_the_same()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.SettledAsync();
        FullDisk.Begin(scheduler);

        Assert.Equal(OrderOutcome.Failed, (await scheduler.AskAsync(new Order.Stop("smoke", "Eve"))).Outcome);
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(6));
        var codes = (await scheduler.WhyAsync("J1")).Verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block).Select(verdict => verdict.Code).ToList();
        Assert.Contains("stop-active", codes);
        Assert.Contains("ledger-fault", codes);
        Assert.Equal(0, agent.Waiting("offer"));

        FullDisk.End(scheduler);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Contains(await scheduler.LedgerAsync(), entry => entry.Json.Contains("smoke", StringComparison.Ordinal));
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.Resume("checked", "Bob"))).Outcome);
        await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
    }
}
