using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>What the agent tells of a run, and what its silence means.</summary>
public sealed class ProgressTests
{
    [Fact]
    [Trait("Req", "hostile-52")]
    public async Task Progress_that_is_repeated_reordered_or_of_another_token_changes_nothing()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var token = await scene.ReleaseAsync();
        await agent.TellAsync("J1.1", token, 3, RunPhase.StepStarted, "install");
        await scheduler.StateAsync("J1.1", RunState.Executing);
        var entries = (await scheduler.LedgerAsync()).Count;

        await agent.TellAsync("J1.1", token, 3, RunPhase.StepStarted, "install");
        await agent.TellAsync("J1.1", token, 2, RunPhase.Succeeded);
        await agent.TellAsync("J1.1", token + 1, 9, RunPhase.Succeeded);
        await agent.TellAsync("J9.1", token, 9, RunPhase.Succeeded);
        await agent.TellAsync("J1.1", token, 4, RunPhase.StepCompleted, "install");
        await Eventually.TrueAsync("the last one is taken", async () => (await scheduler.RunAsync("J1.1")).ProgressSequence == 4, RunningScheduler.Patience);

        Assert.Equal(RunState.Executing, (await scheduler.RunAsync("J1.1")).State);
        Assert.Equal(entries + 1, (await scheduler.LedgerAsync()).Count);
    }

    [Fact]
    public async Task Final_progress_that_is_repeated_is_acknowledged_again()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var token = await scene.ReleaseAsync();

        await agent.TellAsync("J1.1", token, 5, RunPhase.RolledBack);
        await agent.AcknowledgedAsync();
        await agent.TellAsync("J1.1", token, 5, RunPhase.RolledBack);

        Assert.Equal(5, (await agent.AcknowledgedAsync()).Sequence);
        Assert.Equal(RunState.Aborted, (await scheduler.RunAsync("J1.1")).State);
    }

    [Fact]
    [Trait("Req", "I8")]
    public async Task Permit_that_lapses_provably_unused_expires_and_another_attempt_rests_first()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        await scene.ReleaseAsync();

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(36));
        Assert.Equal(RunState.Released, (await scheduler.RunAsync("J1.1")).State);
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        await scheduler.StateAsync("J1.1", RunState.Expired);

        await scheduler.StateAsync("J1.2", RunState.Armed);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict.Code == "resting");
    }

    [Fact]
    public async Task Heartbeat_with_the_token_proves_that_the_permit_was_taken()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        agent.HighestToken = await scene.ReleaseAsync();

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(36));
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));

        await scheduler.StateAsync("J1.1", RunState.Executing);
    }

    [Fact]
    [Trait("Req", "hostile-70")]
    public async Task Agent_that_falls_silent_is_quarantined_and_occupies_host_and_line()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, _, agent) = scene;
        var token = await scene.ExecuteAsync();

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(125));
        await scheduler.StateAsync("J1.1", RunState.Quarantined);

        await scheduler.AddAsync("J2", TestPlant.Server);
        await scheduler.StateAsync("J2.1", RunState.Armed);
        Assert.Contains((await scheduler.WhyAsync("J2")).Verdicts, verdict => verdict is { Gate: "one-run-per-line", Code: "line-occupied" });

        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked", "Ann"))).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked", "Ann"))).Outcome);
        Assert.Equal(RunState.Quarantined, (await scheduler.RunAsync("J1.1")).State);

        // The agent is back and still has the run: what it would do next is not for people to sign away.
        agent.CurrentRun = "J1.1";
        await agent.BeatAsync();
        await HeardAsync(scheduler, "J1.1");
        var refused = await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked too", "Bob"));
        Assert.Equal(OrderOutcome.Refused, refused.Outcome);
        Assert.Contains("has not ended J1.1", refused.Messages[0], StringComparison.Ordinal);
        Assert.Equal(RunState.Quarantined, (await scheduler.RunAsync("J1.1")).State);
        agent.CurrentRun = null;
        await agent.BeatAsync();
        await HeardAsync(scheduler, null);
        Assert.Equal(OrderOutcome.Done, (await scheduler.AskAsync(Signed.Settle("J1", RunState.Aborted, "looked too", "Bob"))).Outcome);
        Assert.Equal(RunState.Aborted, (await scheduler.RunAsync("J1.1")).State);
    }

    private static Task HeardAsync(RunningScheduler scheduler, string? run) => Eventually.TrueAsync(
        "the agent's heartbeat is heard",
        () => Task.FromResult(scheduler.Services.GetRequiredService<EvidenceBoard>().Snapshot().Agent(TestPlant.Hmi) is { IsFresh: true, Message: { } heard } && heard.CurrentRun == run),
        RunningScheduler.Patience);
}
