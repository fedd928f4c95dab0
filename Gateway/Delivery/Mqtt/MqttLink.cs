using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>One MQTT 5 connection that is kept and brought back. Its last will tells everyone that this gateway's lines are unknown.</summary>
internal sealed class MqttLink : IAsyncDisposable
{
    private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
    private readonly Channel<bool> lost = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly MqttOptions options;
    private readonly string clientId;
    private readonly string statusTopic;
    private readonly byte[] offline;
    private readonly TimeProvider time;
    private readonly Random jitter;
    private readonly ILogger log;
    private readonly MqttListener[] listeners;
    private readonly Task loop;
    private volatile string? trouble = "not connected yet";

    /// <param name="options">Where, and as whom.</param>
    /// <param name="offline">The status that the broker publishes when this gateway falls silent.</param>
    /// <param name="time">For pace.</param>
    /// <param name="jitter">Spreads attempts to connect.</param>
    /// <param name="log">Hears of connections.</param>
    /// <param name="listeners">Hear what is for this gateway.</param>
    public MqttLink(MqttOptions options, GatewayStatus offline, TimeProvider time, Random jitter, ILogger log, params MqttListener[] listeners)
    {
        (this.options, this.time, this.jitter, this.log, this.listeners) = (options, time, jitter, log, listeners);
        clientId = "gateway-" + offline.Gateway;
        statusTopic = Topics.GatewayStatus(offline.Site, offline.Gateway);
        this.offline = JsonSerializer.SerializeToUtf8Bytes(offline, MessageJson.Default.GatewayStatus);
        client.DisconnectedAsync += OnDisconnectedAsync;
        client.ApplicationMessageReceivedAsync += OnReceivedAsync;
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>After each connection that was made, on the link's loop: must not block.</summary>
    public event Action? Connected;

    /// <summary>Why nothing gets through, for an operator; null while connected.</summary>
    public string? Trouble => trouble;

    /// <summary>Publishes with QoS 1.</summary>
    /// <param name="topic">See <see cref="Topics"/>.</param>
    /// <param name="payload">At most <see cref="MessageJson.MaximumBytes"/>.</param>
    /// <param name="retain">Kept by the broker for whoever comes later, for as long as it has not expired.</param>
    /// <param name="expiry">How long the broker may hold it; rounded up to whole seconds.</param>
    /// <param name="cancel">Stops waiting for the broker's answer.</param>
    /// <returns>Null when the broker has it, else why it has not.</returns>
    public async Task<string?> PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan expiry, CancellationToken cancel)
    {
        if (!client.IsConnected)
            return trouble ?? "not connected";
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(topic)
            .WithPayload(new ReadOnlySequence<byte>(payload))
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithRetainFlag(retain)
            .WithContentType("application/json")
            .WithMessageExpiryInterval((uint)Math.Clamp(Math.Ceiling(expiry.TotalSeconds), 1, uint.MaxValue))
            .Build();
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var result = await client.PublishAsync(message, deadline.Token).ConfigureAwait(false);
            return result.IsSuccess ? null : $"the broker refuses {topic}: {result.ReasonCode} {result.ReasonString}; check its access list";
        }
        catch (Exception exception) when (exception is MQTTnet.Exceptions.MqttCommunicationException or MQTTnet.Exceptions.MqttClientDisconnectedException
            or InvalidOperationException or ObjectDisposedException || (exception is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return exception.Message;
        }
    }

