using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>One value to watch (Part 4 §5.13.2).</summary>
public sealed record MonitoredItemOptions
{
    /// <summary>Chosen by the caller, unique within the subscription; comes back with every value.</summary>
    public required uint ClientHandle { get; init; }

    /// <summary>With a namespace URI it is resolved again whenever the server has restarted; with a bare index it is not.</summary>
    public required ExpandedNodeId NodeId { get; init; }

    public uint AttributeId { get; init; } = AttributeIds.Value;

    /// <summary>Part of an array, such as <c>0:9</c>; null for all of it.</summary>
    public string? IndexRange { get; init; }

    /// <summary>Null samples at the publishing interval; zero asks for the server's fastest or for every change.</summary>
    public TimeSpan? SamplingInterval { get; init; }

    /// <summary>Values that the server keeps for one message; 1 keeps the latest only.</summary>
    public uint QueueSize { get; init; } = 10;

    /// <summary>On overflow drop the oldest value (true) or replace the newest.</summary>
    public bool DiscardOldest { get; init; } = true;

    public MonitoringMode MonitoringMode { get; init; } = MonitoringMode.Reporting;

    public DataChangeTrigger Trigger { get; init; } = DataChangeTrigger.StatusValue;

    public DeadbandType Deadband { get; init; } = DeadbandType.None;

    /// <summary>In the value's unit, or in per cent of its EURange, 0 to 100.</summary>
    public double DeadbandValue { get; init; }

    internal bool NeedsFilter => Trigger != DataChangeTrigger.StatusValue || Deadband != DeadbandType.None;
}

/// <summary>What the server made of one <see cref="MonitoredItemOptions"/>. A bad status is not the end: see <see cref="SubscriptionStatus.ItemRejected"/>.</summary>
public sealed record MonitoredItemResult(
    uint ClientHandle, ExpandedNodeId NodeId, StatusCode Status, uint MonitoredItemId, TimeSpan RevisedSamplingInterval, uint RevisedQueueSize);
