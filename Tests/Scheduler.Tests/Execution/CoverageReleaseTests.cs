using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Tests.Harness;
using PatchEdge.Scheduler.Tests.Planning;

namespace PatchEdge.Scheduler.Tests.Execution;

/// <summary>Two gateways watch a line that never stops; each is patched while the other goes on.</summary>
[Trait("Req", "I11")]
public sealed class CoverageReleaseTests
{
    private static readonly PlantModel Plant = CoverageScene.Plant;

    [Fact]
    public async Task Hosts_of_one_pair_that_are_ready_at_once_are_not_released_together()
    {
        await using var scheduler = await RunningScheduler.StartAsync(Plant);
        await using var first = await ScriptedClient.AgentAsync(scheduler, "edge-1");
        await using var second = await ScriptedClient.AgentAsync(scheduler, "edge-2");
        await using var a = await ScriptedClient.AgentAsync(scheduler, "host-a");
        await using var b = await ScriptedClient.AgentAsync(scheduler, "host-b");
        await using var g1 = await ScriptedClient.GatewayAsync(scheduler, "g1");
        await using var g2 = await ScriptedClient.GatewayAsync(scheduler, "g2");
        await scheduler.AddAsync("J1", "edge-1");
        await scheduler.AddAsync("J2", "edge-2");
        foreach (var agent in new[] { first, second, a, b })
            await agent.BeatAsync();
        await ObserveAsync(scheduler, g1, "g1");
        await ObserveAsync(scheduler, g2, "g2");
        Assert.Equal(("J1.1", "J2.1"), ((await first.OfferAsync()).Run, (await second.OfferAsync()).Run));

        await first.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        await second.AskPermitAsync("J2.1", ScriptedClient.Nonce());
        await first.PermitAsync();
        await scheduler.SettledAsync();

        Assert.Equal((RunState.Released, RunState.Armed), ((await scheduler.RunAsync("J1.1")).State, (await scheduler.RunAsync("J2.1")).State));
        var coverage = Assert.Single((await scheduler.WhyAsync("J2")).Verdicts, verdict => verdict.Gate == "coverage");
        Assert.Equal("coverage-cut", coverage.Code);
        Assert.Contains("edge-1: J1.1 is Released", coverage.Reason, StringComparison.Ordinal);
        Assert.Equal(0, second.Waiting("permit"));
    }