    /// <summary>Says that this gateway goes offline, and disconnects.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        if (client.IsConnected)
        {
            await PublishAsync(statusTopic, offline, retain: true, TimeSpan.FromDays(30), CancellationToken.None).ConfigureAwait(false);
            using var patience = new CancellationTokenSource(options.Timeout, time);
            try
            {
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), patience.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is MQTTnet.Exceptions.MqttCommunicationException or OperationCanceledException or InvalidOperationException)
            {
                // The will speaks for us.
            }
        }

        client.Dispose();
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            for (var tries = 0; ; tries++)
            {
                if (await ConnectAsync(cancel).ConfigureAwait(false))
                {
                    tries = -1;
                    Connected?.Invoke();
                    while (client.IsConnected)
                        await lost.Reader.ReadAsync(cancel).ConfigureAwait(false);
                    continue;
                }

                var bound = Math.Min(options.LongestBackOff.TotalMilliseconds, options.ShortestBackOff.TotalMilliseconds * Math.Pow(2, Math.Min(Math.Max(tries, 0), 16)));
                await Task.Delay(TimeSpan.FromMilliseconds(bound * (0.5 + (jitter.NextDouble() / 2))), time, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task<bool> ConnectAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.Timeout * 2, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var result = await client.ConnectAsync(ClientOptions(), deadline.Token).ConfigureAwait(false);
            if (result.ResultCode == MqttClientConnectResultCode.Success)
            {
                await ListenAsync(deadline.Token).ConfigureAwait(false);
                trouble = null;
                DeliveryLog.MqttConnected(log, options.Broker.ToString());
                return true;
            }

            Complain($"{result.ResultCode} {result.ReasonString}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Complain("no answer in time");
        }
        catch (Exception exception) when (exception is MQTTnet.Exceptions.MqttCommunicationException or MQTTnet.Adapter.MqttConnectingFailedException
            or IOException or System.Security.Authentication.AuthenticationException or System.Security.Cryptography.CryptographicException or InvalidOperationException)
        {
            Complain(exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message);
        }

        if (client.IsConnected)
            await client.TryDisconnectAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>A message that was published to be retained is delivered with its flag, so that it can be told from one that is meant now.</summary>
    private async Task ListenAsync(CancellationToken cancel)
    {
        foreach (var listener in listeners)
        {
            var filter = new MqttTopicFilterBuilder().WithTopic(listener.Topic).WithAtLeastOnceQoS().WithRetainAsPublished().Build();
            var granted = await client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(filter).Build(), cancel).ConfigureAwait(false);
            foreach (var item in granted.Items)
                if ((int)item.ResultCode >= 0x80)
                    DeliveryLog.MqttNotHeard(log, listener.Topic, item.ResultCode.ToString());
        }
    }

    private Task OnReceivedAsync(MqttApplicationMessageReceivedEventArgs received)
    {
        if (Array.Find(listeners, one => one.Topic == received.ApplicationMessage.Topic) is { } listener)
            listener.Heard(received.ApplicationMessage.Payload, received.ApplicationMessage.Retain);
        return Task.CompletedTask;
    }

    private MqttClientOptions ClientOptions()
    {
        var builder = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithTcpServer(options.Broker.Host, options.Port)
            .WithClientId(clientId)
            .WithCleanStart()
            .WithKeepAlivePeriod(options.KeepAlive)
            .WithTimeout(options.Timeout)
            .WithMaximumPacketSize(MessageJson.MaximumBytes)
            .WithWillTopic(statusTopic)
            .WithWillPayload(offline)
            .WithWillRetain()
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        if (options.User is { } user)
            builder.WithCredentials(user, options.Password ?? "");
        if (options.IsTls)
        {
            builder.WithTlsOptions(tls =>
            {
                tls.UseTls();
                if (options.AuthorityFile is { } file)
                {
                    var authorities = new X509Certificate2Collection();
                    authorities.ImportFromPemFile(file);
                    tls.WithTrustChain(authorities);
                }
            });
        }

        return builder.Build();
    }

    private Task OnDisconnectedAsync(MqttClientDisconnectedEventArgs gone)
    {
        if (gone.ClientWasConnected && !stop.IsCancellationRequested)
        {
            if (gone.Reason == MqttClientDisconnectReason.SessionTakenOver)
                DeliveryLog.MqttTakenOver(log, clientId);
            Complain(gone.Exception?.Message ?? gone.Reason.ToString());
        }

        lost.Writer.TryWrite(true);
        return Task.CompletedTask;
    }

    private void Complain(string reason)
    {
        if (trouble != reason)
            DeliveryLog.MqttTrouble(log, options.Broker.ToString(), reason);
        trouble = reason;
    }
}
