namespace PatchEdge.OpcUa.Client;

/// <summary>What ties a subscription to the server for as long as one connection lasts. Replaced as a whole; calls through an old one fail.</summary>
internal sealed record SubscriptionBinding(Session Session, uint SubscriptionId, IReadOnlyList<string?> Namespaces)
{
    /// <summary>Creating items may take a server under load far longer than anything else.</summary>
    public required TimeSpan ItemTimeout { get; init; }
}
