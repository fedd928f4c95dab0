using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Discovery;
using PatchEdge.OpcUa.Server.Methods;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Server.View;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Requests;

/// <summary>The rooms that answer.</summary>
internal sealed record ServerRooms
{
    public required EndpointCatalogue Discovery { get; init; }
    public required SessionService Sessions { get; init; }
    public required ViewService View { get; init; }
    public required AttributeService Attributes { get; init; }
    public required HistoryService History { get; init; }
    public required CallService Methods { get; init; }
    public required SubscriptionService Subscriptions { get; init; }
    public required MonitoredItemService Items { get; init; }
}

/// <summary>
/// Decodes a request, finds its session, hands it to the room that answers, and turns a refusal into a ServiceFault. A channel
/// calls it for one request after the other; only method calls go on beside.
/// </summary>
internal sealed class ServiceDispatcher(ServerRooms rooms, Responder responder, RunningTasks running, UaServerFaults faults, Action<UaServerEvent> report)
{
    public long Rejected => Volatile.Read(ref rejected);

    private long rejected;

    public async ValueTask HandleAsync(ServerChannel channel, uint requestId, PooledMessage message)
    {
        await faults.WhenAnswering(CancellationToken.None).ConfigureAwait(false);
        if (await DecodeAsync(channel, requestId, message).ConfigureAwait(false) is not { } request) return;
        uint handle = request.RequestHeader.RequestHandle;
        try
        {
            if (await AnswerAsync(channel, requestId, request).ConfigureAwait(false) is { } response)
                await responder.SendAsync(channel, requestId, handle, response, CancellationToken.None).ConfigureAwait(false);
        }
        catch (UaException refusal)
        {
            await RefuseAsync(channel, requestId, handle, refusal.Status).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await RefuseAsync(channel, requestId, handle, StatusCodes.BadSessionClosed).ConfigureAwait(false);
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            // The client's request found a fault of ours: it hears so, its channel and everybody else's go on.
            report(new UaServerEvent(UaServerEventKind.HandlerFailed, channel.Peer, StatusCodes.BadInternalError, $"{request.GetType().Name} failed: {bug}"));
            await RefuseAsync(channel, requestId, handle, StatusCodes.BadInternalError).ConfigureAwait(false);
        }
    }

    /// <summary>Null when the request was refused already: with a fault where its header can be read, else by closing the channel.</summary>
    private async ValueTask<IServiceRequest?> DecodeAsync(ServerChannel channel, uint requestId, PooledMessage message)
    {
        using (message)
        {
            try
            {
                return ServiceMessages.DecodeRequest(message.Span, DecodingLimits.Request);
            }
            catch (UaException malformed)
            {
                if (ServiceMessages.TryDecodeRequestHeader(message.Span) is not { } header)
                {
                    await channel.CloseAsync(malformed).ConfigureAwait(false);
                    return null;
                }
                await RefuseAsync(channel, requestId, header.RequestHandle, malformed.Status).ConfigureAwait(false);
                return null;
            }
        }
    }

    private ValueTask RefuseAsync(ServerChannel channel, uint requestId, uint handle, StatusCode status)
    {
        Interlocked.Increment(ref rejected);
        return responder.FaultAsync(channel, requestId, handle, status, CancellationToken.None);
    }

