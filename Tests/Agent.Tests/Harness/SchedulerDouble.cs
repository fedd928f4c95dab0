using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Harness;

/// <summary>A real broker on a loopback port, and a test that plays the scheduler behind it.</summary>
internal sealed class SchedulerDouble : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly List<Heard> heard = [];
    private readonly X509Certificate2? certificate;
    private MqttServer? broker;
    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SchedulerDouble(int port, X509Certificate2? certificate)
    {
        Port = port;
        this.certificate = certificate;
    }

    public int Port { get; }

    public SchedulerKey Keys { get; } = new();

    /// <summary>Answers each go-ahead request; null stays silent.</summary>
    public Func<GoAheadRequest, GoAhead?> AnswerGoAhead { get; set; } = request => SchedulerKey.GoAhead(request);

    /// <summary>Puts each final progress on record at once.</summary>
    public bool Acknowledges { get; set; } = true;

    /// <summary>User and password that the broker wants; null takes anyone.</summary>
    public (string User, string Password)? Account { get; set; }

    public static async Task<SchedulerDouble> StartAsync(X509Certificate2? certificate = null)
    {
        var scheduler = new SchedulerDouble(FreePorts.One(), certificate);
        await scheduler.StartBrokerAsync();
        return scheduler;
    }

    public async Task StartBrokerAsync()
    {
        // No message is lost in the broker, so that a test can count.
        var options = new MqttServerOptionsBuilder().WithMaxPendingMessagesPerClient(100_000);
        if (certificate is null)
            options.WithDefaultEndpoint().WithDefaultEndpointBoundIPAddress(System.Net.IPAddress.Loopback).WithDefaultEndpointPort(Port);
        else
            options.WithoutDefaultEndpoint().WithEncryptedEndpoint().WithEncryptedEndpointBoundIPAddress(System.Net.IPAddress.Loopback)
                .WithEncryptedEndpointPort(Port).WithEncryptionCertificate(certificate);
        broker = new MqttServerFactory().CreateMqttServer(options.Build());
        broker.InterceptingPublishAsync += HearAsync;
        broker.ValidatingConnectionAsync += connecting =>
        {
            if (Account is { } account && (connecting.UserName != account.User || connecting.Password != account.Password))
                connecting.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
            return Task.CompletedTask;
        };
        await broker.StartAsync();
    }

    public async Task StopBrokerAsync()
    {
        await broker!.StopAsync(new MqttServerStopOptions());
        broker.Dispose();
        broker = null;
    }

    /// <summary>Cuts the agent's connection without a word.</summary>
    public Task CutAsync() => broker!.DisconnectClientAsync("agent-" + SchedulerKey.Host, new MqttServerClientDisconnectOptions());

    public async Task<AgentStatus?> RetainedStatusAsync()
    {
        var message = await broker!.GetRetainedMessageAsync(Topics.AgentStatus(SchedulerKey.Site, SchedulerKey.Host));
        return message is null ? null : JsonSerializer.Deserialize(message.Payload.ToArray(), MessageJson.Default.AgentStatus);
    }

    public Task PublishAsync(string topic, string text, bool retain = false) => broker!.InjectApplicationMessage(new InjectedMqttApplicationMessage(
        new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            Retain = retain,
        })
    { SenderClientId = "scheduler" });

    public Task OfferAsync(PermitOffer offer) =>
        PublishAsync(Topics.Offer(SchedulerKey.Site, SchedulerKey.Host), JsonSerializer.Serialize(offer, MessageJson.Default.PermitOffer));

    public Task PermitAsync(Permit permit, bool retain = false) =>
        PublishAsync(Topics.Permit(SchedulerKey.Site, SchedulerKey.Host), Keys.Sign(permit), retain);

    public Task AcknowledgeAsync(RunProgress progress) => PublishAsync(
        Topics.ProgressAcknowledged(SchedulerKey.Site, SchedulerKey.Host),
        JsonSerializer.Serialize(new ProgressAcknowledged { Run = progress.Run, Token = progress.Token, Sequence = progress.Sequence }, MessageJson.Default.ProgressAcknowledged));

    /// <summary>Waits for the agent's heartbeat, offers the run and gives the permit.</summary>
    public async Task<Permit> ReleaseAsync(Procedure procedure, string run = "run-1", long token = 7)
    {
        var permit = SchedulerKey.Permit(procedure, await NonceAsync(procedure, run), run, token);
        await PermitAsync(permit);
        return permit;
    }

    public async Task<string> NonceAsync(Procedure procedure, string run = "run-1")
    {
        await ReadyAsync();
        var seen = Count;
        await OfferAsync(SchedulerKey.Offer(procedure, run));
        var request = await NextAsync(Topics.PermitRequest(SchedulerKey.Site, SchedulerKey.Host), MessageJson.Default.PermitRequest, request => request.Run == run, seen);
        return request.Nonce;
    }

    /// <summary>An agent is online and free.</summary>
    public Task ReadyAsync() => Eventually.TrueAsync(
        "an agent that is online and free",
        async () => await RetainedStatusAsync() is { Online: true, CurrentRun: null },
        Patience,
        Dump);

    public Task<RunProgress> ProgressAsync(RunPhase phase, int from = 0) => ProgressAsync(progress => progress.Phase == phase, from);

    public Task<RunProgress> ProgressAsync(Func<RunProgress, bool> match, int from = 0) =>
        NextAsync(Topics.Progress(SchedulerKey.Site, SchedulerKey.Host), MessageJson.Default.RunProgress, match, from);

    /// <summary>Every progress so far, duplicates dropped as the scheduler drops them.</summary>
    public IReadOnlyList<RunProgress> Course()
    {
        lock (gate)
            return [.. heard.Where(message => message.Topic.EndsWith("/progress", StringComparison.Ordinal))
                .Select(message => JsonSerializer.Deserialize(message.Payload, MessageJson.Default.RunProgress)!)
                .DistinctBy(progress => (progress.Run, progress.Token, progress.Sequence))];
    }

    /// <summary>Messages heard so far: a position to wait from.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return heard.Count;
        }
    }

    public int CountOf(string topic)
    {
        lock (gate)
            return heard.Count(message => message.Topic == topic);
    }

    public IReadOnlyList<Heard> All()
    {
        lock (gate)
            return [.. heard];
    }

    /// <summary>The first message on a topic, heard or to come, at or after a position, that matches.</summary>
    public async Task<T> NextAsync<T>(string topic, JsonTypeInfo<T> json, Func<T, bool> match, int from = 0)
        where T : class
    {
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            Task next;
            lock (gate)
            {
                for (; from < heard.Count; from++)
                    if (heard[from].Topic == topic && JsonSerializer.Deserialize(heard[from].Payload, json) is { } message && match(message))
                        return message;
                next = news.Task;
            }

            try
            {
                await next.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"nothing that matches on {topic} within {Patience.TotalSeconds} s; heard:{Environment.NewLine}{Dump()}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
            await StopBrokerAsync();
        Keys.Dispose();
    }

    private async Task HearAsync(InterceptingPublishEventArgs publishing)
    {
        var message = publishing.ApplicationMessage;
        if (publishing.ClientId == "scheduler")
            return;
        TaskCompletionSource ready;
        lock (gate)
        {
            heard.Add(new Heard(publishing.ClientId, message.Topic, message.Payload.ToArray(), message.Retain, message.MessageExpiryInterval));
            ready = news;
            news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ready.TrySetResult();
        await RespondAsync(message);
    }

    private async Task RespondAsync(MqttApplicationMessage message)
    {
        if (message.Topic == Topics.GoAheadRequest(SchedulerKey.Site, SchedulerKey.Host)
            && JsonSerializer.Deserialize(message.Payload.ToArray(), MessageJson.Default.GoAheadRequest) is { } request
            && AnswerGoAhead(request) is { } answer)
            await PublishAsync(Topics.GoAhead(SchedulerKey.Site, SchedulerKey.Host), Keys.Sign(answer));
        if (Acknowledges && message.Topic == Topics.Progress(SchedulerKey.Site, SchedulerKey.Host)
            && JsonSerializer.Deserialize(message.Payload.ToArray(), MessageJson.Default.RunProgress) is { } progress && progress.Phase.IsFinal())
            await AcknowledgeAsync(progress);
    }

    private string Dump() => string.Join(Environment.NewLine, All().TakeLast(30).Select(message => $"{message.Topic} {Encoding.UTF8.GetString(message.Payload)}"));
}

/// <summary>A message that an agent published.</summary>
internal sealed record Heard(string ClientId, string Topic, byte[] Payload, bool Retain, uint Expiry);
