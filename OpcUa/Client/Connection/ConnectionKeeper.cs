using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// The one owner of a client's connection: makes it, watches it, brings it back. Everybody else borrows <see cref="ActiveSession"/>
/// for a call and hears of a loss as that call's exception.
/// </summary>
internal sealed partial class ConnectionKeeper : IAsyncDisposable
{
    private readonly ChannelOpener opener;
    private readonly ServerReader reader;
    private readonly ConnectionWatch watch;
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim connecting = new(1);
    private Session? session;
    private Session? active;
    private PublishPump? pump;
    private ServerInformation server = ServerInformation.Unknown;
    private Task keeping = Task.CompletedTask;
    private UaException lostBecause = NotConnected("UaClient");
    private int state;
    private int resumeTimeouts;
    private int disposed;
    private int shortLived;
    private long connectedAt;

    public ConnectionKeeper(UaClientOptions options)
    {
        Options = options;
        Diagnostics = new ClientDiagnostics(options.TimeProvider);
        Batches = new OperationBatches(Diagnostics, options.MaxOperationsPerCall);
        reader = new ServerReader(Batches, options.TimeProvider);
        watch = new ConnectionWatch(this, reader);
        opener = new ChannelOpener(options)
        {
            TokenRenewed = lifetime => Diagnostics.Raise(at => new UaClientEvent.TokenRenewed(at, lifetime)),
            ResponseDropped = Diagnostics.Dropped,
            ValuesMalformed = Diagnostics.CountMalformed,
        };
        Subscriptions.Registered = _ => WakePump();
    }

    public UaClientOptions Options { get; }
    public ClientDiagnostics Diagnostics { get; }
    public OperationBatches Batches { get; }
    public SubscriptionSet Subscriptions { get; } = new();
    public TimeProvider Time => Options.TimeProvider;

    public UaClientState State => (UaClientState)Volatile.Read(ref state);

    public ServerInformation Server => Volatile.Read(ref server);

    /// <summary>A server that hangs must not hold up the end of a client for long.</summary>
    private TimeSpan Farewell => Options.OperationTimeout < TimeSpan.FromSeconds(5) ? Options.OperationTimeout : TimeSpan.FromSeconds(5);

    /// <summary>The session to call; null while there is none.</summary>
    public Session? ActiveSession => Volatile.Read(ref active);

    public static UaException NotConnected(string where) =>
        new(StatusCodes.BadServerNotConnected, "There is no connection to the server", where, "Connect first, or wait until the client has reconnected");

    /// <summary>The session to call, or the reason why there is none.</summary>
    public Session RequireSession() => ActiveSession ?? throw (State == UaClientState.Reconnecting
        ? new UaException(StatusCodes.BadServerNotConnected, $"The connection was lost: {lostBecause.What}", Options.EndpointUrl, "The client is reconnecting; call again when it has")
        : NotConnected(Options.EndpointUrl));

    public void WakePump() => Volatile.Read(ref pump)?.Wake();

