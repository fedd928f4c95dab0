using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Ends subscriptions (Part 4, DeleteSubscriptions).</summary>
public sealed record DeleteSubscriptionsRequest : IServiceRequest<DeleteSubscriptionsRequest>
{
    public static uint BinaryEncodingId => 847;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint[] SubscriptionIds { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32Array(SubscriptionIds);
    }

    public static DeleteSubscriptionsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionIds = reader.ReadUInt32Array(),
    };
}

/// <summary>Answers DeleteSubscriptions, in the order of the request.</summary>
public sealed record DeleteSubscriptionsResponse : IServiceResponse<DeleteSubscriptionsResponse>
{
    public static uint BinaryEncodingId => 850;
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

    public static DeleteSubscriptionsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
