using System.Buffers;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Permits;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Messaging;

/// <summary>One MQTT 5 connection, kept up: reconnects with bounded back-off, sorts what arrives into bounded boxes, and never queues what cannot be sent.</summary>
internal sealed partial class BrokerLink : IAsyncDisposable
{
    private const int DeskCapacity = 64;
    private const int GoAheadCapacity = 16;

    private readonly BrokerConfiguration broker;
    private readonly AgentIdentity identity;
    private readonly AgentTimings timings;
    private readonly Letter will;
    private readonly RefusalCounter refusals;
    private readonly TimeProvider time;
    private readonly ILogger<BrokerLink> log;
    private readonly IMqttClient client;
    private readonly Channel<Mail> desk;
    private readonly Channel<Mail> goAheads;
    private readonly Channel<bool> losses = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private volatile bool leaving;

    /// <param name="broker">Where it is and who we are to it.</param>
    /// <param name="identity">Decides the topics.</param>
    /// <param name="timings">Back-off.</param>
    /// <param name="will">What the broker tells for us when we fall silent.</param>
    /// <param name="refusals">Counts what does not fit into the boxes.</param>
    /// <param name="time">Paces reconnecting.</param>
    /// <param name="log">Where connection changes go.</param>
    /// <param name="connection">The wire; null takes MQTT over TCP.</param>
    public BrokerLink(
        BrokerConfiguration broker, AgentIdentity identity, AgentTimings timings, Letter will, RefusalCounter refusals, TimeProvider time, ILogger<BrokerLink> log,
        IMqttClient? connection = null)
    {
        client = connection ?? new MqttClientFactory().CreateMqttClient();
        this.broker = broker;
        this.identity = identity;
        this.timings = timings;
        this.will = will;
        this.refusals = refusals;
        this.time = time;
        this.log = log;
        desk = Box(DeskCapacity);
        goAheads = Box(GoAheadCapacity);
        client.ApplicationMessageReceivedAsync += ReceiveAsync;
        client.DisconnectedAsync += lost =>
        {
            if (lost.ClientWasConnected && !leaving)
                Lost(log, broker.Url, lost.Reason, Printable.Line(lost.ReasonString ?? ""));
            losses.Writer.TryWrite(true);
            return Task.CompletedTask;
        };
    }

    /// <summary>Raised after each connection, once the subscriptions stand; handlers must not block.</summary>
    public event Action? Connected;

    /// <summary>Offers, permits and acknowledgements.</summary>
    public ChannelReader<Mail> Desk => desk.Reader;

    public ChannelReader<Mail> GoAheads => goAheads.Reader;

    /// <summary>Connects, and connects again, until cancelled; then takes leave of the broker in order, so that it does not publish the will.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        var pause = timings.ReconnectFirst;
        try
        {
            while (true)
            {
                while (losses.Reader.TryRead(out _))
                {
                    // Losses of attempts that failed count once.
                }

                var began = time.GetTimestamp();
                if (await TryConnectAsync(stop))
                    await losses.Reader.ReadAsync(stop);
                // A connection that held proves the way; one that is cut again and again (two agents of one name) must not become a storm.
                pause = time.GetElapsedTime(began) > timings.ReconnectLongest ? timings.ReconnectFirst : pause;
                await Task.Delay(pause, time, stop);
                pause = pause * 2 < timings.ReconnectLongest ? pause * 2 : timings.ReconnectLongest;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            leaving = true;
            await client.TryDisconnectAsync(MqttClientDisconnectOptionsReason.NormalDisconnection);
        }
    }

