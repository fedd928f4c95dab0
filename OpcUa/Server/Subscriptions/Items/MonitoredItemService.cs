using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>The monitored item services (Part 4 §5.12). One bad item never stops the rest.</summary>
internal sealed class MonitoredItemService(ServerLimits limits, AddressSpace space, SubscriptionTable subscriptions)
{
    public CreateMonitoredItemsResponse Create(ServerSession session, CreateMonitoredItemsRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        Operations.Require(request.ItemsToCreate.Length, limits.MaxMonitoredItemsPerCall, "CreateMonitoredItems.ItemsToCreate");
        RequireTimestamps(request.TimestampsToReturn, "CreateMonitoredItems");
        return new CreateMonitoredItemsResponse { Results = [.. request.ItemsToCreate.Select(item => Create(subscription, item, request.TimestampsToReturn))] };
    }

    public ModifyMonitoredItemsResponse Modify(ServerSession session, ModifyMonitoredItemsRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        Operations.Require(request.ItemsToModify.Length, limits.MaxMonitoredItemsPerCall, "ModifyMonitoredItems.ItemsToModify");
        RequireTimestamps(request.TimestampsToReturn, "ModifyMonitoredItems");
        return new ModifyMonitoredItemsResponse { Results = [.. request.ItemsToModify.Select(item => Modify(subscription, item, request.TimestampsToReturn))] };
    }

    public SetMonitoringModeResponse SetMode(ServerSession session, SetMonitoringModeRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        Operations.Require(request.MonitoredItemIds.Length, limits.MaxMonitoredItemsPerCall, "SetMonitoringMode.MonitoredItemIds");
        if (!IsKnown(request.MonitoringMode)) throw new UaException(StatusCodes.BadMonitoringModeInvalid, "An unknown monitoring mode", "SetMonitoringMode");
        return new SetMonitoringModeResponse
        {
            Results = [.. request.MonitoredItemIds.Select(id =>
            {
                if (subscription.FindItem(id) is not { } item) return (StatusCode)StatusCodes.BadMonitoredItemIdInvalid;
                item.SetMode(request.MonitoringMode);
                return StatusCodes.Good;
            })],
        };
    }

    public DeleteMonitoredItemsResponse Delete(ServerSession session, DeleteMonitoredItemsRequest request)
    {
        ServerSubscription subscription = subscriptions.Require(session, request.SubscriptionId);
        Operations.Require(request.MonitoredItemIds.Length, limits.MaxMonitoredItemsPerCall, "DeleteMonitoredItems.MonitoredItemIds");
        return new DeleteMonitoredItemsResponse
        {
            Results = [.. request.MonitoredItemIds.Select(id =>
            {
                if (!subscription.Remove(id)) return (StatusCode)StatusCodes.BadMonitoredItemIdInvalid;
                subscriptions.ReleaseItems(1);
                return StatusCodes.Good;
            })],
        };
    }

    private MonitoredItemCreateResult Create(ServerSubscription subscription, MonitoredItemCreateRequest request, TimestampsToReturn timestamps)
    {
        ReadValueId wanted = request.ItemToMonitor;
        if (Check(wanted, out Node? node, out NumericRange range) is { IsBad: true } refused) return new MonitoredItemCreateResult { StatusCode = refused };
        if (!IsKnown(request.MonitoringMode)) return new MonitoredItemCreateResult { StatusCode = StatusCodes.BadMonitoringModeInvalid };
        if (ItemFilter.Read(request.RequestedParameters.Filter, node!, wanted.AttributeId, out ChangeRule rule) is { IsBad: true } bad) return new MonitoredItemCreateResult { StatusCode = bad };
        if (subscription.ItemCount >= limits.MaxMonitoredItemsPerSubscription || !subscriptions.TryReserveItem())
            return new MonitoredItemCreateResult { StatusCode = StatusCodes.BadTooManyMonitoredItems };
        var item = new MonitoredItem(subscription.NextItemId(), subscription, node!, wanted.AttributeId, range);
        Configure(subscription, item, request.RequestedParameters, timestamps, rule, out double sampling, out uint queueSize);
        subscription.Add(item);
        item.Start(request.MonitoringMode);
        return new MonitoredItemCreateResult { MonitoredItemId = item.Id, RevisedSamplingInterval = sampling, RevisedQueueSize = queueSize };
    }

