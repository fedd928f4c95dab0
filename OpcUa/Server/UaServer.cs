using System.Net;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Nodes.Standard;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server;

/// <summary>
/// An OPC UA server over opc.tcp. Make it, fill its <see cref="AddressSpace"/>, start it, feed the variables; the address space
/// may change while it runs. Stopped, it may be started again: sessions and subscriptions are gone then, nodes and values stay.
/// </summary>
public sealed class UaServer : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private ServerRun? run;
    private DateTime startTime;

    /// <exception cref="ArgumentException">The options do not hold together.</exception>
    public UaServer(UaServerOptions options)
    {
        options.Validate();
        Options = options;
        startTime = options.TimeProvider.GetUtcNow().UtcDateTime;
        AddressSpace? space = null;
        var counters = new ServerCounters
        {
            CurrentSessions = () => (uint)(run?.Sessions.Count ?? 0),
            CumulatedSessions = () => (uint)(run?.Sessions.Created ?? 0),
            RejectedSessions = () => (uint)(run?.RejectedSessions ?? 0),
            TimedOutSessions = () => (uint)(run?.TimedOutSessions ?? 0),
            CurrentSubscriptions = () => (uint)(run?.Subscriptions.Count ?? 0),
            CumulatedSubscriptions = () => (uint)(run?.Subscriptions.Created ?? 0),
            RejectedRequests = () => (uint)(run?.RejectedRequests ?? 0),
        };
        ServerValues values = ServerObject.Bind(options, Faults, () => space!.Namespaces, () => startTime, counters, GetMonitoredItems);
        AddressSpace = space = new AddressSpace(options.ApplicationUri, values, options.TimeProvider);
        Faults.OnCut = () => run?.CutConnections();
        Faults.OnForgetSubscriptions = () => run?.ForgetSubscriptions();
        Faults.OnForgetSessions = () => run?.ForgetSessions();
    }

    public UaServerOptions Options { get; }
    public AddressSpace AddressSpace { get; }
    public UaServerFaults Faults { get; } = new();

    /// <summary>The endpoint URL with the port that was really bound. After a stop the last one, which the next start tries to take again.</summary>
    public string BoundEndpointUrl { get; private set; } = "";

    /// <summary>Sessions that are open now.</summary>
    public int SessionCount => run?.Sessions.Count ?? 0;

    /// <summary>Subscriptions that exist now, with or without a session.</summary>
    public int SubscriptionCount => run?.Subscriptions.Count ?? 0;

    /// <summary>Monitored items of all subscriptions.</summary>
    public int MonitoredItemCount => run?.Subscriptions.ItemCount ?? 0;

    /// <summary>Raised from any thread; handlers must not block.</summary>
    public event Action<UaServerEvent>? Diagnostics;

    /// <summary>Binds, listens and begins to answer. Makes the application certificate on the first run.</summary>
    /// <exception cref="InvalidOperationException">It runs already.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (run is not null) throw new InvalidOperationException("The server runs already. Stop it first.");
            var url = new Uri(BoundEndpointUrl.Length == 0 ? Options.EndpointUrl : BoundEndpointUrl);
            IPAddress address = await ResolveAsync(url.Host, cancellationToken).ConfigureAwait(false);
            var started = new ServerRun(Options, AddressSpace, Faults, new IPEndPoint(address, Math.Max(url.Port, 0)), Report);
            try
            {
                BoundEndpointUrl = started.Start();
            }
            catch
            {
                await started.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            startTime = Options.TimeProvider.GetUtcNow().UtcDateTime;
            Faults.SetServerState(ServerState.Running);
            run = started;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Ends subscriptions, sessions and connections. Safe to repeat.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (run is not { } stopping) return;
            Faults.SetServerState(ServerState.Shutdown);
            // What waits for the silence to end would otherwise wait for ever.
            Faults.Resume();
            run = null;
            await stopping.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        turn.Dispose();
    }

    private void Report(UaServerEvent happened) => Diagnostics?.Invoke(happened);

    /// <summary>GetMonitoredItems of the Server object (Part 5 §9.1).</summary>
    private ValueTask<CallMethodResult> GetMonitoredItems(CallContext context, Variant[] input)
    {
        uint id = input[0].Get<uint>();
        if (run?.Subscriptions.Find(id) is not { } subscription)
            return ValueTask.FromResult(new CallMethodResult { StatusCode = StatusCodes.BadSubscriptionIdInvalid });
        if (subscription.Session is not { } session || session.SessionId != context.SessionId)
            return ValueTask.FromResult(new CallMethodResult { StatusCode = StatusCodes.BadUserAccessDenied });
        var items = subscription.Items();
        return ValueTask.FromResult(new CallMethodResult
        {
            OutputArguments = [Variant.FromArray(Array.ConvertAll(items, item => item.Id)), Variant.FromArray(Array.ConvertAll(items, item => item.ClientHandle))],
        });
    }

    private static async Task<IPAddress> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)) return address;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        return found.Length > 0 ? found[0] : throw new ArgumentException($"The host '{host}' of EndpointUrl has no address. Use an address of this machine.");
    }
}
