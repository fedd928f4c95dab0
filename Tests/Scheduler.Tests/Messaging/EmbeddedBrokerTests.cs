using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Messaging;

public sealed class EmbeddedBrokerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "hostile-56")]
    public async Task Only_known_clients_with_their_own_password_are_let_in()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var hmi = (await File.ReadAllTextAsync(scheduler.Folder["secrets/mqtt/agent-filling-hmi"], Cancellation)).Trim();

        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await TryAsync("agent-filling-hmi", "agent-filling-hmi", "guess"));
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await TryAsync("agent-nobody", "agent-nobody", hmi));
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, await TryAsync("agent-line-server", "agent-filling-hmi", hmi));
        Assert.Equal(MqttClientConnectResultCode.UnsupportedProtocolVersion, await TryAsync("agent-filling-hmi", "agent-filling-hmi", hmi, MqttProtocolVersion.V311));
        Assert.Equal(MqttClientConnectResultCode.Success, await TryAsync("agent-filling-hmi", "agent-filling-hmi", hmi));

        async Task<MqttClientConnectResultCode> TryAsync(string id, string user, string password, MqttProtocolVersion version = MqttProtocolVersion.V500)
        {
            await using var stranger = ScriptedClient.Stranger(scheduler, id);
            try
            {
                return (await stranger.ConnectAsync(user, password, version)).ResultCode;
            }
            catch (MQTTnet.Exceptions.MqttCommunicationException) when (version != MqttProtocolVersion.V500)
            {
                return MqttClientConnectResultCode.UnsupportedProtocolVersion;
            }
        }
    }

    [Fact]
    [Trait("Req", "hostile-56")]
    public async Task Agent_can_neither_give_permits_nor_overhear_others()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var agent = await ScriptedClient.AgentAsync(scheduler);

        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await agent.PublishAsync(Topics.Permit(TestPlant.Site, TestPlant.Hmi), "x"));
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await agent.PublishAsync(Topics.AgentStatus(TestPlant.Site, TestPlant.Server), "x"));
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await agent.SubscribeAsync(Topics.Permit(TestPlant.Site, "+")));
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await agent.SubscribeAsync("#"));
        Assert.True(scheduler.Broker.Refusals >= 4);
    }

    [Fact]
    public async Task Message_that_does_not_fit_its_topic_is_dropped()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        var incoming = (Incoming)scheduler.Services.GetService(typeof(Incoming))!;

        await agent.PublishAsync(Topics.Progress(TestPlant.Site, TestPlant.Hmi), "not json");
        await agent.PublishAsync(Topics.AgentStatus(TestPlant.Site, TestPlant.Hmi), "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]");
        await agent.SendAsync(Topics.AgentStatus(TestPlant.Site, TestPlant.Hmi), Facts.Agent(TestPlant.Server), MessageJson.Default.AgentStatus);

        await RunningScheduler.UntilAsync("all three are dropped", () => incoming.Dropped >= 3);
    }

    [Fact]
    [Trait("Req", "hostile-58")]
    public async Task Packet_above_the_limit_is_cut_off_at_its_header()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(scheduler.Broker.EndPoint, Cancellation);
        var stream = socket.GetStream();

        // CONNECT with a remaining length of 268,435,455 bytes, the largest there is.
        await stream.WriteAsync(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F }, Cancellation);

        Assert.Equal(0, await ReadAsync(stream));
    }

    [Fact]
    public async Task Broker_lives_on_after_nonsense()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(scheduler.Broker.EndPoint, Cancellation);
            await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Cancellation);
        }

        await using var agent = await ScriptedClient.AgentAsync(scheduler);
        Assert.Equal(MqttClientPublishReasonCode.Success, await agent.PublishAsync(Topics.AgentStatus(TestPlant.Site, TestPlant.Hmi), "{}"));
    }

    private static async Task<int> ReadAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(RunningScheduler.Patience, TimeProvider.System);
        try
        {
            return await stream.ReadAsync(new byte[16], patience.Token);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
