using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.EndToEnd.WebConsole;

/// <summary>Says to the scheduler's broker what a gateway and an agent would say, when the test has it said.</summary>
internal sealed class SpokenFor : IAsyncDisposable
{
    public const string Site = "Demo";
    public const string Gateway = "gw-1";
    public const string Host = "filling-hmi";
    private const int ValidForMs = 120_000;

    private readonly IMqttClient gateway;
    private readonly IMqttClient agent;
    private readonly string plantHash;
    private long sequence;

    private SpokenFor(IMqttClient gateway, IMqttClient agent, string plantHash) => (this.gateway, this.agent, this.plantHash) = (gateway, agent, plantHash);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SpokenFor> ConnectAsync(int port, string secrets, string plantHash) => new(
        await OpenAsync(port, secrets, "gateway-" + Gateway), await OpenAsync(port, secrets, "agent-" + Host), plantHash);

    public async Task ReportAsync(string line, LineState state, string? batch, string reason)
    {
        await SendAsync(gateway, Topics.GatewayStatus(Site, Gateway), new GatewayStatus
        {
            Site = Site,
            Gateway = Gateway,
            Boot = "g1",
            Online = true,
            At = Now,
            ValidForMs = ValidForMs,
            ConfigurationHash = plantHash,
            JournalWritable = true,
        }, MessageJson.Default.GatewayStatus);
        await SendAsync(gateway, Topics.LineReport(Site, line, Gateway), new LineReport
        {
            Site = Site,
            Line = line,
            Gateway = Gateway,
            Boot = "g1",
            Sequence = ++sequence,
            At = Now,
            ValidForMs = ValidForMs,
            State = state,
            Since = Now.AddMinutes(-3),
            ProvenUntil = Now,
            Batch = batch,
            Reason = reason,
            Conditions =
            [
                new ConditionReport
                {
                    Group = PatchEdge.Plant.Model.ConditionGroup.NoBatch,
                    Text = $"{line}/BatchId == ''",
                    Tag = $"{line}/BatchId",
                    Outcome = state == LineState.Idle ? ConditionOutcome.Holds : ConditionOutcome.Fails,
                    Value = $"'{batch}'",
                    Quality = "Good",
                    SourceTime = Now,
                    AgeMs = 120,
                    Since = Now.AddMinutes(-3),
                    Reason = reason,
                },
            ],
            ConfigurationHash = plantHash,
        }, MessageJson.Default.LineReport);
    }

    public Task BeatAsync() => SendAsync(agent, Topics.AgentStatus(Site, Host), new AgentStatus
    {
        Site = Site,
        Host = Host,
        Boot = "a1",
        Online = true,
        At = Now,
        ValidForMs = ValidForMs,
        Version = "0.1.0",
        Procedures = [new InstalledProcedure("install-update", new string('b', 64), 60_000, ["install", "restart"])],
    }, MessageJson.Default.AgentStatus);

    public async ValueTask DisposeAsync()
    {
        await gateway.TryDisconnectAsync();
        await agent.TryDisconnectAsync();
        gateway.Dispose();
        agent.Dispose();
    }

    private static async Task<IMqttClient> OpenAsync(int port, string secrets, string id)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var password = (await File.ReadAllTextAsync(Path.Combine(secrets, id), Cancellation)).Trim();
        await client.ConnectAsync(
            new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId(id).WithCredentials(id, password).WithProtocolVersion(MqttProtocolVersion.V500).Build(), Cancellation);
        return client;
    }

    private static async Task SendAsync<T>(IMqttClient client, string topic, T message, JsonTypeInfo<T> json)
    {
        var result = await client.PublishAsync(
            new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(JsonSerializer.SerializeToUtf8Bytes(message, json)).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag().Build(),
            Cancellation);
        Assert.True(result.IsSuccess, $"{topic}: {result.ReasonCode}");
    }
}
