using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>Tells a session what became of a subscription that it no longer has (Part 4 §7.25.4).</summary>
internal sealed record StatusNotice(uint SubscriptionId, uint SequenceNumber, StatusCode Status);
