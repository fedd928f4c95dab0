namespace PatchEdge.Agent.Messaging;

/// <summary>A message from the broker, not yet believed.</summary>
internal sealed record Mail(string Topic, ReadOnlyMemory<byte> Payload, bool Retained);

/// <summary>A message to the broker, at least once.</summary>
/// <param name="Topic">One of this host's own.</param>
/// <param name="Payload">UTF-8 JSON.</param>
/// <param name="Expiry">The broker drops it after this.</param>
/// <param name="Retain">Only a heartbeat is.</param>
internal sealed record Letter(string Topic, byte[] Payload, TimeSpan Expiry, bool Retain = false);
