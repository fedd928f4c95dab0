using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>Between the agent's nonce and its permit every line of the host is held, or there is no permit.</summary>
[Trait("Req", "I2")]
public sealed class HoldTests
{
    [Theory]
    [InlineData("refused")]
    [InlineData("not answered")]
    [InlineData("not idle")]
    [InlineData("not read")]
    [Trait("Req", "I6")]
    public async Task Line_that_is_not_held_and_idle_yields_no_permit_and_is_free_again(string how)
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) : how switch
        {
            "refused" => ScriptedClient.Granted(request) with { Granted = false, IdleAfterHold = null, ReadAt = null, Reason = "a recipe is being loaded" },
            "not answered" => ScriptedClient.Granted(request) with { Granted = false, Answered = false, IdleAfterHold = null, ReadAt = null, Reason = "its server is not connected" },
            "not idle" => ScriptedClient.Granted(request) with { IdleAfterHold = false, Reason = "Filler.State is 6 Execute" },
            _ => ScriptedClient.Granted(request) with { IdleAfterHold = null },
        };
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);

        await FreeAsync(scheduler, "J1.1");

        var run = await scheduler.RunAsync("J1.1");
        Assert.Equal((RunState.Armed, (long?)null), (run.State, run.Token));
        Assert.Contains("Filling", run.Reason, StringComparison.Ordinal);
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.Equal([HoldAction.Hold, HoldAction.Release], gateway.HoldRequests.Select(request => request.Action).Distinct());
        Assert.Single(gateway.HoldRequests.Select(request => request.Token).Distinct());
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict.Code == "resting");
    }

    [Fact]
    [Trait("Req", "P2")]
    public async Task Silence_of_the_gateway_yields_no_permit()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = _ => null;
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
        await scheduler.StateAsync("J1.1", RunState.Held);

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(17));

        await scheduler.StateAsync("J1.1", RunState.Armed);
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.True(gateway.HoldRequests.Count(request => request.Action == HoldAction.Hold) > 1, "it is asked again before it is given up");
        // The line may be held for all we know: until it was heard to be free, nobody else gets it.
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "line-held", Code: "hold-releasing", Outcome: GateOutcome.Block });
        gateway.Controllers = request => ScriptedClient.Granted(request);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(30));
        await FreeAsync(scheduler, "J1.1");
    }

    [Fact]
    public async Task Second_line_that_refuses_frees_the_first()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler, TestPlant.Server);
        gateway.Controllers = request => request is { Action: HoldAction.Hold, Line: TestPlant.Packaging }
            ? ScriptedClient.Granted(request) with { Granted = false, IdleAfterHold = null, Reason = "busy" }
            : ScriptedClient.Granted(request);
        await scheduler.AddAsync("J1", TestPlant.Server);
        await gateway.ReportAsync(LineState.Idle, TestPlant.Packaging);
        await AskAsync(gateway, agent);

        await FreeAsync(scheduler, "J1.1");

        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.Equal([TestPlant.Filling, TestPlant.Packaging], gateway.HoldRequests.Where(request => request.Action == HoldAction.Hold).Select(request => request.Line));
        Assert.Contains(gateway.HoldRequests, request => request is { Action: HoldAction.Release, Line: TestPlant.Filling });
    }

    [Fact]
    public async Task Two_lines_are_both_held_before_the_permit_names_them()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler, TestPlant.Server);
        await scheduler.AddAsync("J1", TestPlant.Server);
        await gateway.ReportAsync(LineState.Idle, TestPlant.Packaging);
        await AskAsync(gateway, agent);

        var permit = await agent.PermitAsync();

        Assert.Equal([TestPlant.Filling, TestPlant.Packaging], permit.Holds.Select(hold => hold.Line));
        Assert.All(gateway.HoldRequests, request => Assert.Equal(permit.Token, request.Token));
        // Permit, the procedure's longest, proof of health, and the margin.
        Assert.All(gateway.HoldRequests, request => Assert.Equal(30_000 + 600_000 + 300_000 + 300_000, request.DurationMs));
    }

    [Fact]
    [Trait("Req", "hostile-52")]
    public async Task Answer_to_another_request_or_retained_or_of_another_token_holds_nothing()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = _ => null;
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
        await Eventually.TrueAsync("the gateway was asked", () => Task.FromResult(!gateway.HoldRequests.IsEmpty), RunningScheduler.Patience);
        Assert.True(gateway.HoldRequests.TryPeek(out var request));

        await gateway.ReplyAsync(ScriptedClient.Granted(request) with { Request = "of-yesterday" });
        await gateway.ReplyAsync(ScriptedClient.Granted(request) with { Token = request.Token - 1 });
        await gateway.ReplyAsync(ScriptedClient.Granted(request) with { Line = TestPlant.Packaging });
        await gateway.ReplyAsync(ScriptedClient.Granted(request) with { Gateway = TestPlant.SecondGateway });
        var kept = JsonSerializer.SerializeToUtf8Bytes(ScriptedClient.Granted(request), MessageJson.Default.HoldReply);
        scheduler.Services.GetRequiredService<Incoming>().Take(Topics.HoldReply(TestPlant.Site, TestPlant.Gateway), new ReadOnlySequence<byte>(kept), retained: true);
        await scheduler.SettledAsync();

        Assert.Equal(RunState.Held, (await scheduler.RunAsync("J1.1")).State);
        await gateway.ReplyAsync(ScriptedClient.Granted(request));
        await agent.PermitAsync();
        await gateway.ReplyAsync(ScriptedClient.Granted(request));
        await scheduler.SettledAsync();
        Assert.Equal(RunState.Released, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(0, agent.Waiting("permit"));
    }

    [Fact]
    [Trait("Req", "I3")]
    public async Task Token_rises_with_every_try()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = request => ScriptedClient.Granted(request) with { Granted = request.Action == HoldAction.Release };
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
        await FreeAsync(scheduler, "J1.1");
        Assert.True(gateway.HoldRequests.TryPeek(out var first));
        gateway.Controllers = request => ScriptedClient.Granted(request);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(12));

        var token = await RunnerTests.ReleaseAsync(scheduler, gateway, agent, "J1.1");

        Assert.True(token > first.Token);
    }

    [Fact]
    [Trait("Req", "I9")]
    public async Task Quarantined_run_keeps_its_lines_until_two_people_settle_it()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await scheduler.AddAsync("J1");
        var token = await RunnerTests.ReleaseAsync(scheduler, gateway, agent, "J1.1");
        await agent.TellAsync("J1.1", token, 1, RunPhase.Unknown);
        await scheduler.StateAsync("J1.1", RunState.Quarantined);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(20));
        await scheduler.AskAsync(new Order.Settle("J1", RunState.Aborted, "looked", "Ann"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(gateway.HoldRequests, request => request.Action == HoldAction.Release);

        await scheduler.AskAsync(new Order.Settle("J1", RunState.Aborted, "looked too", "Bob"));

        await FreeAsync(scheduler, "J1.1");
        Assert.Contains(gateway.HoldRequests, request => request.Action == HoldAction.Release && request.Token == token);
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Hold_that_outlasts_its_time_refuses_go_aheads_is_on_record_and_stays()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await scheduler.AddAsync("J1");
        var token = await RunnerTests.ReleaseAsync(scheduler, gateway, agent, "J1.1");
        await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
        await scheduler.StateAsync("J1.1", RunState.Executing);
        agent.CurrentRun = "J1.1";
        await agent.BeatAsync();
        // As far as the monotonic clock and the wall clock go together; the runner sees it in one look.
        scheduler.Time.Advance(TimeSpan.FromMinutes(21));
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await Eventually.TrueAsync("the hold is seen to have expired", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "hold-expired"), RunningScheduler.Patience);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Contains(await ActionsAsync(scheduler), action => action == LedgerActions.HoldExpired);
        Assert.DoesNotContain(gateway.HoldRequests, request => request.Action == HoldAction.Release);
        Assert.NotNull((await scheduler.RunAsync("J1.1")).Holds);
    }

    [Fact]
    public async Task Run_that_is_withdrawn_while_its_lines_are_asked_frees_them()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) : null;
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
        await scheduler.StateAsync("J1.1", RunState.Held);

        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "not today", "Ann"))).Outcome);

        await FreeAsync(scheduler, "J1.1");
        Assert.Equal(RunState.Revoked, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(0, agent.Waiting("permit"));
    }

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
            await AskAsync(gateway, agent);
            await scheduler.StateAsync("J1.1", RunState.Held);
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        await FreeAsync(scheduler, "J1.1");

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
            token = await RunnerTests.ReleaseAsync(scheduler, gateway, agent, "J1.1");
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
            token = await RunnerTests.ReleaseAsync(scheduler, gateway, agent, "J1.1");
            gateway.Controllers = _ => null;
            await agent.TellAsync("J1.1", token, 1, RunPhase.RolledBack);
            await scheduler.StateAsync("J1.1", RunState.Aborted);
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.GatewayAsync(scheduler);
        await FreeAsync(scheduler, "J1.1");

        Assert.All(again.HoldRequests, request => Assert.Equal((HoldAction.Release, token), (request.Action, request.Token)));
        Assert.Equal(1, (await ActionsAsync(scheduler)).Count(action => action == LedgerActions.HoldReleased));
    }

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
        await using var scheduler = await RunningScheduler.StartAsync(plant, allowed ? "advisory-release: true" : "");
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await scheduler.AddAsync("J1");
        if (standsBy)
            await scheduler.AskAsync(new Order.StandBy("J1", TestPlant.Filling, 60, "at the line", "Eve", new SignatureRecord(
                "Eve", SignatureMeanings.Responsibility, SignedContent.Waiving("J1.1", WaiverKind.StandBy, TestPlant.Filling, 60), 2)));
        if (code is null)
        {
            await AskAsync(gateway, agent);
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
        await using var scheduler = await RunningScheduler.StartAsync(plant);
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
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

    [Fact]
    [Trait("Req", "I10")]
    public async Task Line_that_is_held_by_a_request_which_came_too_late_is_cleared_again()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) with { Granted = false } : null;
        await scheduler.AddAsync("J1");
        await AskAsync(gateway, agent);
        await scheduler.StateAsync("J1.1", RunState.Held);
        await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "not today", "Ann"));
        await FreeAsync(scheduler, "J1.1");
        Assert.True(gateway.HoldRequests.TryPeek(out var late));
        var before = gateway.HoldRequests.Count(request => request.Action == HoldAction.Release);
        gateway.Controllers = request => ScriptedClient.Granted(request);

        await gateway.ReplyAsync(ScriptedClient.Granted(late) with { Token = late.Token + 1 });
        await scheduler.SettledAsync();
        Assert.Null((await scheduler.RunAsync("J1.1")).Holds);
        await gateway.ReplyAsync(ScriptedClient.Granted(late));

        await Eventually.TrueAsync("the line is asked to be free again", () => Task.FromResult(
            gateway.HoldRequests.Count(request => request.Action == HoldAction.Release && request.Token == late.Token) > before), RunningScheduler.Patience);
        await FreeAsync(scheduler, "J1.1");
    }

    private static async Task AskAsync(ScriptedClient gateway, ScriptedClient agent)
    {
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await agent.AskPermitAsync((await agent.OfferAsync()).Run, ScriptedClient.Nonce());
    }

    private static Task FreeAsync(RunningScheduler scheduler, string run) => Eventually.TrueAsync($"no line is held for {run}", async () =>
    {
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
        return await scheduler.RunAsync(run) is { State: not RunState.Held, Holds: null, Reason.Length: > 0 } stored && stored.State != RunState.Armed | stored.RestUntil is not null;
    }, RunningScheduler.Patience);

    private static async Task<List<string?>> ActionsAsync(RunningScheduler scheduler) =>
        [.. (await scheduler.LedgerAsync()).Select(entry => (string?)JsonNode.Parse(entry.Json)!["action"])];
}
