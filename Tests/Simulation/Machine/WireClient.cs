using System.Buffers;
using MQTTnet;
using MQTTnet.Diagnostics.PacketInspection;
using MQTTnet.Exceptions;
using MQTTnet.Packets;

namespace PatchEdge.Simulation.Machine;

/// <summary>One program's connection, where an MQTT client over TCP would be. It is the process boundary: what a program does not do through it, it does not do.</summary>
internal sealed class WireClient(World world, Wire wire, Life life, TimeProvider time, Func<string, bool>? dies = null) : IMqttClient
{
    private readonly List<string> filters = [];

    public event Func<MqttApplicationMessageReceivedEventArgs, Task>? ApplicationMessageReceivedAsync;

    public event Func<MqttClientConnectedEventArgs, Task>? ConnectedAsync;

    public event Func<MqttClientConnectingEventArgs, Task>? ConnectingAsync
    {
        add { }
        remove { }
    }

    public event Func<MqttClientDisconnectedEventArgs, Task>? DisconnectedAsync;

    public event Func<InspectMqttPacketEventArgs, Task>? InspectPacketAsync
    {
        add { }
        remove { }
    }

    public bool IsConnected { get; private set; }

    public MqttClientOptions Options { get; } = new();

    public async Task<MqttClientConnectResult> ConnectAsync(MqttClientOptions options, CancellationToken cancellationToken = default)
    {
        await Task.Delay(world.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(200)), time, cancellationToken);
        IsConnected = true;
        filters.Clear();
        wire.Join(this);
        if (ConnectedAsync is { } connected)
            await connected(new MqttClientConnectedEventArgs(new MqttClientConnectResult()));
        return new MqttClientConnectResult();
    }

    public Task<MqttClientSubscribeResult> SubscribeAsync(MqttClientSubscribeOptions options, CancellationToken cancellationToken = default)
    {
        filters.AddRange(options.TopicFilters.Select(filter => filter.Topic));
        return Task.FromResult(new MqttClientSubscribeResult(0, [], "", []));
    }

    public async Task<MqttClientPublishResult> PublishAsync(MqttApplicationMessage applicationMessage, CancellationToken cancellationToken = default)
    {
        if (!IsConnected)
            throw new MqttCommunicationException("The wire is cut.");
        if (dies?.Invoke("before " + applicationMessage.Topic) == true)
            await Life.Never;
        wire.Send(applicationMessage);
        if (dies?.Invoke("after " + applicationMessage.Topic) == true)
            await Life.Never;
        await Task.Delay(world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(30)), time, cancellationToken);
        return IsConnected
            ? new MqttClientPublishResult(0, MqttClientPublishReasonCode.Success, "", [])
            : throw new MqttCommunicationException("The wire was cut.");
    }

    public Task DisconnectAsync(MqttClientDisconnectOptions options, CancellationToken cancellationToken = default)
    {
        Drop();
        return Task.CompletedTask;
    }

    public Task PingAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendEnhancedAuthenticationExchangeDataAsync(MqttEnhancedAuthenticationExchangeData data, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<MqttClientUnsubscribeResult> UnsubscribeAsync(MqttClientUnsubscribeOptions options, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public bool Hears(string topic) => IsConnected && !life.IsOver && filters.Exists(filter => MqttTopicFilterComparer.Compare(topic, filter) == MqttTopicFilterCompareResult.IsMatch);

    public void Take(string topic, byte[] payload, bool retained, Action taken)
    {
        if (!IsConnected)
            return;
        life.Post(_ =>
        {
            taken();
            var message = new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload), Retain = retained };
            ApplicationMessageReceivedAsync?.Invoke(new MqttApplicationMessageReceivedEventArgs("", message, new MqttPublishPacket { Topic = topic }, null));
        }, null);
    }

    public void Drop()
    {
        wire.Leave(this);
        if (!IsConnected)
            return;
        IsConnected = false;
        life.Do(() => DisconnectedAsync?.Invoke(new MqttClientDisconnectedEventArgs(true, new MqttClientConnectResult(), MqttClientDisconnectReason.UnspecifiedError, "cut", [], null)));
    }

    public void Dispose() => wire.Leave(this);
}
