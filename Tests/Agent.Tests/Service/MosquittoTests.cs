using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Messaging;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Service;

/// <summary>A broker of another make, with TLS, accounts and the access rules of the example.</summary>
public sealed class MosquittoTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly SchedulerKey key = new();

    private static string PermitTopic => Topics.Permit(SchedulerKey.Site, SchedulerKey.Host);

    [Fact]
    public async Task Run_is_released_over_mosquitto_and_only_by_the_scheduler()
    {
        using var authority = BrokerCertificates.Authority();
        await using var broker = await StartBrokerAsync(authority);
        var procedure = new Procedure { Name = "update", Folder = folder.Path, Steps = [StepHelper.Step("one", "append", folder.File("evidence"), "one")], Rollback = [] };
        using var scheduler = await Account.ConnectAsync(broker.Port, "scheduler", folder);
        await scheduler.SubscribeAsync(Topics.Root(SchedulerKey.Site) + "/#");
        await using var agent = await RunningAgent.StartAsync(key, Broker(broker.Port), folder, [procedure]);
        await scheduler.NextAsync("/status", MessageJson.Default.AgentStatus, status => status.Online);

        await scheduler.PublishAsync(Topics.Offer(SchedulerKey.Site, SchedulerKey.Host), JsonSerializer.Serialize(SchedulerKey.Offer(procedure), MessageJson.Default.PermitOffer));
        var request = await scheduler.NextAsync("/permit-request", MessageJson.Default.PermitRequest, _ => true);
        var permit = key.Sign(SchedulerKey.Permit(procedure, request.Nonce));

        // The genuine permit, by another agent's account: the broker stops it.
        using (var intruder = await Account.ConnectAsync(broker.Port, "agent-packaging-hmi", folder))
            Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await intruder.PublishAsync(PermitTopic, permit));

        // Retained, by the scheduler itself: the agent knows it as such although it comes live.
        await scheduler.PublishAsync(PermitTopic, permit, retain: true);
        await Eventually.TrueAsync("the retained one was refused", () => Task.FromResult(agent.Refusals[Refusal.Retained] == 1), Patience);

        await scheduler.PublishAsync(PermitTopic, permit);
        var end = await scheduler.NextAsync("/progress", MessageJson.Default.RunProgress, progress => progress.Phase.IsFinal());
        Assert.Equal(RunPhase.Succeeded, end.Phase);
        Assert.Equal(1, agent.Refusals[Refusal.Retained]);
        Assert.Equal(0, agent.Refusals[Refusal.UsedNonce]);
    }

    public void Dispose()
    {
        key.Dispose();
        folder.Dispose();
    }

    private BrokerConfiguration Broker(int port) => new()
    {
        Url = new Uri($"mqtts://localhost:{port}"),
        User = "agent-" + SchedulerKey.Host,
        PasswordFile = folder.WriteSecret("password", "agent-" + SchedulerKey.Host),
        Authorities = folder.File("authority.pem"),
    };

    private async Task<Mosquitto> StartBrokerAsync(X509Certificate2 authority)
    {
        using var certificate = BrokerCertificates.Issue(authority);
        folder.Write("authority.pem", authority.ExportCertificatePem());
        folder.Write("broker.pem", certificate.ExportCertificatePem());
        folder.WriteSecret("broker.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        folder.WriteSecret("accounts", "");
        foreach (var user in new[] { "scheduler", "agent-filling-hmi", "agent-packaging-hmi" })
            await AddAccountAsync(user);
        File.Copy(Path.Combine(Sources.Folder, "config", "mosquitto", "acl"), folder.File("acl"));
        return await Mosquitto.StartAsync(folder, configuration: $"""
            allow_anonymous false
            password_file {folder.File("accounts")}
            acl_file {folder.File("acl")}
            certfile {folder.File("broker.pem")}
            keyfile {folder.File("broker.key")}
            """);
    }

    /// <summary>Each account's password is its name.</summary>
    private async Task AddAccountAsync(string user)
    {
        var start = new ProcessStartInfo(Installed.Require("mosquitto_passwd", "mosquitto")) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "-b", folder.File("accounts"), user, user })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A client of the broker under one of its accounts.</summary>
    private sealed class Account : IDisposable
    {
        private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
        private readonly Channel<MqttApplicationMessage> box = Channel.CreateUnbounded<MqttApplicationMessage>();

        public static async Task<Account> ConnectAsync(int port, string user, TemporaryFolder folder)
        {
            var trusted = new BrokerConfiguration { Url = new Uri($"mqtts://localhost:{port}"), Authorities = folder.File("authority.pem") };
            var options = BrokerOptions.Create(trusted, "unused", new Letter("patchedge/unused", [], TimeSpan.FromSeconds(1)));
            var account = new Account();
            account.client.ApplicationMessageReceivedAsync += received =>
            {
                account.box.Writer.TryWrite(received.ApplicationMessage);
                return Task.CompletedTask;
            };
            await account.client.ConnectAsync(
                new MqttClientOptionsBuilder()
                    .WithProtocolVersion(MqttProtocolVersion.V500)
                    .WithTcpServer("localhost", port)
                    .WithTlsOptions(options.ChannelOptions.TlsOptions)
                    .WithClientId(user)
                    .WithCredentials(user, user)
                    .Build(),
                TestContext.Current.CancellationToken);
            return account;
        }

        public Task<MqttClientSubscribeResult> SubscribeAsync(string filter) => client.SubscribeAsync(
            new MqttClientSubscribeOptionsBuilder().WithTopicFilter(topic => topic.WithTopic(filter).WithAtLeastOnceQoS()).Build(), TestContext.Current.CancellationToken);

        public async Task<MqttClientPublishReasonCode> PublishAsync(string topic, string text, bool retain = false) => (await client.PublishAsync(
            new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(text).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag(retain).Build(),
            TestContext.Current.CancellationToken)).ReasonCode;

        public async Task<T> NextAsync<T>(string end, JsonTypeInfo<T> json, Func<T, bool> match)
            where T : class
        {
            using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
            await foreach (var message in box.Reader.ReadAllAsync(deadline.Token))
                if (message.Topic.EndsWith(end, StringComparison.Ordinal)
                    && JsonSerializer.Deserialize(message.Payload.ToArray(), json) is { } read && match(read))
                    return read;
            throw new TimeoutException(end);
        }

        public void Dispose() => client.Dispose();
    }
}
