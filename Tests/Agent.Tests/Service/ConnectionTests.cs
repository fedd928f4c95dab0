using System.Security.Cryptography.X509Certificates;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>How the agent stands up to its broker, to whoever else talks there, and to its own past.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SchedulerDouble scheduler = null!;

    private static string StatusTopic => Topics.AgentStatus(SchedulerKey.Site, SchedulerKey.Host);

    private string Evidence => folder.File("evidence");

    private Procedure Procedure => new() { Name = "update", Folder = folder.Path, Steps = [StepHelper.Step("one", "append", Evidence, "one")], Rollback = [] };

    public async ValueTask InitializeAsync() => scheduler = await SchedulerDouble.StartAsync();

    [Fact]
    public async Task Heartbeat_is_retained_expires_and_tells_what_can_be_permitted()
    {
        await using var agent = await StartAsync();
        await scheduler.ReadyAsync();
        var status = (await scheduler.RetainedStatusAsync())!;
        Assert.Equal((SchedulerKey.Site, SchedulerKey.Host, 0L, 900), (status.Site, status.Host, status.HighestToken, status.ValidForMs));
        Assert.Equal(Procedure.Digest(), Assert.Single(status.Procedures).Digest);
        Assert.Equal(scheduler.Keys.Identity.PinnedKey(), status.PinnedKey);
        Assert.Null(status.Fault);
        var heartbeats = scheduler.All().Where(message => message.Topic == StatusTopic).ToArray();
        Assert.All(heartbeats, message => Assert.True(message is { Retain: true, Expiry: > 0, ClientId: "agent-" + SchedulerKey.Host }));
        var seen = scheduler.Count;
        await scheduler.NextAsync(StatusTopic, MessageJson.Default.AgentStatus, beat => beat.Online && beat.At > status.At, seen);
    }

    [Fact]
    public async Task Nothing_but_the_heartbeat_is_retained_and_everything_expires()
    {
        await using var agent = await StartAsync();
        await scheduler.ReleaseAsync(Procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
        Assert.All(scheduler.All(), message => Assert.True(message.Expiry > 0 && message.Retain == (message.Topic == StatusTopic)));
    }

    [Fact]
    public async Task Agent_that_leaves_in_order_says_so()
    {
        await using (await StartAsync())
            await scheduler.ReadyAsync();
        Assert.False((await scheduler.RetainedStatusAsync())!.Online);
    }

    [Fact]
    public async Task Broker_that_comes_back_finds_the_agent_again()
    {
        await using var agent = await StartAsync();
        await scheduler.ReadyAsync();
        await scheduler.StopBrokerAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        await scheduler.StartBrokerAsync();
        await scheduler.ReleaseAsync(Procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
    }

    [Fact]
    public async Task Connection_that_is_cut_is_made_again()
    {
        await using var agent = await StartAsync();
        await scheduler.ReadyAsync();
        await scheduler.CutAsync();
        var seen = scheduler.Count;
        await scheduler.NextAsync(StatusTopic, MessageJson.Default.AgentStatus, beat => beat.Online, seen);
        await scheduler.ReleaseAsync(Procedure);
        await scheduler.ProgressAsync(RunPhase.Succeeded);
    }

    [Fact]
    public async Task Run_goes_on_without_a_broker_and_its_end_is_told_when_it_is_back()
    {
        var started = folder.File("started");
        var procedure = Procedure with
        {
            Steps = [StepHelper.Step("slow", "append-and-wait", started, "x") with { Timeout = TimeSpan.FromSeconds(3) }],
            Rollback = [StepHelper.Step("back", "append", Evidence, "back")],
        };
        await using var agent = await StartAsync(procedure);
        await scheduler.ReleaseAsync(procedure);
        await Eventually.TrueAsync("the step runs", () => Task.FromResult(File.Exists(started)), TimeSpan.FromSeconds(20));
        await scheduler.StopBrokerAsync();
        await Eventually.TrueAsync("the rollback is done", () => Task.FromResult(File.Exists(Evidence)), TimeSpan.FromSeconds(20));
        await scheduler.StartBrokerAsync();
        await scheduler.ProgressAsync(RunPhase.RolledBack);
    }

    [Fact]
    public async Task Final_progress_is_repeated_until_acknowledged_also_after_a_restart()
    {
        scheduler.Acknowledges = false;
        RunProgress end;
        await using (await StartAsync())
        {
            await scheduler.ReleaseAsync(Procedure);
            end = await scheduler.ProgressAsync(RunPhase.Succeeded);
            Assert.Equal(end, await scheduler.ProgressAsync(RunPhase.Succeeded, scheduler.Count));
        }

        await using var restarted = await StartAsync();
        Assert.Equal(end, await scheduler.ProgressAsync(RunPhase.Succeeded, scheduler.Count));
        await scheduler.AcknowledgeAsync(end with { Sequence = end.Sequence - 1 });
        await scheduler.AcknowledgeAsync(end with { Token = end.Token + 1 });
        Assert.Equal(end, await scheduler.ProgressAsync(RunPhase.Succeeded, scheduler.Count));
        await scheduler.AcknowledgeAsync(end);
        await scheduler.ReadyAsync();
        var settled = scheduler.CountOf(Topics.Progress(SchedulerKey.Site, SchedulerKey.Host));
        var seen = scheduler.Count;
        for (var beats = 0; beats < 4; beats++)
        {
            await scheduler.NextAsync(StatusTopic, MessageJson.Default.AgentStatus, _ => true, seen);
            seen = scheduler.Count;
        }

        Assert.InRange(scheduler.CountOf(Topics.Progress(SchedulerKey.Site, SchedulerKey.Host)), settled, settled + 1);
        Assert.Equal(["one"], File.ReadAllLines(Evidence));
    }

    [Fact]
    public async Task Forged_flood_makes_the_agent_neither_act_nor_talk_and_a_genuine_permit_still_counts()
    {
        await using var agent = await StartAsync();
        var nonce = await scheduler.NonceAsync(Procedure);
        var permit = SchedulerKey.Permit(Procedure, nonce);
        using var forger = new SchedulerKey();
        var before = scheduler.All().Count(message => message.Topic != StatusTopic);
        for (var i = 0; i < 2_000; i++)
        {
            await scheduler.PublishAsync(Topics.Permit(SchedulerKey.Site, SchedulerKey.Host), i % 2 == 0 ? forger.Sign(permit) : "forged");
            await scheduler.PublishAsync(Topics.GoAhead(SchedulerKey.Site, SchedulerKey.Host), "forged");
            await scheduler.PublishAsync(Topics.Offer(SchedulerKey.Site, SchedulerKey.Host), "{");
            await scheduler.PublishAsync(Topics.ProgressAcknowledged(SchedulerKey.Site, SchedulerKey.Host), "[]");
        }

        await Eventually.TrueAsync(
            "all were counted",
            () => Task.FromResult(agent.Refusals[Refusal.NotGenuine] + agent.Refusals[Refusal.Malformed] + agent.Refusals[Refusal.Flood] >= 8_000),
            TimeSpan.FromSeconds(60),
            () => $"{agent.Refusals[Refusal.NotGenuine]} {agent.Refusals[Refusal.Malformed]} {agent.Refusals[Refusal.Flood]}");
        Assert.Equal(before, scheduler.All().Count(message => message.Topic != StatusTopic));
        Assert.False(File.Exists(Evidence));
        await scheduler.PermitAsync(permit with { LifetimeMs = 120_000 });
        await scheduler.ProgressAsync(RunPhase.Succeeded);
    }

    [Fact]
    public async Task Flood_of_offers_is_answered_within_bounds()
    {
        await using var agent = await StartAsync();
        await scheduler.ReadyAsync();
        for (var i = 0; i < 500; i++)
            await scheduler.OfferAsync(SchedulerKey.Offer(Procedure, $"run-{i}"));
        await Eventually.TrueAsync(
            "all were looked at",
            () => Task.FromResult(agent.Refusals[Refusal.Busy] + agent.Refusals[Refusal.Flood] + scheduler.CountOf(Topics.PermitRequest(SchedulerKey.Site, SchedulerKey.Host)) >= 500),
            TimeSpan.FromSeconds(30));
        Assert.InRange(scheduler.CountOf(Topics.PermitRequest(SchedulerKey.Site, SchedulerKey.Host)), 1, PendingNonces.MaximumOpen);
    }

    [Fact]
    [Trait("Req", "I3")]
    public async Task Damaged_state_is_told_and_no_offer_is_answered()
    {
        await using (await StartAsync())
            await scheduler.ReadyAsync();
        await File.WriteAllTextAsync(folder.File("data", StateStore.FileName), "damaged", TestContext.Current.CancellationToken);
        await using var agent = await StartAsync();
        var status = await scheduler.NextAsync(StatusTopic, MessageJson.Default.AgentStatus, beat => beat is { Online: true, Fault: not null });
        Assert.Contains("reset-state", status.Fault);
        await scheduler.OfferAsync(SchedulerKey.Offer(Procedure));
        await Eventually.TrueAsync("the offer was declined", () => Task.FromResult(agent.Refusals[Refusal.Busy] == 1), TimeSpan.FromSeconds(20));
        Assert.Equal(0, scheduler.CountOf(Topics.PermitRequest(SchedulerKey.Site, SchedulerKey.Host)));
        Assert.Null(agent.State);
    }

    [Fact]
    public async Task Agent_gives_its_user_and_password()
    {
        scheduler.Account = ("agent-1", "secret");
        var url = new Uri($"mqtt://127.0.0.1:{scheduler.Port}");
        var broker = new BrokerConfiguration { Url = url, User = "agent-1", PasswordFile = folder.WriteSecret("password", "secret\n") };
        await using var agent = await RunningAgent.StartAsync(scheduler, folder, [Procedure], broker: broker);
        await scheduler.ReadyAsync();
    }

    [Fact]
    public async Task Agent_speaks_tls_to_a_broker_that_its_authority_vouches_for_and_to_no_other()
    {
        using var authority = BrokerCertificates.Authority();
        using var stranger = BrokerCertificates.Authority();
        using var certificate = BrokerCertificates.Issue(authority);
        await using var encrypted = await SchedulerDouble.StartAsync(certificate);
        BrokerConfiguration Broker(X509Certificate2 trusted) => new()
        {
            Url = new Uri($"mqtts://localhost:{encrypted.Port}"),
            Authorities = folder.Write($"{trusted.Thumbprint}.pem", trusted.ExportCertificatePem()),
        };
        await using (await RunningAgent.StartAsync(encrypted, folder, [Procedure], broker: Broker(stranger)))
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(0, encrypted.Count);
        }

        await using var agent = await RunningAgent.StartAsync(encrypted, folder, [Procedure], broker: Broker(authority));
        await encrypted.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await scheduler.DisposeAsync();
        folder.Dispose();
    }

    private Task<RunningAgent> StartAsync(Procedure? procedure = null) => RunningAgent.StartAsync(scheduler, folder, [procedure ?? Procedure]);
}
