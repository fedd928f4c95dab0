using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
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
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) : how switch
        {
            "refused" => ScriptedClient.Granted(request) with { Granted = false, IdleAfterHold = null, ReadAt = null, Reason = "a recipe is being loaded" },
            "not answered" => ScriptedClient.Granted(request) with { Granted = false, Answered = false, IdleAfterHold = null, ReadAt = null, Reason = "its server is not connected" },
            "not idle" => ScriptedClient.Granted(request) with { IdleAfterHold = false, Reason = "Filler.State is 6 Execute" },
            _ => ScriptedClient.Granted(request) with { IdleAfterHold = null },
        };
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();

        await scheduler.FreedAsync("J1.1");

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
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = _ => null;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        await scheduler.StateAsync("J1.1", RunState.Held);

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(17));

        await scheduler.StateAsync("J1.1", RunState.Armed);
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.True(gateway.HoldRequests.Count(request => request.Action == HoldAction.Hold) > 1, "it is asked again before it is given up");
        // The line may be held for all we know: until it was heard to be free, nobody else gets it.
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "line-held", Code: "hold-releasing", Outcome: GateOutcome.Block });
        gateway.Controllers = request => ScriptedClient.Granted(request);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(30));
        await scheduler.FreedAsync("J1.1");
    }

    [Fact]
    public async Task Second_line_that_refuses_frees_the_first()
    {
        await using var scene = await Scene.SetAsync(TestPlant.Server);
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = request => request is { Action: HoldAction.Hold, Line: TestPlant.Packaging }
            ? ScriptedClient.Granted(request) with { Granted = false, IdleAfterHold = null, Reason = "busy" }
            : ScriptedClient.Granted(request);
        await scheduler.AddAsync("J1", TestPlant.Server);
        await gateway.ReportAsync(LineState.Idle, TestPlant.Packaging);
        await scene.AskPermitAsync();

        await scheduler.FreedAsync("J1.1");

        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.Equal([TestPlant.Filling, TestPlant.Packaging], gateway.HoldRequests.Where(request => request.Action == HoldAction.Hold).Select(request => request.Line));
        Assert.Contains(gateway.HoldRequests, request => request is { Action: HoldAction.Release, Line: TestPlant.Filling });
    }

    [Fact]
    public async Task Two_lines_are_both_held_before_the_permit_names_them()
    {
        await using var scene = await Scene.SetAsync(TestPlant.Server);
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1", TestPlant.Server);
        await gateway.ReportAsync(LineState.Idle, TestPlant.Packaging);
        await scene.AskPermitAsync();

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
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = _ => null;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
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
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = request => ScriptedClient.Granted(request) with { Granted = request.Action == HoldAction.Release };
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        await scheduler.FreedAsync("J1.1");
        Assert.True(gateway.HoldRequests.TryPeek(out var first));
        gateway.Controllers = request => ScriptedClient.Granted(request);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(12));

        var token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");

        Assert.True(token > first.Token);
    }

    [Fact]
    [Trait("Req", "I9")]
    public async Task Quarantined_run_keeps_its_lines_until_two_people_settle_it()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var token = await scene.ReleaseAsync();
        await agent.TellAsync("J1.1", token, 1, RunPhase.Unknown);
        await scheduler.StateAsync("J1.1", RunState.Quarantined);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(20));
        await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked", "Ann"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(gateway.HoldRequests, request => request.Action == HoldAction.Release);

        await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked too", "Bob"));

        await scheduler.FreedAsync("J1.1");
        Assert.Contains(gateway.HoldRequests, request => request.Action == HoldAction.Release && request.Token == token);
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Hold_that_outlasts_its_time_refuses_go_aheads_is_on_record_and_stays()
    {
        Assert.SkipWhen(OnPostgres.ForAll, "skips more time at once than a lease lasts");
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var token = await scene.ExecuteAsync();
        agent.CurrentRun = "J1.1";
        await agent.BeatAsync();
        // As far as the monotonic clock and the wall clock go together; the runner sees it in one look.
        scheduler.Time.Advance(TimeSpan.FromMinutes(21));
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await Eventually.TrueAsync("the hold is seen to have expired", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "hold-expired"), RunningScheduler.Patience);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Contains(await scheduler.ActionsAsync(), action => action == LedgerActions.HoldExpired);
        Assert.DoesNotContain(gateway.HoldRequests, request => request.Action == HoldAction.Release);
        Assert.NotNull((await scheduler.RunAsync("J1.1")).Holds);
    }

    [Fact]
    public async Task Run_that_is_withdrawn_while_its_lines_are_asked_frees_them()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) : null;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        await scheduler.StateAsync("J1.1", RunState.Held);

        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "not today", "Ann"))).Outcome);

        await scheduler.FreedAsync("J1.1");
        Assert.Equal(RunState.Revoked, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(0, agent.Waiting("permit"));
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Line_that_is_held_by_a_request_which_came_too_late_is_cleared_again()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, _) = scene;
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) with { Granted = false } : null;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        await scheduler.StateAsync("J1.1", RunState.Held);
        await scheduler.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "not today", "Ann"));
        await scheduler.FreedAsync("J1.1");
        Assert.True(gateway.HoldRequests.TryPeek(out var late));
        var before = gateway.HoldRequests.Count(request => request.Action == HoldAction.Release);
        gateway.Controllers = request => ScriptedClient.Granted(request);

        await gateway.ReplyAsync(ScriptedClient.Granted(late) with { Token = late.Token + 1 });
        await scheduler.SettledAsync();
        Assert.Null((await scheduler.RunAsync("J1.1")).Holds);
        await gateway.ReplyAsync(ScriptedClient.Granted(late));

        await Eventually.TrueAsync("the line is asked to be free again", () => Task.FromResult(
            gateway.HoldRequests.Count(request => request.Action == HoldAction.Release && request.Token == late.Token) > before), RunningScheduler.Patience);
        await scheduler.FreedAsync("J1.1");
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Line_that_is_held_too_late_is_cleared_also_while_the_run_tries_again()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) with { Granted = false } : null;
        await scheduler.AddAsync("J1");
        await scene.AskPermitAsync();
        await scheduler.StateAsync("J1.1", RunState.Held);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(17));
        await scheduler.FreedAsync("J1.1");
        Assert.True(gateway.HoldRequests.TryPeek(out var late));
        var before = gateway.HoldRequests.Count(request => request.Action == HoldAction.Release);
        gateway.Controllers = request => request.Action == HoldAction.Release ? ScriptedClient.Granted(request) : null;
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(11));
        await scene.AskPermitAsync();
        await scheduler.StateAsync("J1.1", RunState.Held);
        var second = (await scheduler.RunAsync("J1.1")).Token;

        await gateway.ReplyAsync(ScriptedClient.Granted(late));

        await Eventually.TrueAsync("the earlier try's line is asked to be free", () => Task.FromResult(
            gateway.HoldRequests.Count(request => request.Action == HoldAction.Release && request.Token == late.Token) > before), RunningScheduler.Patience);
        await Eventually.TrueAsync("only the present try's hold is on record", async () =>
            RunHolds.Read((await scheduler.RunAsync("J1.1")).Holds) is { Strays.IsEmpty: true } left && left.Token == second, RunningScheduler.Patience);
        Assert.Equal((RunState.Held, second), ((await scheduler.RunAsync("J1.1")).State, (await scheduler.RunAsync("J1.1")).Token));
    }

    [Fact]
    [Trait("Req", "I10")]
    public async Task Hold_whose_gateway_is_gone_is_released_through_the_other()
    {
        var plant = TestPlant.Model with { Gateways = [.. TestPlant.Model.Gateways.Select(gateway => gateway with { Servers = ["filling", "packaging", "chamber"] })] };
        await using var scheduler = await RunningScheduler.StartAsync(plant);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await using var second = await ScriptedClient.GatewayAsync(scheduler, TestPlant.SecondGateway);
        await scheduler.AddAsync("J1");
        long token;
        await using (var first = await ScriptedClient.GatewayAsync(scheduler))
        {
            token = await Scene.ReleaseRunAsync(scheduler, first, agent, "J1.1");
            Assert.NotEmpty(first.HoldRequests);
            await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
            await scheduler.StateAsync("J1.1", RunState.Executing);
        }

        await second.ReportAsync(LineState.Idle);
        await agent.TellAsync("J1.1", token, 2, RunPhase.RolledBack);
        await scheduler.FreedAsync("J1.1");

        Assert.Contains(second.HoldRequests, request => (request.Action, request.Token, request.Line) == (HoldAction.Release, token, TestPlant.Filling));
        Assert.Contains("hold-released", await scheduler.ActionsAsync());
    }
}