    /// <summary>The response, or null when it comes later or was sent already.</summary>
    private async ValueTask<IServiceResponse?> AnswerAsync(ServerChannel channel, uint requestId, IServiceRequest request)
    {
        switch (request)
        {
            case FindServersRequest find: return rooms.Discovery.FindServers(find);
            case GetEndpointsRequest get: return rooms.Discovery.GetEndpoints(get);
        }
        if (channel.IsForDiscoveryOnly)
            throw new UaException(StatusCodes.BadSecurityPolicyRejected, "Without security only discovery is answered", "SecureChannel", "Open a channel as GetEndpoints offers it");
        switch (request)
        {
            case CreateSessionRequest create: return await rooms.Sessions.CreateAsync(channel, create).ConfigureAwait(false);
            case ActivateSessionRequest activate: return await rooms.Sessions.ActivateAsync(channel, activate).ConfigureAwait(false);
            case CloseSessionRequest close: return await rooms.Sessions.CloseAsync(channel, close).ConfigureAwait(false);
        }
        ServerSession session = await rooms.Sessions.RequireAsync(channel, request.RequestHeader.AuthenticationToken).ConfigureAwait(false);
        switch (request)
        {
            case PublishRequest publish:
                rooms.Subscriptions.Publish(session, channel, requestId, publish);
                return null;
            case RepublishRequest republish:
                await rooms.Subscriptions.RepublishAsync(session, channel, requestId, republish).ConfigureAwait(false);
                return null;
            case CallRequest call:
                BeginCall(session, channel, requestId, call);
                return null;
            case CancelRequest cancel:
                (CancelResponse response, List<ParkedPublish> cancelled) = SessionService.Cancel(session, cancel);
                foreach (ParkedPublish parked in cancelled) running.Add(responder.FaultAsync(parked, StatusCodes.BadRequestCancelledByClient, session.Ended));
                return response;
            case DeleteSubscriptionsRequest delete:
                return await rooms.Subscriptions.DeleteAsync(session, delete).ConfigureAwait(false);
            default:
                return Answer(session, request);
        }
    }

    private IServiceResponse Answer(ServerSession session, IServiceRequest request) => request switch
    {
        BrowseRequest browse => rooms.View.Browse(session, browse),
        BrowseNextRequest next => rooms.View.BrowseNext(session, next),
        TranslateBrowsePathsToNodeIdsRequest translate => rooms.View.Translate(translate),
        RegisterNodesRequest register => rooms.View.Register(register),
        UnregisterNodesRequest unregister => rooms.View.Unregister(unregister),
        ReadRequest read => rooms.Attributes.Read(read),
        WriteRequest write => rooms.Attributes.Write(session, write),
        HistoryReadRequest history => rooms.History.Read(session, history),
        CreateMonitoredItemsRequest create => rooms.Items.Create(session, create),
        ModifyMonitoredItemsRequest modify => rooms.Items.Modify(session, modify),
        SetMonitoringModeRequest mode => rooms.Items.SetMode(session, mode),
        DeleteMonitoredItemsRequest delete => rooms.Items.Delete(session, delete),
        CreateSubscriptionRequest create => rooms.Subscriptions.Create(session, create),
        ModifySubscriptionRequest modify => rooms.Subscriptions.Modify(session, modify),
        SetPublishingModeRequest mode => rooms.Subscriptions.SetPublishingMode(session, mode),
        TransferSubscriptionsRequest transfer => rooms.Subscriptions.Transfer(session, transfer),
        _ => throw new UaException(StatusCodes.BadServiceUnsupported, $"{request.GetType().Name} is not served", "request", "Use another service"),
    };

    private void BeginCall(ServerSession session, ServerChannel channel, uint requestId, CallRequest request)
    {
        rooms.Methods.Check(request);
        if (!session.TryBeginCall()) throw new UaException(StatusCodes.BadTooManyOperations, "Too many calls run at a time", "Call", "Wait for some to end");
        running.Add(RunCallAsync(session, channel, requestId, request));
    }

    private async Task RunCallAsync(ServerSession session, ServerChannel channel, uint requestId, CallRequest request)
    {
        try
        {
            CallResponse response = await rooms.Methods.CallAsync(session, request).ConfigureAwait(false);
            await responder.SendAsync(channel, requestId, request.RequestHeader.RequestHandle, response, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            report(new UaServerEvent(UaServerEventKind.HandlerFailed, channel.Peer, StatusCodes.BadInternalError, $"A call failed: {bug}"));
            await RefuseAsync(channel, requestId, request.RequestHeader.RequestHandle, StatusCodes.BadInternalError).ConfigureAwait(false);
        }
        finally
        {
            session.EndCall();
        }
    }
}
