using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Turns publishing of subscriptions on or off (Part 4, SetPublishingMode).</summary>
public sealed record SetPublishingModeRequest : IServiceRequest<SetPublishingModeRequest>
{
    public static uint BinaryEncodingId => 799;
    public static int MinimumSize => 34;

    public RequestHeader RequestHeader { get; set; } = new();
    public bool PublishingEnabled { get; init; }
    public uint[] SubscriptionIds { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteBoolean(PublishingEnabled);
        writer.WriteUInt32Array(SubscriptionIds);
    }

    public static SetPublishingModeRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        PublishingEnabled = reader.ReadBoolean(),
        SubscriptionIds = reader.ReadUInt32Array(),
    };
}

/// <summary>Answers SetPublishingMode, in the order of the request.</summary>
public sealed record SetPublishingModeResponse : IServiceResponse<SetPublishingModeResponse>
{
    public static uint BinaryEncodingId => 802;
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

    public static SetPublishingModeResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
