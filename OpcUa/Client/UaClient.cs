using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A connection to one OPC UA server that looks after itself: after the first <see cref="ConnectAsync"/> one loop keeps it, brings
/// it back after a loss and repairs its subscriptions. Services may be called from anywhere at any time; while the connection is
/// away they throw BadServerNotConnected at once.
/// </summary>
public sealed partial class UaClient : IAsyncDisposable
{
    public UaClient(UaClientOptions options)
    {
        options.Validate();
        Options = options;
    }

    public UaClientOptions Options { get; }

    public UaClientState State { get; private set; }

    /// <summary>What the server said about itself; empty before the first connection, the last known while it is away.</summary>
    public ServerInformation Server { get; private set; } = ServerInformation.Unknown;

    public ClientCounters Counters { get; private set; }

    /// <summary>What is worth a log line. Handlers run on the client's loops and must not block.</summary>
    public event Action<UaClientEvent>? Diagnostics;

    /// <summary>Connects and activates a session. May be called again after it failed.</summary>
    /// <exception cref="UaException">Why there is no connection, and what to do about it.</exception>
    public Task ConnectAsync(CancellationToken cancellation) { Diagnostics?.Invoke(null!); throw new NotImplementedException(); }

    /// <summary>Creates a subscription, without items at first.</summary>
    public Task<Subscription> SubscribeAsync(SubscriptionOptions options, ISubscriptionSink sink, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Reads the server's state, limits, namespaces and clock again now.</summary>
    public Task<ServerInformation> RefreshServerAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Deletes the subscriptions, closes the session and the channel; bounded by the operation timeout.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