    [Fact]
    public async Task Gateway_proves_health_only_when_all_that_it_watches_flows_again_without_a_gap()
    {
        await using var scheduler = await RunningScheduler.StartAsync(Plant);
        await using var agent = await ScriptedClient.AgentAsync(scheduler, "edge-1");
        await using var other = await ScriptedClient.AgentAsync(scheduler, "edge-2");
        await using var a = await ScriptedClient.AgentAsync(scheduler, "host-a");
        await using var b = await ScriptedClient.AgentAsync(scheduler, "host-b");
        await using var g1 = await ScriptedClient.GatewayAsync(scheduler, "g1");
        await using var g2 = await ScriptedClient.GatewayAsync(scheduler, "g2");
        await scheduler.AddAsync("J1", "edge-1");
        foreach (var one in new[] { agent, other, a, b })
            await one.BeatAsync();
        await ObserveAsync(scheduler, g1, "g1");
        await ObserveAsync(scheduler, g2, "g2");
        await agent.OfferAsync();
        await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
        var token = (await agent.PermitAsync()).Token;
        await agent.TellAsync("J1.1", token, 1, RunPhase.Succeeded);
        await scheduler.StateAsync("J1.1", RunState.Verifying);

        // One tag has a gap still: however long host and line are healthy, it is not done.
        await ObserveAsync(scheduler, g1, "g1", server => server with { NotObserved = ["Chamber/Note"] });
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(RunState.Verifying, (await scheduler.RunAsync("J1.1")).State);

        // It flows, but has for too short a time.
        var since = scheduler.Time.GetUtcNow();
        await ObserveAsync(scheduler, g1, "g1", server => server with { UnbrokenSince = since });
        await agent.BeatAsync();
        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(RunState.Verifying, (await scheduler.RunAsync("J1.1")).State);

        await scheduler.AdvanceAsync(TimeSpan.FromSeconds(15));
        await ObserveAsync(scheduler, g1, "g1", server => server with { UnbrokenSince = since });
        await agent.BeatAsync();
        await Eventually.TrueAsync("the run is done", async () =>
        {
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(1));
            return (await scheduler.RunAsync("J1.1")).State == RunState.Done;
        }, RunningScheduler.Patience);
    }

    /// <summary>What did not flow before the run is not its to prove, and is remembered over a restart.</summary>
    [Theory]
    [InlineData("Chamber/Note", RunState.Done)]
    [InlineData("", RunState.Verifying)]
    [Trait("Req", "hostile-67")]
    public async Task Tag_that_was_not_observed_before_the_run_is_not_asked_for_after_a_restart(string before, RunState then)
    {
        await using var scheduler = await RunningScheduler.StartAsync(Plant);
        await using (var agent = await ScriptedClient.AgentAsync(scheduler, "edge-1"))
        {
            await using var others = await EveryoneElseAsync(scheduler);
            await scheduler.AddAsync("J1", "edge-1");
            await agent.BeatAsync();
            await ObserveAsync(scheduler, others.First, "g1", server => before.Length == 0 ? server : server with { NotObserved = [before] });
            await ObserveAsync(scheduler, others.Second, "g2");
            await agent.OfferAsync();
            await agent.AskPermitAsync("J1.1", ScriptedClient.Nonce());
            await agent.TellAsync("J1.1", (await agent.PermitAsync()).Token, 1, RunPhase.Succeeded);
            await scheduler.StateAsync("J1.1", RunState.Verifying);
        }

        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        await using var again = await ScriptedClient.AgentAsync(scheduler, "edge-1");
        await using var all = await EveryoneElseAsync(scheduler);
        for (var seconds = 0; seconds < 30; seconds += 5)
        {
            await again.BeatAsync();
            await ObserveAsync(scheduler, all.First, "g1", server => server with { NotObserved = ["Chamber/Note"] });
            await ObserveAsync(scheduler, all.Second, "g2");
            await scheduler.SettledAsync();
            await scheduler.AdvanceAsync(TimeSpan.FromSeconds(5));
        }

        await scheduler.StateAsync("J1.1", then);
    }

    private static async Task<Others> EveryoneElseAsync(RunningScheduler scheduler)
    {
        var others = new Others(
            [await ScriptedClient.AgentAsync(scheduler, "edge-2"), await ScriptedClient.AgentAsync(scheduler, "host-a"), await ScriptedClient.AgentAsync(scheduler, "host-b")],
            await ScriptedClient.GatewayAsync(scheduler, "g1"), await ScriptedClient.GatewayAsync(scheduler, "g2"));
        foreach (var agent in others.Agents)
            await agent.BeatAsync();
        return others;
    }

    private sealed record Others(ScriptedClient[] Agents, ScriptedClient First, ScriptedClient Second) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var client in Agents.Append(First).Append(Second))
                await client.DisposeAsync();
        }
    }

    private static async Task ObserveAsync(RunningScheduler scheduler, ScriptedClient gateway, string name, Func<ServerCoverage, ServerCoverage>? change = null)
    {
        var now = scheduler.Time.GetUtcNow();
        await gateway.SendAsync(
            Topics.GatewayStatus(Plant.Site, name), Facts.Gateway(name) with { At = now, ValidForMs = 60_000 }, MessageJson.Default.GatewayStatus);
        var digest = CoverageScene.Digest(Plant, Plant.Gateways.Single(known => known.Name == name));
        await gateway.SendAsync(
            Topics.CoverageDigest(Plant.Site, name),
            digest with { At = now, ValidForMs = 60_000, Sequence = now.Ticks + Interlocked.Increment(ref digests), Servers = [.. digest.Servers.Select(server => change?.Invoke(server) ?? server)] },
            MessageJson.Default.CoverageDigest);
    }

    private static long digests;
}
