using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;

namespace PatchEdge.Scheduler.Messaging;

/// <summary>Sends to agents and gateways. What cannot be sent now is not sent later: safety rests on expiry, and whoever needs it asks again.</summary>
internal sealed partial class AgentLink(ILogger<AgentLink> log)
{
    private volatile IMqttClient? client;

    /// <summary>The broker answers.</summary>
    public bool IsConnected => client is { IsConnected: true };

    public void Use(IMqttClient? connected) => client = connected;

    /// <returns>False when it was not sent.</returns>
    public Task<bool> SendAsync<T>(string topic, T message, JsonTypeInfo<T> json, TimeSpan expiry, CancellationToken cancellation) =>
        SendAsync(topic, JsonSerializer.SerializeToUtf8Bytes(message, json), expiry, cancellation);

    /// <inheritdoc cref="SendAsync{T}"/>
    public Task<bool> SendAsync(string topic, string token, TimeSpan expiry, CancellationToken cancellation) =>
        SendAsync(topic, System.Text.Encoding.ASCII.GetBytes(token), expiry, cancellation);

    private async Task<bool> SendAsync(string topic, byte[] payload, TimeSpan expiry, CancellationToken cancellation)
    {
        if (client is not { IsConnected: true } connected)
        {
            NotSent(topic, "the broker is not connected");
            return false;
        }

        try
        {
            var result = await connected.PublishAsync(
                new MqttApplicationMessageBuilder()
                    .WithTopic(topic)
                    .WithPayload(payload)
                    .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                    .WithRetainFlag(false)
                    .WithMessageExpiryInterval((uint)Math.Max(1, Math.Ceiling(expiry.TotalSeconds)))
                    .Build(),
                cancellation);
            return result.IsSuccess;
        }
        catch (Exception exception) when (exception is MqttCommunicationException or OperationCanceledException or InvalidOperationException or ObjectDisposedException
            && !cancellation.IsCancellationRequested)
        {
            NotSent(topic, exception.Message);
            return false;
        }
    }

    [LoggerMessage(3501, LogLevel.Warning, "Nothing was sent on {Topic}: {Reason}.")]
    private partial void NotSent(string topic, string reason);
}
