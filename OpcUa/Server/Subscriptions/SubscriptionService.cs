using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>The subscription services (Part 4 §5.13).</summary>
internal sealed class SubscriptionService(ServerLimits limits, SubscriptionTable subscriptions, Responder responder, RunningTasks running, TimeProvider timeProvider)
{
    private const int MaxPerCall = 1000;

    public CreateSubscriptionResponse Create(ServerSession session, CreateSubscriptionRequest request)
    {
        SubscriptionParameters parameters = SubscriptionParameters.Revise(
            limits, request.RequestedPublishingInterval, request.RequestedLifetimeCount, request.RequestedMaxKeepAliveCount, request.MaxNotificationsPerPublish, request.Priority);
        ServerSubscription subscription = subscriptions.Create(session, parameters, request.PublishingEnabled);
        return new CreateSubscriptionResponse
        {
            SubscriptionId = subscription.Id,
            RevisedPublishingInterval = parameters.PublishingInterval.TotalMilliseconds,
            RevisedLifetimeCount = parameters.LifetimeCount,
            RevisedMaxKeepAliveCount = parameters.MaxKeepAliveCount,
        };
    }

    public ModifySubscriptionResponse Modify(ServerSession session, ModifySubscriptionRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        SubscriptionParameters parameters = SubscriptionParameters.Revise(
            limits, request.RequestedPublishingInterval, request.RequestedLifetimeCount, request.RequestedMaxKeepAliveCount, request.MaxNotificationsPerPublish, request.Priority);
        subscription.Modify(parameters);
        return new ModifySubscriptionResponse
        {
            RevisedPublishingInterval = parameters.PublishingInterval.TotalMilliseconds,
            RevisedLifetimeCount = parameters.LifetimeCount,
            RevisedMaxKeepAliveCount = parameters.MaxKeepAliveCount,
        };
    }

    public SetPublishingModeResponse SetPublishingMode(ServerSession session, SetPublishingModeRequest request)
    {
        Operations.Require(request.SubscriptionIds.Length, MaxPerCall, "SetPublishingMode.SubscriptionIds");
        return new SetPublishingModeResponse
        {
            Results = [.. request.SubscriptionIds.Select(id =>
            {
                if (Find(session, id) is not { } subscription) return (StatusCode)StatusCodes.BadSubscriptionIdInvalid;
                subscription.SetPublishing(request.PublishingEnabled);
                return StatusCodes.Good;
            })],
        };
    }

    public async ValueTask<DeleteSubscriptionsResponse> DeleteAsync(ServerSession session, DeleteSubscriptionsRequest request)
    {
        Operations.Require(request.SubscriptionIds.Length, MaxPerCall, "DeleteSubscriptions.SubscriptionIds");
        var results = new StatusCode[request.SubscriptionIds.Length];
        for (int i = 0; i < results.Length; i++)
        {
            bool deleted = Find(session, request.SubscriptionIds[i]) is { } subscription && await subscriptions.DeleteAsync(subscription).ConfigureAwait(false);
            results[i] = deleted ? StatusCodes.Good : StatusCodes.BadSubscriptionIdInvalid;
        }
        return new DeleteSubscriptionsResponse { Results = results };
    }

    public TransferSubscriptionsResponse Transfer(ServerSession session, TransferSubscriptionsRequest request)
    {
        Operations.Require(request.SubscriptionIds.Length, MaxPerCall, "TransferSubscriptions.SubscriptionIds");
        return new TransferSubscriptionsResponse { Results = [.. request.SubscriptionIds.Select(Move)] };

        TransferResult Move(uint id)
        {
            if (subscriptions.Find(id) is not { } subscription) return new TransferResult { StatusCode = StatusCodes.BadSubscriptionIdInvalid };
            if (!session.Owner.MayTakeFrom(subscription.Owner)) return new TransferResult { StatusCode = StatusCodes.BadUserAccessDenied };
            bool comes = subscription.Session != session;
            if (comes && subscriptions.OfSession(session).Count() >= limits.MaxSubscriptionsPerSession)
                return new TransferResult { StatusCode = StatusCodes.BadTooManySubscriptions };
            return new TransferResult { AvailableSequenceNumbers = subscriptions.Transfer(subscription, session, request.SendInitialValues) };
        }
    }

    /// <summary>Takes the acknowledgements and parks the request until there is something to say.</summary>
    public void Publish(ServerSession session, ServerChannel channel, uint requestId, PublishRequest request)
    {
        Operations.RequireAtMost(request.SubscriptionAcknowledgements.Length, limits.MaxRetransmissionMessages * limits.MaxSubscriptionsPerSession, "Publish.SubscriptionAcknowledgements");
        var results = new StatusCode[request.SubscriptionAcknowledgements.Length];
        for (int i = 0; i < results.Length; i++)
        {
            SubscriptionAcknowledgement acknowledged = request.SubscriptionAcknowledgements[i];
            results[i] = Find(session, acknowledged.SubscriptionId) is not { } subscription ? StatusCodes.BadSubscriptionIdInvalid
                : subscription.Acknowledge(acknowledged.SequenceNumber) ? StatusCodes.Good
                : StatusCodes.BadSequenceNumberUnknown;
        }
        uint hint = request.RequestHeader.TimeoutHint;
        long deadline = hint == 0 ? long.MaxValue : timeProvider.GetTimestamp() + (long)(hint / 1000.0 * timeProvider.TimestampFrequency);
        var parked = new ParkedPublish(channel, requestId, request.RequestHeader.RequestHandle, deadline, results);
        if (session.Publishes.TakeNotice() is { } notice)
        {
            running.Add(subscriptions.SendNoticeAsync(parked, notice));
            return;
        }
        if (!subscriptions.HasAny(session))
            throw new UaException(StatusCodes.BadNoSubscription, "The session has no subscription", "Publish", "Create one first");
        if (session.Publishes.Park(parked) is { } displaced)
            running.Add(responder.FaultAsync(displaced, StatusCodes.BadTooManyPublishRequests, session.Ended));
    }

    public async ValueTask RepublishAsync(ServerSession session, ServerChannel channel, uint requestId, RepublishRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        byte[] message = subscription.FindSent(request.RetransmitSequenceNumber)
            ?? throw new UaException(StatusCodes.BadMessageNotAvailable, $"Message {request.RetransmitSequenceNumber} is not there any more", "Republish", "Read the items anew");
        using var response = new UaBinaryWriter();
        NotificationWriter.RepublishResponse(response, responder.Header(request.RequestHeader.RequestHandle), message);
        await responder.SendEncodedAsync(channel, requestId, request.RequestHeader.RequestHandle, response.WrittenMemory, session.Ended).ConfigureAwait(false);
    }

    private ServerSubscription? Find(ServerSession session, uint id) =>
        subscriptions.Find(id) is { } subscription && subscription.Session == session ? subscription : null;
}
