using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One item to change (Part 4, ModifyMonitoredItems).</summary>
public sealed record MonitoredItemModifyRequest : IEncodable<MonitoredItemModifyRequest>
{
    public static uint BinaryEncodingId => 757;
    public static int MinimumSize => 24;

    public uint MonitoredItemId { get; init; }
    public MonitoringParameters RequestedParameters { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(MonitoredItemId);
        RequestedParameters.Encode(writer);
    }

    public static MonitoredItemModifyRequest Decode(ref UaBinaryReader reader) => new()
    {
        MonitoredItemId = reader.ReadUInt32(),
        RequestedParameters = MonitoringParameters.Decode(ref reader),
    };
}

/// <summary>One item as changed (Part 4, ModifyMonitoredItems).</summary>
public sealed record MonitoredItemModifyResult : IEncodable<MonitoredItemModifyResult>
{
    public static uint BinaryEncodingId => 760;
    public static int MinimumSize => 19;

    public StatusCode StatusCode { get; init; }
    /// <summary>Milliseconds.</summary>
    public double RevisedSamplingInterval { get; init; }
    public uint RevisedQueueSize { get; init; }
    public ExtensionObject? FilterResult { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteDouble(RevisedSamplingInterval);
        writer.WriteUInt32(RevisedQueueSize);
        writer.WriteExtensionObject(FilterResult);
    }

    public static MonitoredItemModifyResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        RevisedSamplingInterval = reader.ReadDouble(),
        RevisedQueueSize = reader.ReadUInt32(),
        FilterResult = reader.ReadExtensionObject(),
    };
}

/// <summary>Changes items of a subscription (Part 4, ModifyMonitoredItems).</summary>
public sealed record ModifyMonitoredItemsRequest : IServiceRequest<ModifyMonitoredItemsRequest>
{
    public static uint BinaryEncodingId => 763;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public TimestampsToReturn TimestampsToReturn { get; init; }
    public MonitoredItemModifyRequest[] ItemsToModify { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteInt32((int)TimestampsToReturn);
        writer.WriteArray(ItemsToModify);
    }

    public static ModifyMonitoredItemsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        TimestampsToReturn = (TimestampsToReturn)reader.ReadInt32(),
        ItemsToModify = reader.ReadArray<MonitoredItemModifyRequest>(),
    };
}

/// <summary>Answers ModifyMonitoredItems, in the order of the request.</summary>
public sealed record ModifyMonitoredItemsResponse : IServiceResponse<ModifyMonitoredItemsResponse>
{
    public static uint BinaryEncodingId => 766;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public MonitoredItemModifyResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static ModifyMonitoredItemsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<MonitoredItemModifyResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
