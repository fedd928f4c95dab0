using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Messaging;

/// <summary>Sends to agents and gateways. What cannot be sent now is not sent later: safety rests on expiry, and whoever needs it asks again.</summary>
internal sealed partial class AgentLink(Leadership leadership, ILogger<AgentLink> log)
{
    private static readonly TimeSpan RetainedFor = TimeSpan.FromDays(3_650);
    private volatile IMqttClient? client;

    /// <summary>The broker answers.</summary>
    public bool IsConnected => client is { IsConnected: true };

    public void Use(IMqttClient? connected) => client = connected;

    /// <returns>False when it was not sent.</returns>
    public Task<bool> SendAsync<T>(string topic, T message, JsonTypeInfo<T> json, TimeSpan expiry, CancellationToken cancellation) =>
        SendAsync(topic, JsonSerializer.SerializeToUtf8Bytes(message, json), expiry, retain: false, cancellation);

    /// <inheritdoc cref="SendAsync{T}"/>
    public Task<bool> SendAsync(string topic, string token, TimeSpan expiry, CancellationToken cancellation) =>
        SendAsync(topic, System.Text.Encoding.ASCII.GetBytes(token), expiry, retain: false, cancellation);

    /// <summary>For what permits nothing: the broker keeps it for whoever comes later.</summary>
    /// <inheritdoc cref="SendAsync{T}"/>
    public Task<bool> SendRetainedAsync(string topic, string token, CancellationToken cancellation) =>
        SendAsync(topic, System.Text.Encoding.ASCII.GetBytes(token), RetainedFor, retain: true, cancellation);

    private async Task<bool> SendAsync(string topic, byte[] payload, TimeSpan expiry, bool retain, CancellationToken cancellation)
    {
        // What is sent follows a record of this term; one that has ended meanwhile sends nothing more.
        if (!leadership.Acts)
        {
            NotSent(topic, "this scheduler does not lead");
            return false;
        }

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
                    .WithRetainFlag(retain)
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
