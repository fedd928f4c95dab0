using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>What the agent hears before a step that cannot be taken back.</summary>
public sealed class GoAheadTests
{
    [Fact]
    [Trait("Req", "I1")]
    public async Task Line_that_starts_during_a_run_ends_its_go_aheads()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var token = await scene.ExecuteAsync();
        await gateway.ReportAsync(LineState.Active);
        await scene.ReachedAsync(LineState.Active);
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(2));
        await gateway.ReportAsync(LineState.Idle);
        await scene.ReachedAsync(LineState.Idle);

        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());

        Assert.False((await agent.GoAheadAsync()).Granted);
        Assert.True((await scheduler.RunAsync("J1.1")).StopRequested);
    }

    [Fact]
    public async Task Go_ahead_in_doubt_is_silence_and_on_evidence_a_refusal()
    {
        await using var scene = await Scene.SetAsync();
        var (scheduler, gateway, agent) = scene;
        var token = await scene.ReleaseAsync();
        await agent.TellAsync("J1.1", token, 1, RunPhase.Accepted);
        await gateway.ReportAsync(LineState.Unknown);
        await scene.ReachedAsync(LineState.Unknown);

        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());
        await scheduler.AskAsync(new Order.Stop("smoke", "Eve"));
        await agent.AskGoAheadAsync("J1.1", token, "install", ScriptedClient.Nonce());

        var answer = await agent.GoAheadAsync();
        Assert.False(answer.Granted);
        Assert.Contains("smoke", answer.Reason, StringComparison.Ordinal);
    }
}
