using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;
using PatchEdge.Scheduler.Messaging.Broker;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>A client of the embedded broker that says what the test has it say, and keeps what it hears.</summary>
internal sealed class ScriptedClient : IAsyncDisposable
{
    private readonly RunningScheduler scheduler;
    private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
    private readonly Channel<(string Topic, string Text)> heard = Channel.CreateUnbounded<(string, string)>();

    private ScriptedClient(RunningScheduler scheduler, string id) => (this.scheduler, Id) = (scheduler, id);

    public string Id { get; }

    /// <summary>Says that the agent has accepted this token.</summary>
    public long HighestToken { get; set; }

    public string? CurrentRun { get; set; }

    public string Boot { get; set; } = "a1";

    /// <summary>As a gateway: what the lines' controllers say to each request; null says nothing. They grant everything unless the test has them do otherwise.</summary>
    public Func<HoldRequest, HoldReply?> Controllers { get; set; } = request => Granted(request);

    /// <summary>Every request for a hold that was heard, in order.</summary>
    public ConcurrentQueue<HoldRequest> HoldRequests { get; } = new();

    private long reports;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Host => Id[TopicAccess.AgentPrefix.Length..];

    public static Task<ScriptedClient> AgentAsync(RunningScheduler scheduler, string host = TestPlant.Hmi) =>
        ConnectAsync(scheduler, TopicAccess.AgentPrefix + host, Topics.Root(TestPlant.Site) + $"/host/{host}/#");

    public static Task<ScriptedClient> GatewayAsync(RunningScheduler scheduler, string gateway = TestPlant.Gateway) =>
        ConnectAsync(scheduler, TopicAccess.GatewayPrefix + gateway, Topics.HoldRequest(TestPlant.Site, gateway));

