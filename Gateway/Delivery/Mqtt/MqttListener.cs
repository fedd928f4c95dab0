using System.Buffers;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>A topic that a gateway listens to.</summary>
/// <param name="Topic">See <see cref="Plant.Messages.Topics"/>.</param>
/// <param name="Heard">Takes each message, with whether it was, or was to be, retained; must not block or throw. The payload is valid only during the call.</param>
internal sealed record MqttListener(string Topic, Action<ReadOnlySequence<byte>, bool> Heard);
