using System.Collections.Concurrent;
using System.Net;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>The MQTT broker inside the scheduler: MQTT 5, a password per client, topics by client, bounded in every direction.</summary>
internal sealed partial class EmbeddedBroker : IAsyncDisposable
{
    /// <summary>A message at its largest, its topic and its properties.</summary>
    public const int MaximumPacket = MessageJson.MaximumBytes + 16 * 1024;

    private const int MaximumPending = 500;
    private const int MaximumRetained = 10_000;

    private readonly string site;
    private readonly ClientSecrets secrets;
    private readonly BoundedTcpAdapter adapter;
    private readonly MqttServer server;
    private readonly ConcurrentDictionary<string, TopicAccess> access = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> connected = new(StringComparer.Ordinal);
    private readonly ILogger<EmbeddedBroker> log;
    private long refusals;

    public EmbeddedBroker(EmbeddedBrokerOptions options, PlantModel plant, TimeProvider time, ILogger<EmbeddedBroker> log)
    {
        this.log = log;
        site = plant.Site;
        secrets = ClientSecrets.Open(options.Secrets, Clients(plant, options));
        adapter = new BoundedTcpAdapter(options.Listen, options.MaximumConnections, MaximumPacket, options.Tls?.Load(), time);
        var server = new MqttServerOptionsBuilder()
            .WithMaxPendingMessagesPerClient(MaximumPending)
            .WithPendingMessagesOverflowStrategy(MqttPendingMessagesOverflowStrategy.DropOldestQueuedMessage)
            .WithPersistentSessions(false)
            .WithDefaultCommunicationTimeout(TimeSpan.FromSeconds(10))
            .Build();
        this.server = new MqttServerFactory().CreateMqttServer(server, [adapter], MqttNetNullLogger.Instance);
        this.server.ValidatingConnectionAsync += OnConnectingAsync;
        this.server.InterceptingPublishAsync += OnPublishingAsync;
        this.server.InterceptingSubscriptionAsync += OnSubscribingAsync;
        this.server.ClientDisconnectedAsync += OnDisconnectedAsync;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => adapter.BoundEndPoint;

    /// <summary>Connections, publications and subscriptions refused since the start.</summary>
    public long Refusals => Interlocked.Read(ref refusals) + adapter.Refused;

    /// <summary>Every client that the plant has, and the operators that the configuration adds.</summary>
    public static IEnumerable<string> Clients(PlantModel plant, EmbeddedBrokerOptions options) =>
    [
        TopicAccess.SchedulerClient,
        .. plant.Gateways.Select(gateway => TopicAccess.GatewayPrefix + gateway.Name),
        .. plant.Hosts.Select(host => TopicAccess.AgentPrefix + host.Name),
        .. options.Operators.Select(name => TopicAccess.OperatorPrefix + name),
    ];

    public Task StartAsync() => server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (server.IsStarted)
            await server.StopAsync(new MqttServerStopOptionsBuilder().Build());
        server.Dispose();
        adapter.Dispose();
    }

    private Task OnConnectingAsync(ValidatingConnectionEventArgs connecting)
    {
        connecting.ReasonCode = connecting switch
        {
            { ProtocolVersion: not MqttProtocolVersion.V500 } => MqttConnectReasonCode.UnsupportedProtocolVersion,
            _ when connecting.ClientId != connecting.UserName => MqttConnectReasonCode.ClientIdentifierNotValid,
            _ when !secrets.Matches(connecting.ClientId, connecting.Password) => MqttConnectReasonCode.BadUserNameOrPassword,
            _ => MqttConnectReasonCode.Success,
        };
        if (connecting.ReasonCode != MqttConnectReasonCode.Success)
        {
            Interlocked.Increment(ref refusals);
            ConnectionRefused(Printable.Line(Short(connecting.ClientId)), $"{connecting.RemoteEndPoint}", connecting.ReasonCode);
            return Task.CompletedTask;
        }

        access[connecting.ClientId] = TopicAccess.Of(connecting.ClientId, site);
        var from = $"{connecting.RemoteEndPoint}";
        if (connected.TryGetValue(connecting.ClientId, out var before))
            TakenOver(connecting.ClientId, before, from);
        connected[connecting.ClientId] = from;
        return Task.CompletedTask;
    }

    private Task OnDisconnectedAsync(ClientDisconnectedEventArgs gone)
    {
        if (connected.TryGetValue(gone.ClientId, out var endPoint) && endPoint == $"{gone.RemoteEndPoint}")
            connected.TryRemove(gone.ClientId, out _);
        return Task.CompletedTask;
    }

    private async Task OnPublishingAsync(InterceptingPublishEventArgs publishing)
    {
        var message = publishing.ApplicationMessage;
        var allowed = access.TryGetValue(publishing.ClientId, out var topics) && topics.MayPublish(message.Topic)
            && message.Payload.Length <= MessageJson.MaximumBytes
            && (!message.Retain || await HasRoomAsync(message.Topic));
        if (allowed)
            return;
        publishing.ProcessPublish = false;
        publishing.Response.ReasonCode = MqttPubAckReasonCode.NotAuthorized;
        Interlocked.Increment(ref refusals);
        PublicationRefused(Printable.Line(publishing.ClientId), Printable.Line(Short(message.Topic)));
    }

    /// <summary>Retained messages belong to the plant's own topics, whose number is known; a bound all the same.</summary>
    private async Task<bool> HasRoomAsync(string topic) =>
        await server.GetRetainedMessageAsync(topic) is not null || (await server.GetRetainedMessagesAsync()).Count < MaximumRetained;

    private Task OnSubscribingAsync(InterceptingSubscriptionEventArgs subscribing)
    {
        if (access.TryGetValue(subscribing.ClientId, out var topics) && topics.MaySubscribe(subscribing.TopicFilter.Topic))
            return Task.CompletedTask;
        subscribing.ProcessSubscription = false;
        subscribing.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
        Interlocked.Increment(ref refusals);
        SubscriptionRefused(Printable.Line(subscribing.ClientId), Printable.Line(Short(subscribing.TopicFilter.Topic)));
        return Task.CompletedTask;
    }

    private static string Short(string text) => text.Length > 200 ? text[..200] + "…" : text;

    [LoggerMessage(3301, LogLevel.Warning, "MQTT client {Client} from {EndPoint} was refused: {Reason}.")]
    private partial void ConnectionRefused(string client, string endPoint, MqttConnectReasonCode reason);

    [LoggerMessage(3302, LogLevel.Warning, "MQTT client {Client} may not publish to {Topic}: dropped.")]
    private partial void PublicationRefused(string client, string topic);

    [LoggerMessage(3303, LogLevel.Warning, "MQTT client {Client} may not subscribe to {Filter}: refused.")]
    private partial void SubscriptionRefused(string client, string filter);

    [LoggerMessage(3304, LogLevel.Warning, "MQTT client {Client}, connected from {Before}, connected again from {Now}: if nobody restarted it, somebody else has its password.")]
    private partial void TakenOver(string client, string before, string now);
}
