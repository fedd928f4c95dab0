using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage.Lease;

/// <summary>Two whole schedulers on one PostgreSQL database: one releases, the other answers questions and refuses the rest with the leader's name.</summary>
[Trait("Req", "hostile-62")]
public sealed class FollowerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leader_releases_as_on_SQLite_and_the_follower_shows_it_and_refuses_what_would_change_it()
    {
        var (server, database) = await OnPostgres.CreateAsync();
        await using var leader = await StartAsync(server, database, "a");
        await using var gateway = await ScriptedClient.GatewayAsync(leader);
        await using var agent = await ScriptedClient.AgentAsync(leader);
        await leader.AddAsync("J1");
        await Scene.ReleaseRunAsync(leader, gateway, agent, "J1.1");

        await using var follower = await StartAsync(server, database, "b", leader);
        using var http = follower.Http();
        var health = JsonNode.Parse(await http.GetStringAsync("/health", Cancellation))!["leadership"]!;
        Assert.Equal(("follower", "a", 1L), ((string)health["role"]!, (string)health["leader"]!, (long)health["epoch"]!));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health/leader", Cancellation)).StatusCode);
        Assert.Equal("Released", (string)JsonNode.Parse(await http.GetStringAsync("/api/jobs/J1", Cancellation))!["state"]!);

        var refused = await follower.AskAsync(new Order.Withdraw("J1", RunState.Revoked, "no", "Ann"));
        Assert.Equal(OrderOutcome.Elsewhere, refused.Outcome);
        Assert.Contains("a leads", refused.Messages[0], StringComparison.Ordinal);
        await leader.StateAsync("J1.1", RunState.Released);

        // An emergency stop is not refused: it is passed on.
        Assert.Equal(OrderOutcome.Done, (await follower.AskAsync(new Order.Stop("smoke", "Ann"))).Outcome);
        await Eventually.TrueAsync("the leader has it on record", async () =>
        {
            leader.Services.GetRequiredService<RunnerInbox>().TryPost(RunnerInput.Tick.Now);
            return (await server.AskAsync(database, """SELECT "Active", "Reason" FROM emergency_stop""")).Trim() == "t|smoke";
        }, RunningScheduler.Patience);

        // When the leader is gone the follower leads, from what is on record.
        await leader.StopAsync();
        follower.Time.Advance(follower.Options.Database!.Lease / 5);
        await RunningScheduler.UntilAsync("the follower leads", () => follower.Services.GetRequiredService<Leadership>().Acts);
        await follower.StateAsync("J1.1", RunState.Released);
        Assert.Equal(OrderOutcome.Done, (await follower.AskAsync(new Order.Resume("no fire", "Ann"))).Outcome);
        Assert.Contains(await follower.LedgerAsync(), entry => entry.Json.Contains("leadership-taken", StringComparison.Ordinal) && entry.Json.Contains("\"epoch\":2", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Follower_with_another_plant_file_says_so_and_when_it_takes_over_releases_nothing_until_somebody_resumes()
    {
        var (server, database) = await OnPostgres.CreateAsync();
        await using var leader = await StartAsync(server, database, "a");
        await leader.AddAsync("J1");
        await using var follower = await StartAsync(server, database, "b", leader, "approvals: 2\n");
        follower.Time.Advance(follower.Options.Database!.Lease / 5);
        using var http = follower.Http();
        await Eventually.TrueAsync("the difference shows", async () =>
            JsonNode.Parse(await http.GetStringAsync("/health", Cancellation))!["leadership"]!["differences"]!.AsArray().Any(text => (string)text! == "scheduler.yaml approvals: not as at a"), RunningScheduler.Patience);
        using var stranger = follower.Http(signedIn: false);
        Assert.Empty(JsonNode.Parse(await stranger.GetStringAsync("/health", Cancellation))!["leadership"]!["differences"]!.AsArray());

        await leader.StopAsync();
        follower.Time.Advance(follower.Options.Database!.Lease / 5);
        await RunningScheduler.UntilAsync("the follower leads", () => follower.Services.GetRequiredService<Leadership>().Acts);
        follower.Services.GetRequiredService<RunnerInbox>().TryPost(RunnerInput.Tick.Now);

        await Eventually.TrueAsync("the stop is on record", async () => (await server.AskAsync(database, """SELECT "Active", "By", "Reason" FROM emergency_stop""")).StartsWith(
            "t|scheduler b|this scheduler took over from a, which is configured differently: scheduler.yaml approvals.", StringComparison.Ordinal), RunningScheduler.Patience);
        Assert.Contains((await follower.WhyAsync("J1")).Verdicts, verdict => verdict.Code == "stop-active");
        Assert.Equal(OrderOutcome.Done, (await follower.AskAsync(new Order.Resume("two it is from now on", "Ann"))).Outcome);

        // It goes on with its own files after a restart: they are known now.
        await follower.StopAsync();
        await follower.StartAgainAsync();
        Assert.Equal("f", (await server.AskAsync(database, """SELECT "Active" FROM emergency_stop""")).Trim());
    }

    [Fact]
    public async Task Scheduler_with_another_key_than_the_ledgers_does_not_start()
    {
        var (server, database) = await OnPostgres.CreateAsync();
        await using var leader = await StartAsync(server, database, "a");
        await leader.AdvanceAsync(TimeSpan.FromSeconds(1));

        var refusal = await Assert.ThrowsAsync<PatchEdge.Plant.Files.ConfigurationException>(() => StartAsync(server, database, "b"));

        Assert.Contains("is not the key that signed the ledger", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<RunningScheduler> StartAsync(Postgres server, string database, string name, RunningScheduler? follows = null, string more = "") => RunningScheduler.StartAsync(
        more: $"{more}name: {name}\ndatabase: {{ url: \"postgresql://127.0.0.1:{server.Port}/{database}\", user: {Postgres.User}, lease: 5m }}\n", follows: follows);
}
