using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One subscription transferred (Part 4, TransferSubscriptions).</summary>
public sealed record TransferResult : IEncodable<TransferResult>
{
    public static uint BinaryEncodingId => 838;
    public static int MinimumSize => 8;

    public StatusCode StatusCode { get; init; }
    public uint[] AvailableSequenceNumbers { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteUInt32Array(AvailableSequenceNumbers);
    }

    public static TransferResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        AvailableSequenceNumbers = reader.ReadUInt32Array(),
    };
}

/// <summary>Moves subscriptions to this session (Part 4, TransferSubscriptions).</summary>
public sealed record TransferSubscriptionsRequest : IServiceRequest<TransferSubscriptionsRequest>
{
    public static uint BinaryEncodingId => 841;
    public static int MinimumSize => 34;

    public RequestHeader RequestHeader { get; set; } = new();
    public uint[] SubscriptionIds { get; init; } = [];
    public bool SendInitialValues { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteUInt32Array(SubscriptionIds);
        writer.WriteBoolean(SendInitialValues);
    }

    public static TransferSubscriptionsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        SubscriptionIds = reader.ReadUInt32Array(),
        SendInitialValues = reader.ReadBoolean(),
    };
}

/// <summary>Answers TransferSubscriptions, in the order of the request.</summary>
public sealed record TransferSubscriptionsResponse : IServiceResponse<TransferSubscriptionsResponse>
{
    public static uint BinaryEncodingId => 844;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public TransferResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static TransferSubscriptionsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<TransferResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
