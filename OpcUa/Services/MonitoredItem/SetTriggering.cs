using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Links items that report when another does (Part 4, SetTriggering).</summary>
public sealed record SetTriggeringRequest : IServiceRequest<SetTriggeringRequest>
{
    public static uint BinaryEncodingId => 775;
    public static int MinimumSize => 45;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint SubscriptionId { get; init; }
    public uint TriggeringItemId { get; init; }
    public uint[] LinksToAdd { get; init; } = [];
    public uint[] LinksToRemove { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32(SubscriptionId);
        writer.WriteUInt32(TriggeringItemId);
        writer.WriteUInt32Array(LinksToAdd);
        writer.WriteUInt32Array(LinksToRemove);
    }

    public static SetTriggeringRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionId = reader.ReadUInt32(),
        TriggeringItemId = reader.ReadUInt32(),
        LinksToAdd = reader.ReadUInt32Array(),
        LinksToRemove = reader.ReadUInt32Array(),
    };
}

/// <summary>Answers SetTriggering.</summary>
public sealed record SetTriggeringResponse : IServiceResponse<SetTriggeringResponse>
{
    public static uint BinaryEncodingId => 778;
    public static int MinimumSize => 40;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public StatusCode[] AddResults { get; init; } = [];
    public DiagnosticInfo?[] AddDiagnosticInfos { get; init; } = [];
    public StatusCode[] RemoveResults { get; init; } = [];
    public DiagnosticInfo?[] RemoveDiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteStatusCodeArray(AddResults);
        writer.WriteDiagnosticInfoArray(AddDiagnosticInfos);
        writer.WriteStatusCodeArray(RemoveResults);
        writer.WriteDiagnosticInfoArray(RemoveDiagnosticInfos);
    }

    public static SetTriggeringResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        AddResults = reader.ReadStatusCodeArray(),
        AddDiagnosticInfos = reader.ReadDiagnosticInfoArray(),
        RemoveResults = reader.ReadStatusCodeArray(),
        RemoveDiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