    private MonitoredItemModifyResult Modify(ServerSubscription subscription, MonitoredItemModifyRequest request, TimestampsToReturn timestamps)
    {
        if (subscription.FindItem(request.MonitoredItemId) is not { } item) return new MonitoredItemModifyResult { StatusCode = StatusCodes.BadMonitoredItemIdInvalid };
        uint attributeId = item.Variable is null ? AttributeIds.DisplayName : AttributeIds.Value;
        if (ItemFilter.Read(request.RequestedParameters.Filter, item.Node, attributeId, out ChangeRule rule) is { IsBad: true } bad) return new MonitoredItemModifyResult { StatusCode = bad };
        SamplingGroup? left = item.Group;
        Configure(subscription, item, request.RequestedParameters, timestamps, rule, out double sampling, out uint queueSize);
        subscription.LeaveGroup(left);
        return new MonitoredItemModifyResult { RevisedSamplingInterval = sampling, RevisedQueueSize = queueSize };
    }

    private void Configure(ServerSubscription subscription, MonitoredItem item, MonitoringParameters wanted, TimestampsToReturn timestamps, ChangeRule rule, out double sampling, out uint queueSize)
    {
        queueSize = Math.Clamp(wanted.QueueSize, 1, (uint)limits.MaxQueueSize);
        SamplingGroup? group = subscription.JoinGroup(Sampling(subscription, item, wanted.SamplingInterval));
        sampling = group?.Interval.TotalMilliseconds ?? 0;
        item.Configure(wanted.ClientHandle, timestamps, rule, (int)queueSize, wanted.DiscardOldest, group);
    }

    /// <summary>Negative is the publishing interval; 0 is every change, for variables that are fed (Part 4 §5.12.1.2).</summary>
    private TimeSpan Sampling(ServerSubscription subscription, MonitoredItem item, double wanted)
    {
        if (wanted == 0 && !item.IsPolled) return TimeSpan.Zero;
        if (!(wanted >= 0)) return subscription.Parameters.PublishingInterval;
        return SubscriptionParameters.Clamp(wanted, limits.ShortestSamplingInterval, limits.LongestPublishingInterval);
    }

    private StatusCode Check(ReadValueId wanted, out Node? node, out NumericRange range)
    {
        range = default;
        node = space.Find(wanted.NodeId);
        if (node is null) return StatusCodes.BadNodeIdUnknown;
        if (!NumericRange.TryParse(wanted.IndexRange, out range)) return StatusCodes.BadIndexRangeInvalid;
        if (!range.IsWhole && wanted.AttributeId != AttributeIds.Value) return StatusCodes.BadIndexRangeInvalid;
        if (wanted.DataEncoding.Name is { Length: > 0 } encoding && encoding != "Default Binary") return StatusCodes.BadDataEncodingUnsupported;
        if (wanted.AttributeId == AttributeIds.EventNotifier) return StatusCodes.BadNotSupported; // No events are produced.
        return AttributeReader.Read(node, wanted.AttributeId).Status == StatusCodes.BadAttributeIdInvalid ? StatusCodes.BadAttributeIdInvalid : StatusCodes.Good;
    }

    private static bool IsKnown(MonitoringMode mode) => mode is >= MonitoringMode.Disabled and <= MonitoringMode.Reporting;

    private static void RequireTimestamps(TimestampsToReturn wanted, string where)
    {
        if (!Timestamped.IsKnown(wanted)) throw new UaException(StatusCodes.BadTimestampsToReturnInvalid, "Unknown timestamps to return", where, "0 to 3");
    }
}
