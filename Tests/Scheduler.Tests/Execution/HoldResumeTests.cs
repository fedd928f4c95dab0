using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>The scheduler ends while lines are held or asked, and starts again: a line is neither forgotten nor freed under a permit.</summary>
[Trait("Req", "hostile-67")]
public sealed class HoldResumeTests
{
    [Fact]
    [Trait("Req", "hostile-67")]
    public async Task Scheduler_that_ends_while_lines_are_asked_frees_them_and_waits_again()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            gateway.Controllers = _ => null;
            await scheduler.AddAsync("J1");
            await Scene.AskPermitAsync(gateway, agent);
            await scheduler.StateAsync("J1.1", RunState.Held);
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        await scheduler.FreedAsync("J1.1");

        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("J1.1")).State);
        Assert.All(again.HoldRequests, request => Assert.Equal(HoldAction.Release, request.Action));
    }

    [Theory]
    [InlineData(RunPhase.Accepted, RunState.Executing)]
    [InlineData(RunPhase.Succeeded, RunState.Verifying)]
    [InlineData(null, RunState.Released)]
    [Trait("Req", "hostile-67")]
    public async Task Scheduler_that_ends_once_a_permit_lives_keeps_the_lines_held(RunPhase? told, RunState state)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        long token;
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
            if (told is { } phase)
                await agent.TellAsync("J1.1", token, 1, phase);
            await scheduler.StateAsync("J1.1", state);
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Empty(again.HoldRequests);
        Assert.Equal(state, (await scheduler.RunAsync("J1.1")).State);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "line-held", Code: "hold-granted" });
    }

    [Fact]
    [Trait("Req", "hostile-67")]
    public async Task Scheduler_that_ends_before_a_line_was_heard_to_be_free_asks_on()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        long token;
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
            gateway.Controllers = _ => null;
            await agent.TellAsync("J1.1", token, 1, RunPhase.RolledBack);
            await scheduler.StateAsync("J1.1", RunState.Aborted);
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        await scheduler.FreedAsync("J1.1");

        Assert.All(again.HoldRequests, request => Assert.Equal((HoldAction.Release, token), (request.Action, request.Token)));
        Assert.Equal(1, (await scheduler.ActionsAsync()).Count(action => action == LedgerActions.HoldReleased));
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Line_that_the_plant_file_lost_while_it_was_held_is_shown_and_released()
    {
        var without = TestPlant.Model with
        {
            Areas = [.. TestPlant.Model.Areas.Select(area => area with { Lines = [.. area.Lines.Where(line => line.Name != TestPlant.Filling)] })],
            Hosts = [.. TestPlant.Model.Hosts.Select(host => host with { Lines = host.Lines.Remove(TestPlant.Filling) })],
        };
        await using var scheduler = await RunningScheduler.StartAsync();
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            var token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
            gateway.Controllers = _ => null;
            await agent.TellAsync("J1.1", token, 1, RunPhase.RolledBack);
            await scheduler.StateAsync("J1.1", RunState.Aborted);
        }

        await scheduler.RestartAsync(without);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        again.Controllers = _ => null;
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        var shown = Assert.Single(scheduler.Services.GetRequiredService<LineQueries>().List(), line => line.Name == TestPlant.Filling);
        Assert.Equal(("J1.1", "Releasing"), (shown.Hold?.Run, shown.Hold?.Stage));
        Assert.Contains("no longer in the plant file", shown.Reason, StringComparison.Ordinal);

        again.Controllers = request => ScriptedClient.Granted(request);
        await scheduler.FreedAsync("J1.1");

        Assert.Contains(LedgerActions.HoldReleased, await scheduler.ActionsAsync());
        Assert.DoesNotContain(scheduler.Services.GetRequiredService<LineQueries>().List(), line => line.Name == TestPlant.Filling);
    }
}
