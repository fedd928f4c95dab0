using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Sets the mode of items (Part 4, SetMonitoringMode).</summary>
public sealed record SetMonitoringModeRequest : IServiceRequest<SetMonitoringModeRequest>
{
    public static uint BinaryEncodingId => 769;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public MonitoringMode MonitoringMode { get; init; }
    public uint[] MonitoredItemIds { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteInt32((int)MonitoringMode);
        writer.WriteUInt32Array(MonitoredItemIds);
    }

    public static SetMonitoringModeRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        MonitoringMode = (MonitoringMode)reader.ReadInt32(),
        MonitoredItemIds = reader.ReadUInt32Array(),
    };
}

/// <summary>Answers SetMonitoringMode, in the order of the request.</summary>
public sealed record SetMonitoringModeResponse : IServiceResponse<SetMonitoringModeResponse>
{
    public static uint BinaryEncodingId => 772;
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

    public static SetMonitoringModeResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