    public async Task ConnectAsync(CancellationToken cancellation)
    {
        await connecting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(State == UaClientState.Closed, typeof(UaClient));
            if (State is UaClientState.Connected or UaClientState.Reconnecting)
                return;
            Enter(UaClientState.Connecting);
            try
            {
                await EstablishAsync(cancellation).ConfigureAwait(false);
            }
            catch
            {
                opener.Forget();
                Enter(UaClientState.Disconnected);
                throw;
            }
            connectedAt = Time.GetTimestamp();
            Enter(UaClientState.Connected);
            keeping = KeepAsync();
        }
        finally
        {
            connecting.Release();
        }
    }

    public async Task<ServerInformation> RefreshAsync(CancellationToken cancellation)
    {
        var read = await reader.ReadAllAsync(RequireSession(), Server, cancellation).ConfigureAwait(false);
        Learn(read);
        return read;
    }

    /// <summary>What the server says of itself now; every sink hears of a change of its state.</summary>
    public void Learn(ServerInformation current)
    {
        var previous = Interlocked.Exchange(ref server, current);
        if (previous.Endpoint is not null)
            Subscriptions.TellState(previous, current, Arrival.Now(Time));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await Task.WhenAll(Subscriptions.Snapshot().Select(subscription => subscription.EndAsync(deleteAtServer: false).AsTask())).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        await connecting.WaitAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        await StopPumpAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref active, null) is { } open)
        {
            try
            {
                await open.CloseAsync(deleteSubscriptions: true, Farewell).ConfigureAwait(false);
                await open.Channel.Channel.CloseAsync().ConfigureAwait(false);
            }
            catch (UaException)
            {
                // The session ends by itself when its time is over.
            }
        }
        if (session is not null)
            await session.Channel.DisposeAsync().ConfigureAwait(false);
        opener.Dispose();
        Enter(UaClientState.Closed);
        connecting.Dispose();
        stopping.Dispose();
    }

    private void Enter(UaClientState next)
    {
        var previous = (UaClientState)Interlocked.Exchange(ref state, (int)next);
        if (previous != next)
            Diagnostics.Raise(at => new UaClientEvent.StateChanged(at, previous, next));
    }

    private async Task KeepAsync()
    {
        await Task.Yield();
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                var reason = await watch.RunAsync(session!, stopping.Token).ConfigureAwait(false);
                await LoseAsync(reason).ConfigureAwait(false);
                await ReconnectAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The client is disposed.
        }
    }

    private async Task LoseAsync(UaException reason)
    {
        lostBecause = reason;
        Volatile.Write(ref active, null);
        Enter(UaClientState.Reconnecting);
        Diagnostics.Raise(at => new UaClientEvent.ConnectionLost(at, reason));
        session!.Channel.Channel.Abort(reason);
        await StopPumpAsync().ConfigureAwait(false);
        await session.Channel.DisposeAsync().ConfigureAwait(false);
        Subscriptions.Disconnect(reason, Arrival.Now(Time));
    }

    private async Task ReconnectAsync()
    {
        var lostAt = Time.GetTimestamp();
        // A server that takes every connection and drops it again would keep both sides busy for nothing.
        shortLived = Time.GetElapsedTime(connectedAt) < Options.ReconnectBackoff.Longest ? shortLived + 1 : 0;
        await Task.Delay(Options.ReconnectBackoff.Delay(shortLived - 1, Random.Shared.NextDouble()), Time, stopping.Token).ConfigureAwait(false);
        for (var attempt = 0; ; attempt++)
        {
            stopping.Token.ThrowIfCancellationRequested();
            try
            {
                var resumed = await EstablishAsync(CancellationToken.None).ConfigureAwait(false);
                Diagnostics.CountReconnect();
                connectedAt = Time.GetTimestamp();
                Enter(UaClientState.Connected);
                Diagnostics.Raise(at => new UaClientEvent.Reconnected(at, resumed, attempt + 1, Time.GetElapsedTime(lostAt)));
                return;
            }
#pragma warning disable CA1031 // Certificates may be unreadable, a disk full: whatever it is, the next attempt may find it gone.
            catch (Exception failure) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                var failed = failure as UaException
                    ?? new UaException(StatusCodes.BadInternalError, $"Connecting failed: {failure.Message}", Options.EndpointUrl, "The client tries again; report this with the log if it stays", failure);
                // The server may be back with another certificate or other endpoints.
                opener.Forget();
                var wait = Options.ReconnectBackoff.Delay(attempt + 1, Random.Shared.NextDouble());
                Diagnostics.Raise(at => new UaClientEvent.ReconnectFailed(at, attempt + 1, failed, wait));
                await Task.Delay(wait, Time, stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task StopPumpAsync()
    {
        if (Interlocked.Exchange(ref pump, null) is { } running)
            await running.DisposeAsync().ConfigureAwait(false);
    }
}
