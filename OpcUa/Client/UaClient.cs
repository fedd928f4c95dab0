using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// A connection to one OPC UA server that looks after itself: after the first <see cref="ConnectAsync"/> one loop keeps it, brings
/// it back after a loss and repairs its subscriptions. Services may be called from anywhere at any time; while the connection is
/// away they throw BadServerNotConnected at once.
/// </summary>
public sealed partial class UaClient : IAsyncDisposable
{
    private readonly ConnectionKeeper keeper;
    private readonly NodeBrowser browser;
    private readonly HistoryReader history;

    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public UaClient(UaClientOptions options)
    {
        options.Validate();
        keeper = new ConnectionKeeper(options);
        browser = new NodeBrowser(keeper.RequireSession, keeper.Batches);
        history = new HistoryReader(keeper.RequireSession, keeper.Batches);
    }

    public UaClientOptions Options => keeper.Options;

    public UaClientState State => keeper.State;

    /// <summary>What the server said about itself; empty before the first connection, the last known while it is away.</summary>
    public ServerInformation Server => keeper.Server;

    public ClientCounters Counters => keeper.Diagnostics.Counters;

    /// <summary>What is worth a log line. Handlers run on the client's loops and must not block.</summary>
    public event Action<UaClientEvent>? Diagnostics
    {
        add => keeper.Diagnostics.Raised += value;
        remove => keeper.Diagnostics.Raised -= value;
    }

    /// <summary>Connects and activates a session. May be called again after it failed.</summary>
    /// <exception cref="UaException">Why there is no connection, and what to do about it.</exception>
    public Task ConnectAsync(CancellationToken cancellation) => keeper.ConnectAsync(cancellation);

    /// <summary>Creates a subscription, without items at first.</summary>
    public async Task<Subscription> SubscribeAsync(SubscriptionOptions options, ISubscriptionSink sink, CancellationToken cancellation)
    {
        options.Validate();
        var subscription = new Subscription(keeper, options, sink);
        try
        {
            await subscription.StartAsync(keeper.RequireSession(), cancellation).ConfigureAwait(false);
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return subscription;
    }

    /// <summary>Reads the server's state, limits, namespaces and clock again now.</summary>
    public Task<ServerInformation> RefreshServerAsync(CancellationToken cancellation) => keeper.RefreshAsync(cancellation);

    /// <summary>Ends the subscriptions, closes the session and the channel; waits five seconds at most for a server that hangs.</summary>
    public ValueTask DisposeAsync() => keeper.DisposeAsync();
}