    /// <returns>Whether the broker took it; false, at once, without a connection.</returns>
    public async Task<bool> SendAsync(Letter letter, CancellationToken stop)
    {
        if (!client.IsConnected)
            return false;
        try
        {
            var result = await client.PublishAsync(
                new MqttApplicationMessage
                {
                    Topic = letter.Topic,
                    Payload = new ReadOnlySequence<byte>(letter.Payload),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                    Retain = letter.Retain,
                    MessageExpiryInterval = (uint)Math.Ceiling(letter.Expiry.TotalSeconds),
                    ContentType = "application/json",
                },
                stop);
            if (!result.IsSuccess)
                NotPublished(log, letter.Topic, result.ReasonCode, Printable.Line(result.ReasonString ?? ""));
            return result.IsSuccess;
        }
        catch (Exception exception) when (exception is MqttCommunicationException or MqttProtocolViolationException or ObjectDisposedException
            || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> TryConnectAsync(CancellationToken stop)
    {
        try
        {
            var connected = await client.ConnectAsync(BrokerOptions.Create(broker, identity.Host, will), stop);
            if (connected.ResultCode != MqttClientConnectResultCode.Success)
            {
                NotConnected(log, broker.Url, $"{connected.ResultCode} {Printable.Line(connected.ReasonString ?? "")}");
                return false;
            }

            var subscribed = await client.SubscribeAsync(Subscriptions(), stop);
            foreach (var refused in subscribed.Items.Where(item => item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2))
                NotSubscribed(log, refused.TopicFilter.Topic, refused.ResultCode);
            Opened(log, broker.Url);
            Connected?.Invoke();
            return true;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested
            && exception is MqttCommunicationException or MqttProtocolViolationException or ConfigurationException or IOException
                or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or OperationCanceledException or InvalidOperationException)
        {
            NotConnected(log, broker.Url, Printable.Line(exception.Message));
            await client.TryDisconnectAsync(MqttClientDisconnectOptionsReason.UnspecifiedError);
            return false;
        }
    }

    private MqttClientSubscribeOptions Subscriptions()
    {
        var options = new MqttClientSubscribeOptionsBuilder();
        string[] topics =
        [
            Topics.Offer(identity.Site, identity.Host),
            Topics.Permit(identity.Site, identity.Host),
            Topics.GoAhead(identity.Site, identity.Host),
            Topics.ProgressAcknowledged(identity.Site, identity.Host),
        ];
        foreach (var topic in topics)
            options.WithTopicFilter(filter => filter
                .WithTopic(topic)
                .WithAtLeastOnceQoS()
                // As published: so a retained message is known as one even when it arrives live.
                .WithRetainAsPublished(true)
                .WithRetainHandling(MqttRetainHandling.SendAtSubscribe));
        return options.Build();
    }

    private Task ReceiveAsync(MqttApplicationMessageReceivedEventArgs received)
    {
        var message = received.ApplicationMessage;
        if (message.Payload.Length > SignedToken.MaximumLength)
        {
            refusals.Count("message", Refusal.Malformed, $"{message.Payload.Length} bytes on {message.Topic}");
            return Task.CompletedTask;
        }

        var box = message.Topic == Topics.GoAhead(identity.Site, identity.Host) ? goAheads : desk;
        box.Writer.TryWrite(new Mail(message.Topic, message.Payload.ToArray(), message.Retain));
        return Task.CompletedTask;
    }

    private Channel<Mail> Box(int capacity) => Channel.CreateBounded<Mail>(
        new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
        mail => refusals.Count("message", Refusal.Flood, "the box is full; dropped one on " + mail.Topic));

    [LoggerMessage(100, LogLevel.Information, "Connected to {Broker}.")]
    private static partial void Opened(ILogger log, Uri broker);

    [LoggerMessage(101, LogLevel.Warning, "Lost {Broker}: {Reason} {Detail}")]
    private static partial void Lost(ILogger log, Uri broker, MqttClientDisconnectReason reason, string detail);

    [LoggerMessage(102, LogLevel.Warning, "Could not connect to {Broker}: {Reason}")]
    private static partial void NotConnected(ILogger log, Uri broker, string reason);

    [LoggerMessage(103, LogLevel.Warning, "The broker did not take a message on {Topic}: {Code} {Detail}. Check its access rules.")]
    private static partial void NotPublished(ILogger log, string topic, MqttClientPublishReasonCode code, string detail);

    [LoggerMessage(104, LogLevel.Error, "The broker refused the subscription to {Topic}: {Code}. Check its access rules.")]
    private static partial void NotSubscribed(ILogger log, string topic, MqttClientSubscribeResultCode code);
}
