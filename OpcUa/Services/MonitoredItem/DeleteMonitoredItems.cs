using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Removes items from a subscription (Part 4, DeleteMonitoredItems).</summary>
public sealed record DeleteMonitoredItemsRequest : IServiceRequest<DeleteMonitoredItemsRequest>
{
    public static uint BinaryEncodingId => 781;
    public static int MinimumSize => 37;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public uint[] MonitoredItemIds { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteUInt32Array(MonitoredItemIds);
    }

    public static DeleteMonitoredItemsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        MonitoredItemIds = reader.ReadUInt32Array(),
    };
}

/// <summary>Answers DeleteMonitoredItems, in the order of the request.</summary>
public sealed record DeleteMonitoredItemsResponse : IServiceResponse<DeleteMonitoredItemsResponse>
{
    public static uint BinaryEncodingId => 784;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public StatusCode[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteStatusCodeArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static DeleteMonitoredItemsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
