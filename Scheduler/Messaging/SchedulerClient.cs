using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Messaging.Broker;

namespace PatchEdge.Scheduler.Messaging;

/// <summary>The scheduler's own connection to the broker: connects, listens, and connects again with a growing pause; every loss turns evidence into history.</summary>
internal sealed partial class SchedulerClient(
    SchedulerOptions options,
    PlantModel plant,
    EmbeddedBrokerHost embedded,
    Incoming incoming,
    AgentLink link,
    EvidenceBoard evidence,
    TimeProvider time,
    ILogger<SchedulerClient> log) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                await ConnectAndListenAsync(() => pause = FirstPause, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The loop's boundary: whatever ended the connection, the next one is tried after a pause.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                NotConnected(exception.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
    }

    private async Task ConnectAndListenAsync(Action connected, CancellationToken stopping)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += gone =>
        {
            evidence.Disconnect();
            lost.TrySetException(new MqttCommunicationException($"the connection ended: {gone.ReasonString ?? gone.Exception?.Message ?? gone.Reason.ToString()}"));
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += received =>
        {
            incoming.Take(received.ApplicationMessage.Topic, received.ApplicationMessage.Payload, received.ApplicationMessage.Retain);
            return Task.CompletedTask;
        };
        try
        {
            var answer = await client.ConnectAsync(Options(), stopping);
            if (answer.ResultCode != MqttClientConnectResultCode.Success)
                throw new MqttCommunicationException($"the broker refused the connection: {answer.ResultCode} {answer.ReasonString}");
            var subscribe = new MqttClientSubscribeOptionsBuilder();
            foreach (var filter in Incoming.Filters(plant.Site))
                subscribe.WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce, retainAsPublished: false);
            var granted = await client.SubscribeAsync(subscribe.Build(), stopping);
            if (granted.Items.FirstOrDefault(item => (int)item.ResultCode >= 0x80) is { } refused)
                throw new MqttCommunicationException($"the broker refused the subscription to {refused.TopicFilter.Topic}: {refused.ResultCode}");
            link.Use(client);
            connected();
            Connected();
            await lost.Task.WaitAsync(stopping);
        }
        finally
        {
            link.Use(null);
            evidence.Disconnect();
            if (client.IsConnected)
                await client.TryDisconnectAsync();
        }
    }

    /// <summary>Schedulers that share a database are connected side by side: with one id for all, each would end the other's connection.</summary>
    internal static string ClientId(SchedulerOptions options) =>
        options.Database is null || options.Mqtt.Embedded is not null ? TopicAccess.SchedulerClient : $"{TopicAccess.SchedulerClient}-{options.Name}";

    private MqttClientOptions Options()
    {
        var builder = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(ClientId(options))
            .WithCleanStart()
            .WithSessionExpiryInterval(0)
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(10))
            .WithTimeout(TimeSpan.FromSeconds(10))
            .WithMaximumPacketSize(EmbeddedBroker.MaximumPacket);
        if (options.Mqtt.Embedded is { } own)
        {
            builder.WithEndPoint(embedded.EndPoint).WithCredentials(
                TopicAccess.SchedulerClient, SecretFile.ReadText(Path.Combine(own.Secrets, TopicAccess.SchedulerClient)));
            // To ourselves over loopback: the certificate that we present names the machine, not 127.0.0.1.
            if (own.Tls is not null)
                builder.WithTlsOptions(tls => tls.UseTls().WithCertificateValidationHandler(seen => embedded.IsOwn(seen.Certificate)));
            return builder.Build();
        }

        var broker = options.Mqtt.Broker!;
        var url = new Uri(broker.Url);
        var secure = url.Scheme == "mqtts";
        builder.WithTcpServer(url.Host, url.Port > 0 ? url.Port : secure ? 8883 : 1883);
        if (broker.User is not null || broker.PasswordFile is not null)
            builder.WithCredentials(broker.User ?? TopicAccess.SchedulerClient, broker.PasswordFile is { } file ? SecretFile.ReadText(file) : "");
        if (secure)
            builder.WithTlsOptions(tls =>
            {
                tls.UseTls().WithTargetHost(url.Host);
                if (broker.Authorities is { } authority)
                {
                    var trusted = new X509Certificate2Collection();
                    trusted.ImportFromPemFile(authority);
                    tls.WithTrustChain(trusted).WithRevocationMode(X509RevocationMode.NoCheck);
                }
            });
        return builder.Build();
    }

    [LoggerMessage(3601, LogLevel.Information, "Connected to the broker.")]
    private partial void Connected();

    [LoggerMessage(3602, LogLevel.Warning, "Not connected to the broker: {Reason}. Nothing is released until it is; trying again in {Seconds} s.")]
    private partial void NotConnected(string reason, double seconds);
}
