using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>A running scheduler with the one gateway and the one agent that nearly every test of a run wants beside it.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private Scene(RunningScheduler scheduler, ScriptedClient gateway, ScriptedClient agent) => (Scheduler, Gateway, Agent) = (scheduler, gateway, agent);

    public RunningScheduler Scheduler { get; }

    public ScriptedClient Gateway { get; }

    public ScriptedClient Agent { get; }

    /// <summary>Starts the scheduler and connects the two to it; they have said nothing yet.</summary>
    /// <param name="host">Whose agent it is.</param>
    public static async Task<Scene> SetAsync(string host = TestPlant.Hmi, PlantModel? plant = null, string policy = "")
    {
        var scheduler = await RunningScheduler.StartAsync(plant, policy);
        return new(scheduler, await ScriptedClient.GatewayAsync(scheduler), await ScriptedClient.AgentAsync(scheduler, host));
    }

    public void Deconstruct(out RunningScheduler scheduler, out ScriptedClient gateway, out ScriptedClient agent) =>
        (scheduler, gateway, agent) = (Scheduler, Gateway, Agent);

    /// <summary>Adds the job and brings its first run to Released.</summary>
    /// <returns>The permit's token.</returns>
    public async Task<long> ReleaseAsync(string job = "J1", string? nonce = null)
    {
        await Scheduler.AddAsync(job);
        return await ReleaseRunAsync(Scheduler, Gateway, Agent, job + ".1", nonce);
    }

    /// <summary>Adds the job and brings its first run to Executing.</summary>
    /// <returns>The permit's token.</returns>
    public async Task<long> ExecuteAsync(string job = "J1")
    {
        var token = await ReleaseAsync(job);
        await Agent.TellAsync(job + ".1", token, 1, RunPhase.Accepted);
        await Scheduler.StateAsync(job + ".1", RunState.Executing);
        return token;
    }

    /// <summary>Has an idle line offered to the agent, and the agent ask for the permit.</summary>
    public Task AskPermitAsync() => AskPermitAsync(Gateway, Agent);

    public static async Task AskPermitAsync(ScriptedClient gateway, ScriptedClient agent)
    {
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        await agent.AskPermitAsync((await agent.OfferAsync()).Run, ScriptedClient.Nonce());
    }

    /// <summary>Brings a run that waits to Released, and holds the permit against what was offered and recorded.</summary>
    public static async Task<long> ReleaseRunAsync(RunningScheduler scheduler, ScriptedClient gateway, ScriptedClient agent, string run, string? nonce = null)
    {
        await agent.BeatAsync();
        await gateway.ReportAsync(LineState.Idle);
        var offer = await agent.OfferAsync();
        Assert.Equal((run, Facts.ProcedureDigest, Facts.Digest), (offer.Run, offer.ProcedureDigest, offer.PatchDigest));
        nonce ??= ScriptedClient.Nonce();
        await agent.AskPermitAsync(run, nonce);
        var permit = await agent.PermitAsync();
        Assert.Equal((run, nonce, 30_000), (permit.Run, permit.Nonce, permit.LifetimeMs));
        Assert.Equal((await scheduler.RunAsync(run)).Token, permit.Token);
        return permit.Token;
    }

    /// <summary>Waits until the scheduler judges by this state of the line.</summary>
    public Task ReachedAsync(LineState state) => Eventually.TrueAsync(
        $"the scheduler heard that the line is {state}",
        async () => (await Scheduler.WhyAsync("J1")).Verdicts.Any(verdict => verdict.Code == "line-" + state.ToString().ToLowerInvariant()),
        RunningScheduler.Patience);

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await Gateway.DisposeAsync();
        await Scheduler.DisposeAsync();
    }
}
