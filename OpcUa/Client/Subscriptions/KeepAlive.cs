namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A message without notifications, in order (Part 4 §5.14.1.1): nothing that is monitored changed since the message before it.
/// </summary>
/// <param name="NextSequenceNumber">Number that the next notification message will carry; nothing to acknowledge.</param>
public sealed record KeepAlive(Subscription Subscription, int Epoch, uint NextSequenceNumber, DateTime PublishTime, Arrival ReceivedAt);
