using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>One item as the caller wants it and as the server has it. Owned by its <see cref="MonitoredItemSet"/>.</summary>
internal sealed class MonitoredItem(MonitoredItemOptions options)
{
    public MonitoredItemOptions Options { get; set; } = options;

    /// <summary>The node in the present server's own numbering.</summary>
    public NodeId NodeId { get; set; }

    /// <summary>The server's id; 0 while it does not monitor the item.</summary>
    public uint ServerId { get; set; }

    public StatusCode Status { get; set; } = StatusCodes.BadServerNotConnected;
    public TimeSpan RevisedSamplingInterval { get; set; }
    public uint RevisedQueueSize { get; set; }

    /// <summary>DataType attribute when last read, by namespace URI since indexes move; null when it never was. Neighbours share it.</summary>
    public StrongBox<ExpandedNodeId>? DataType { get; set; }

    public int Failures { get; set; }

    /// <summary>Timestamp of the next attempt.</summary>
    public long RetryAt { get; set; }

    /// <summary>Rejection that was reported, so that each is reported once; Good when none is outstanding.</summary>
    public StatusCode Reported { get; set; }

    public bool IsMonitored => ServerId != 0;

    public MonitoredItemResult ToResult() => new(Options.ClientHandle, Options.NodeId, Status, ServerId, RevisedSamplingInterval, RevisedQueueSize);

    public ReadValueId ToReadValueId() => new() { NodeId = NodeId, AttributeId = Options.AttributeId, IndexRange = Options.IndexRange };

    public MonitoringParameters ToParameters() => new()
    {
        ClientHandle = Options.ClientHandle,
        SamplingInterval = Options.SamplingInterval?.TotalMilliseconds ?? -1,
        QueueSize = Options.QueueSize,
        DiscardOldest = Options.DiscardOldest,
        Filter = Options.NeedsFilter
            ? new ExtensionObject(new DataChangeFilter { Trigger = Options.Trigger, DeadbandType = Options.Deadband, DeadbandValue = Options.DeadbandValue })
            : null,
    };
}
