using System.Net;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Discovery;
using PatchEdge.OpcUa.Server.Methods;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Server.View;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server;

/// <summary>Everything of a server that lives from one start to its stop.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    private readonly UaServerOptions options;
    private readonly EndpointCatalogue catalogue;
    private readonly ServerListener listener;
    private readonly ApplicationCertificate? own;
    private readonly SessionEnding ending;
    private readonly SessionService sessionService;
    private readonly ServiceDispatcher dispatcher;
    private readonly RunningTasks running = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Action<UaServerEvent> report;
    private Task watching = Task.CompletedTask;

    public ServerRun(UaServerOptions options, AddressSpace space, UaServerFaults faults, IPEndPoint address, Action<UaServerEvent> report)
    {
        this.options = options;
        this.report = report;
        ServerLimits limits = options.Limits;
        own = options.CertificateStore?.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = options.ApplicationName, ApplicationUri = options.ApplicationUri });
        catalogue = new EndpointCatalogue(options, own);
        var responder = new Responder(faults, options.TimeProvider);
        Sessions = new SessionTable(limits);
        Subscriptions = new SubscriptionTable(limits, responder, options.TimeProvider, running, report);
        ending = new SessionEnding(Sessions, Subscriptions, responder, running, options.TimeProvider, report);
        sessionService = new SessionService(options, own, catalogue, Sessions, ending, report);
        var rooms = new ServerRooms
        {
            Discovery = catalogue,
            Sessions = sessionService,
            View = new ViewService(limits, space),
            Attributes = new AttributeService(limits, space, report),
            History = new HistoryService(limits, space),
            Methods = new CallService(limits, space, report),
            Subscriptions = new SubscriptionService(limits, Subscriptions, responder, running, options.TimeProvider),
            Items = new MonitoredItemService(limits, space, Subscriptions),
        };
        dispatcher = new ServiceDispatcher(rooms, responder, running, faults, report);
        listener = new ServerListener(new ServerListenerOptions
        {
            Address = address,
            Offered = [.. options.Endpoints.Select(endpoint => (endpoint.Policy, endpoint.Mode))],
            OwnCertificate = own,
            Validator = options.CertificateStore is { } store ? new CertificateValidator(store, options.TimeProvider, options.CertificateLeniency) : null,
            OnRequest = dispatcher.HandleAsync,
            OnClosed = OnClosed,
            OnRefused = (peer, reason) => report(new UaServerEvent(UaServerEventKind.ConnectionRefused, peer, reason.Status, reason.Message)),
            MaxConnections = limits.MaxConnections,
            MaxConnectionsPerAddress = limits.MaxConnectionsPerAddress,
            ShortestLifetime = limits.ShortestTokenLifetime,
            LongestLifetime = limits.LongestTokenLifetime,
            Limits = options.Transport,
            TimeProvider = options.TimeProvider,
        });
    }

    public SessionTable Sessions { get; }
    public SubscriptionTable Subscriptions { get; }
    public long RejectedSessions => sessionService.Refused;
    public long TimedOutSessions => ending.TimedOut;
    public long RejectedRequests => dispatcher.Rejected;

    /// <summary>Begins to listen; returns the endpoint URL with the bound port.</summary>
    public string Start()
    {
        listener.Start();
        var url = new UriBuilder(options.EndpointUrl) { Port = listener.LocalEndPoint.Port };
        catalogue.BoundEndpointUrl = url.Path == "/" ? $"{url.Scheme}://{url.Host}:{url.Port}" : url.Uri.ToString();
        watching = ending.WatchAsync(stopping.Token);
        return catalogue.BoundEndpointUrl;
    }

    public void CutConnections() => listener.CutConnections(new UaException(StatusCodes.BadConnectionClosed, "Cut by a fault hook", "connection"));

    public void ForgetSubscriptions() => running.Add(Subscriptions.DeleteAllAsync());

    public void ForgetSessions()
    {
        foreach (ServerSession session in Sessions.All)
            running.Add(ending.EndAsync(session, deleteSubscriptions: true, UaServerEventKind.SessionClosed, StatusCodes.BadSessionIdInvalid));
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
        foreach (ServerSession session in Sessions.All)
            await ending.EndAsync(session, deleteSubscriptions: true, UaServerEventKind.SessionClosed, StatusCodes.BadShutdown).ConfigureAwait(false);
        await Subscriptions.DeleteAllAsync().ConfigureAwait(false);
        await running.WhenAllEnded().ConfigureAwait(false);
        own?.Dispose();
        stopping.Dispose();
    }

    private void OnClosed(ServerChannel channel, UaException reason)
    {
        // Nobody will read the answers to what waited on this channel; the messages stay for Republish.
        foreach (ServerSession session in Sessions.All) session.Publishes.TakeWhere(parked => parked.Channel == channel);
        report(new UaServerEvent(UaServerEventKind.ChannelClosed, channel.Peer, reason.Status, reason.Message));
    }
}