    public static async Task<ScriptedClient> ConnectAsync(RunningScheduler scheduler, string id, params string[] filters)
    {
        var client = new ScriptedClient(scheduler, id);
        var password = await File.ReadAllTextAsync(Path.Combine(scheduler.Folder["secrets/mqtt"], id), Cancellation);
        var result = await client.ConnectAsync(id, password.Trim());
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        foreach (var filter in filters)
            await client.client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, Cancellation);
        return client;
    }

    /// <summary>A client that has not connected yet.</summary>
    public static ScriptedClient Stranger(RunningScheduler scheduler, string id) => new(scheduler, id);

    public Task<MqttClientConnectResult> ConnectAsync(string user, string password, MqttProtocolVersion version = MqttProtocolVersion.V500)
    {
        client.ApplicationMessageReceivedAsync += async received =>
        {
            if (received.ApplicationMessage.Topic.EndsWith("/hold-request", StringComparison.Ordinal))
            {
                await AnswerAsync(received.ApplicationMessage.Payload.ToArray());
                return;
            }

            heard.Writer.TryWrite((received.ApplicationMessage.Topic, Encoding.UTF8.GetString(received.ApplicationMessage.Payload.ToArray())));
        };
        return client.ConnectAsync(
            new MqttClientOptionsBuilder().WithEndPoint(scheduler.Broker.EndPoint).WithClientId(Id).WithCredentials(user, password).WithProtocolVersion(version).Build(), Cancellation);
    }

    public async Task<MqttClientPublishReasonCode> PublishAsync(string topic, string text, bool retain = false) => (await client.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(text).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag(retain).Build(),
        Cancellation)).ReasonCode;

    public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter) =>
        (await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, Cancellation)).Items.Single().ResultCode;

    public Task SendAsync<T>(string topic, T message, JsonTypeInfo<T> json, bool retain = false) => PublishAsync(topic, JsonSerializer.Serialize(message, json), retain);

    // As an agent.
    public Task BeatAsync() => SendAsync(
        Topics.AgentStatus(TestPlant.Site, Host),
        Facts.Agent(Host) with { At = scheduler.Time.GetUtcNow(), ValidForMs = 60_000, Boot = Boot, HighestToken = HighestToken, CurrentRun = CurrentRun, PinnedKey = scheduler.Signer.Thumbprint },
        MessageJson.Default.AgentStatus, retain: true);

    public Task AskPermitAsync(string run, string nonce) => SendAsync(
        Topics.PermitRequest(TestPlant.Site, Host), new PermitRequest { Run = run, Host = Host, Boot = Boot, Nonce = nonce }, MessageJson.Default.PermitRequest);

    public Task AskGoAheadAsync(string run, long token, string step, string nonce) => SendAsync(
        Topics.GoAheadRequest(TestPlant.Site, Host), new GoAheadRequest { Run = run, Host = Host, Token = token, Step = step, Nonce = nonce }, MessageJson.Default.GoAheadRequest);

    public Task TellAsync(string run, long token, long sequence, RunPhase phase, string? step = null) => SendAsync(
        Topics.Progress(TestPlant.Site, Host),
        new RunProgress { Run = run, Host = Host, Token = token, Sequence = sequence, At = scheduler.Time.GetUtcNow(), Phase = phase, Step = step },
        MessageJson.Default.RunProgress);

    public async Task<PermitOffer> OfferAsync() => JsonSerializer.Deserialize(await HearAsync("offer"), MessageJson.Default.PermitOffer)!;

    public async Task<Permit> PermitAsync() => Verify(await HearAsync("permit"), SignedToken.PermitType, MessageJson.Default.Permit);

    public async Task<GoAhead> GoAheadAsync() => Verify(await HearAsync("go-ahead"), SignedToken.GoAheadType, MessageJson.Default.GoAhead);

    public async Task<ProgressAcknowledged> AcknowledgedAsync() =>
        JsonSerializer.Deserialize(await HearAsync("progress-acknowledged"), MessageJson.Default.ProgressAcknowledged)!;

    /// <summary>What has been heard on this topic and not been taken.</summary>
    public int Waiting(string last)
    {
        var count = 0;
        var rest = new List<(string, string)>();
        while (heard.Reader.TryRead(out var message))
        {
            rest.Add(message);
            count += message.Topic.EndsWith("/" + last, StringComparison.Ordinal) ? 1 : 0;
        }

        rest.ForEach(message => heard.Writer.TryWrite(message));
        return count;
    }

    // As a gateway.
    public async Task ReportAsync(LineState state, string line = TestPlant.Filling, bool retain = true, int validForMs = 60_000, long? heldToken = null)
    {
        var gateway = Id[TopicAccess.GatewayPrefix.Length..];
        await SendAsync(
            Topics.GatewayStatus(TestPlant.Site, gateway),
            Facts.Gateway(gateway) with { At = scheduler.Time.GetUtcNow(), ValidForMs = validForMs }, MessageJson.Default.GatewayStatus, retain);
        await SendAsync(
            Topics.LineReport(TestPlant.Site, line, gateway),
            Facts.Report(line, gateway, state, ++reports) with { At = scheduler.Time.GetUtcNow(), ValidForMs = validForMs, HeldToken = heldToken }, MessageJson.Default.LineReport, retain);
    }

    /// <summary>The controller grants, or clears, and the line reads idle after it.</summary>
    public static HoldReply Granted(HoldRequest request) => new()
    {
        Run = request.Run,
        Line = request.Line,
        Gateway = TestPlant.Gateway,
        Action = request.Action,
        Token = request.Token,
        Request = request.Request,
        Granted = true,
        Answered = true,
        Epoch = 1,
        IdleAfterHold = request.Action == HoldAction.Hold ? true : null,
        ReadAt = request.Action == HoldAction.Hold ? Facts.Now : null,
    };

    public Task ReplyAsync(HoldReply reply, bool retain = false) =>
        SendAsync(Topics.HoldReply(TestPlant.Site, Id[TopicAccess.GatewayPrefix.Length..]), reply, MessageJson.Default.HoldReply, retain);

    public static string Nonce() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public async ValueTask DisposeAsync()
    {
        if (client.IsConnected)
            await client.TryDisconnectAsync();
        client.Dispose();
    }

    private async Task AnswerAsync(byte[] payload)
    {
        var request = JsonSerializer.Deserialize(payload, MessageJson.Default.HoldRequest)!;
        HoldRequests.Enqueue(request);
        if (Controllers(request) is { } reply)
            await ReplyAsync(reply with { Gateway = Id[TopicAccess.GatewayPrefix.Length..] });
    }

    public async Task<string> HearAsync(string last)
    {
        using var patience = new CancellationTokenSource(RunningScheduler.Patience, TimeProvider.System);
        await foreach (var (topic, text) in heard.Reader.ReadAllAsync(patience.Token))
            if (topic.EndsWith("/" + last, StringComparison.Ordinal))
                return text;
        throw new TimeoutException($"Nothing was heard on {last}.");
    }

    private T Verify<T>(string token, string type, JsonTypeInfo<T> json)
        where T : class
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(scheduler.Folder["secrets/scheduler.key.pub.pem"]));
        Assert.True(SignedToken.TryVerify(token, type, key, json, out var payload, out var refusal), refusal);
        return payload!;
    }
}
