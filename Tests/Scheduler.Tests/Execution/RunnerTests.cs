using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>A run from its file to its end, and every way aside.</summary>
public sealed class RunnerTests
{
    [Fact]
    public async Task Run_goes_from_idle_line_to_done_and_the_ledger_tells_it_in_order()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var token = await scene.ReleaseAsync();

        await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
        await scheduler.StateAsync("J1.1", RunState.Executing);
        var nonce = ScriptedClient.Nonce();
        await agent.AskGoAheadAsync("J1.1", token, "install", nonce);
        var goAhead = await agent.GoAheadAsync();
        Assert.Equal((true, nonce, "install", token), (goAhead.Granted, goAhead.Nonce, goAhead.Step, goAhead.Token));
        await agent.TellAsync("J1.1", token, 2, RunPhase.Succeeded);
        var told = await agent.AcknowledgedAsync();
        Assert.Equal((token, 2L), (told.Token, told.Sequence));
        await scheduler.StateAsync("J1.1", RunState.Verifying);
        agent.HighestToken = token;
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(25));
        await scheduler.StateAsync("J1.1", RunState.Done);

        await Eventually.TrueAsync("the line is free again", async () =>
        {
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
            return (await scheduler.RunAsync("J1.1")).Holds is null;
        }, RunningScheduler.Patience);

        var actions = (await scheduler.LedgerAsync()).Select(entry => JsonNode.Parse(entry.Json)!).Where(entry => (string?)entry["subject"] == "J1.1")
            .Select(entry => (string?)entry["action"] == LedgerActions.Transition ? (string?)entry["after"]!["state"] : (string?)entry["action"]).ToList();
        Assert.Equal(
            ["Requested", "Approved", "Armed", "procedure-pinned", "offered", "release-intended", "Held", "hold-granted", "Released", "progress", "Executing",
                "go-ahead-granted", "progress", "Verifying", "hold-release-intended", "Done", "hold-released"],
            actions);
        var intent = (await scheduler.LedgerAsync()).Single(entry => entry.Index == token);
        Assert.Equal(LedgerActions.ReleaseIntended, (string?)JsonNode.Parse(intent.Json)!["action"]);
        Assert.Equal(intent.Hash, (await scheduler.RunAsync("J1.1")).LedgerHash);
    }

    [Theory]
    [InlineData(LineState.Active)]
    [InlineData(LineState.Settling)]
    [InlineData(LineState.Unknown)]
    [Trait("Req", "I7")]
    public async Task Line_that_is_not_idle_keeps_the_agent_unasked(LineState state)
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await agent.BeatAsync();
        await gateway.ReportAsync(state);
        await scene.ReachedAsync(state);

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(0, agent.Waiting("offer"));
        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("J1.1")).State);
    }

    [Fact]
    [Trait("Req", "hostile-54")]
    public async Task Report_that_the_broker_kept_while_we_were_away_releases_nothing()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var link = scheduler.Services.GetRequiredService<AgentLink>();
        await using (await ScriptedClient.ConnectAsync(scheduler, TopicAccess.SchedulerClient))
        {
            await RunningScheduler.UntilAsync("the scheduler is cut off", () => !link.IsConnected);
            await gateway.ReportAsync(LineState.Idle);
            await agent.BeatAsync();
        }

        await Eventually.TrueAsync("the scheduler is back", () =>
        {
            scheduler.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(link.IsConnected);
        }, RunningScheduler.Patience);
        await scheduler.AddAsync("J1");
        await Eventually.TrueAsync("it has heard what the broker kept", async () =>
            (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "line-evidence-retained"), RunningScheduler.Patience);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(0, agent.Waiting("offer"));
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Code: "agent-retained", Outcome: GateOutcome.Block });
    }

    [Fact]
    [Trait("Req", "I7")]
    public async Task Evidence_that_goes_stale_between_offer_and_request_yields_no_permit()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle, validForMs: 5_000);
        var offer = await agent.OfferAsync();
        scheduler.Time.Advance(TimeSpan.FromSeconds(6));
        var nonce = ScriptedClient.Nonce();

        await agent.AskPermitAsync(offer.Run, nonce);
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(0, agent.Waiting("permit"));
        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("J1.1")).State);

        // Whoever kept that request cannot use it later, when everything is open again.
        await gateway.ReportAsync(LineState.Idle);
        await agent.OfferAsync();
        await agent.AskPermitAsync(offer.Run, nonce);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(0, agent.Waiting("permit"));
        await agent.AskPermitAsync(offer.Run, ScriptedClient.Nonce());
        Assert.Equal("J1.1", (await agent.PermitAsync()).Run);
    }

    [Fact]
    [Trait("Req", "hostile-66")]
    public async Task Request_that_is_sent_again_gets_no_second_permit()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var nonce = ScriptedClient.Nonce();
        var token = await scene.ReleaseAsync(nonce: nonce);

        await agent.AskPermitAsync("J1.1", nonce);
        await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
        await scheduler.StateAsync("J1.1", RunState.Executing);

        Assert.Equal(0, agent.Waiting("permit"));
    }

    [Fact]
    public async Task Request_without_an_offer_or_from_another_boot_is_not_answered()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        await scheduler.AddAsync("J1");
        await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await agent.OfferAsync();
        agent.Boot = "another";

        await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(0, agent.Waiting("permit"));
    }

    [Fact]
    public async Task Emergency_stop_over_the_broker_shuts_and_only_a_person_resumes()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var eve = await ScriptedClient.ConnectAsync(scheduler, "operator-eve");
        await scheduler.AddAsync("J1");

        await eve.SendAsync(Topics.EmergencyStop(TestPlant.Site), new EmergencyStopPressed { Site = TestPlant.Site, By = "Eve", Reason = "smoke" }, MessageJson.Default.EmergencyStopPressed);
        await Eventually.TrueAsync("the stop is on", async () => (await scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "stop-active"), RunningScheduler.Patience);

        Assert.Equal(OrderOutcome.Unchanged, (await scheduler.AskAsync(new Order.Stop("again", "Bob"))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.Resume("checked", "Bob"))).Outcome);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict.Code == "stop-off");
    }

    [Fact]
    [Trait("Req", "I5")]
    public async Task Of_two_ready_runs_on_one_line_the_more_urgent_goes_and_the_other_waits()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var hmi = await ScriptedClient.AgentAsync(scheduler);
        await using var server = await ScriptedClient.AgentAsync(scheduler, TestPlant.Server);
        await scheduler.AddAsync("LOW");
        await scheduler.AddAsync("HIGH", TestPlant.Server, priority: 5);
        await hmi.BeatAsync();
        await server.BeatAsync();
        await gateway.ReportAsync(LineState.Idle, TestPlant.Packaging);
        await gateway.ReportAsync(LineState.Idle);

        var offer = await server.OfferAsync();
        await server.AskPermitAsync(offer.Run, ScriptedClient.Nonce());
        await server.PermitAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(RunState.Released, (await scheduler.RunAsync("HIGH.1")).State);
        Assert.Equal(RunState.Armed, (await scheduler.RunAsync("LOW.1")).State);
        Assert.Contains((await scheduler.WhyAsync("LOW")).Verdicts, verdict => verdict.Code == "line-occupied");
    }

    [Fact]
    [Trait("Req", "hostile-79")]
    public async Task Changed_digest_voids_the_approval()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        var changed = new PatchEdge.Scheduler.Features.Jobs.JobDraft
        {
            Id = "J1",
            Host = TestPlant.Hmi,
            Procedure = Facts.Procedure,
            PatchName = "Update",
            PatchDigest = new string('0', 64),
            RequestedBy = "Ann",
        };

        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(new Order.Add(changed, "test", "Ann"))).Outcome);

        await scheduler.StateAsync("J1.1", RunState.Requested);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict.Code == "content-changed");
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Signed.Approve(changed, "Ann"))).Outcome);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Signed.Approve(changed, "Bob"))).Outcome);
        await scheduler.StateAsync("J1.1", RunState.Armed);
    }

    [Fact]
    public async Task Since_when_survives_evaluations_and_a_restart()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
        var since = await SinceAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(since, await SinceAsync());

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();

        Assert.Equal(since, await SinceAsync());

        async Task<DateTimeOffset?> SinceAsync() => (await scheduler.WhyAsync("J1")).Verdicts.Single(verdict => verdict.Gate == "line-idle").Since;
    }
}
