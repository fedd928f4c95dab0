using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>The scheduler ends at each step and starts again over the same files.</summary>
[Trait("Req", "hostile-67")]
public sealed class ResumeTests
{
    [Fact]
    public async Task Armed_run_waits_on_and_is_released_on_new_evidence_only()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await RestartAsync(scheduler);

        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "line-idle", Outcome: GateOutcome.Block });
        await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
    }

    [Fact]
    [Trait("Req", "I5")]
    public async Task Intent_whose_permit_was_never_sent_is_not_sent_after_the_crash_and_expires()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.SettledAsync();
        // Exactly what is durable when the process ends between the record and the effect.
        var token = await scheduler.Services.GetRequiredService<Recorder>().WriteAsync(async scope =>
        {
            var run = (await scope.RunAsync("J1.1"))!;
            var intent = await scope.AppendAsync(new LedgerRecord { Actor = Actors.Scheduler, Action = LedgerActions.ReleaseIntended, Subject = run.Id, Reason = "test" });
            (run.Token, run.LedgerHash, run.Nonce) = (intent.Index, intent.Hash, ScriptedClient.Nonce());
            await scope.MoveAsync(run, RunState.Held, "test", Actors.Scheduler);
            await scope.MoveAsync(run, RunState.Released, "test", Actors.Scheduler);
            return intent.Index;
        }, TestContext.Current.CancellationToken);
        await RestartAsync(scheduler);

        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(37));
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));

        await scheduler.StateAsync("J1.1", RunState.Expired);
        Assert.Equal(0, agent.Waiting("permit"));
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(11));
        var next = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.2");
        Assert.True(next > token, "the fencing token rises");
    }

    [Fact]
    public async Task Released_run_whose_agent_accepted_meanwhile_goes_on()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        long token;
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
        }

        await RestartAsync(scheduler);
        await using var again = await ScriptedClient.AgentAsync(scheduler);
        await again.TellAsync("J1.1", token, 2, RunPhase.StepStarted, "install");

        await scheduler.StateAsync("J1.1", RunState.Executing);
    }

    [Fact]
    public async Task Executing_run_gets_its_go_ahead_after_the_restart_once_evidence_is_new()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        long token;
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
            await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
            await scheduler.StateAsync("J1.1", RunState.Executing);
        }

        await RestartAsync(scheduler);
        await using var newGateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var newAgent = await ScriptedClient.AgentAsync(scheduler);
        await newAgent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());
        await scheduler.SettledAsync();
        Assert.Equal(0, newAgent.Waiting("go-ahead"));

        newAgent.CurrentRun = "J1.1";
        await newAgent.BeatAsync();
        await newGateway.ReportAsync(LineState.Idle);
        await Eventually.TrueAsync("the gates are open again", async () => (await scheduler.WhyAsync("J1")).Open, RunningScheduler.Patience);
        await newAgent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());
        Assert.True((await newAgent.GoAheadAsync()).Granted);
    }

    [Fact]
    public async Task Verifying_run_proves_its_health_anew()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        long token;
        await using (var gateway = await ScriptedClient.GatewayAsync(scheduler))
        await using (var agent = await ScriptedClient.AgentAsync(scheduler))
        {
            await scheduler.AddAsync("J1");
            token = await Scene.ReleaseRunAsync(scheduler, gateway, agent, "J1.1");
            await agent.TellAsync("J1.1", token, 1, RunPhase.Succeeded);
            await agent.AcknowledgedAsync();
        }

        await RestartAsync(scheduler);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(RunState.Verifying, (await scheduler.RunAsync("J1.1")).State);

        await using var newGateway = await ScriptedClient.GatewayAsync(scheduler);
        await using var newAgent = await ScriptedClient.AgentAsync(scheduler);
        newAgent.HighestToken = token;
        await newAgent.BeatAsync();
        await newGateway.ReportAsync(LineState.Idle);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(25));
        await scheduler.StateAsync("J1.1", RunState.Done);
    }

    [Fact]
    [Trait("Req", "hostile-45")]
    public async Task Ledger_that_was_changed_meanwhile_releases_nothing()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StateAsync("J1.1", RunState.Armed);
        await scheduler.StopAsync();
        var database = scheduler.Folder["data/scheduler.db"];
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database}"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER ledger_never_updates; UPDATE ledger SET Json = replace(Json, 'Bob', 'Eve')";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await scheduler.StartAgainAsync();

        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "ledger-writable", Outcome: GateOutcome.Block });
    }

    private static async Task RestartAsync(RunningScheduler scheduler)
    {
        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
    }
}
