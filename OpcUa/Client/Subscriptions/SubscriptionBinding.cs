namespace PatchEdge.OpcUa.Client;

/// <summary>What ties a subscription to the server for as long as one connection lasts. Replaced as a whole; calls through an old one fail.</summary>
internal sealed class SubscriptionBinding(ConnectionKeeper keeper, Session session, uint subscriptionId)
{
    public Session Session => session;

    public uint SubscriptionId => subscriptionId;

    /// <summary>As last read from the server.</summary>
    public IReadOnlyList<string?> Namespaces => keeper.Server.NamespaceArray;

    /// <summary>Creating items may take a server under load far longer than anything else.</summary>
    public TimeSpan ItemTimeout => keeper.Options.OperationTimeout * 4;
}
