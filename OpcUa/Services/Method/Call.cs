using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One method and its arguments (Part 4, Call).</summary>
public sealed record CallMethodRequest : IEncodable<CallMethodRequest>
{
    public static uint BinaryEncodingId => 706;
    public static int MinimumSize => 8;

    public NodeId ObjectId { get; init; }
    public NodeId MethodId { get; init; }
    public Variant[] InputArguments { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(ObjectId);
        writer.WriteNodeId(MethodId);
        writer.WriteVariantArray(InputArguments);
    }

    public static CallMethodRequest Decode(ref UaBinaryReader reader) => new()
    {
        ObjectId = reader.ReadNodeId(),
        MethodId = reader.ReadNodeId(),
        InputArguments = reader.ReadVariantArray(),
    };
}

/// <summary>Outcome of one method (Part 4, Call).</summary>
public sealed record CallMethodResult : IEncodable<CallMethodResult>
{
    public static uint BinaryEncodingId => 709;
    public static int MinimumSize => 16;

    public StatusCode StatusCode { get; init; }
    /// <summary>Empty unless an argument was bad.</summary>
    public StatusCode[] InputArgumentResults { get; init; } = [];
    public DiagnosticInfo?[] InputArgumentDiagnosticInfos { get; init; } = [];
    public Variant[] OutputArguments { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteStatusCodeArray(InputArgumentResults);
        writer.WriteDiagnosticInfoArray(InputArgumentDiagnosticInfos);
        writer.WriteVariantArray(OutputArguments);
    }

    public static CallMethodResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        InputArgumentResults = reader.ReadStatusCodeArray(),
        InputArgumentDiagnosticInfos = reader.ReadDiagnosticInfoArray(),
        OutputArguments = reader.ReadVariantArray(),
    };
}

/// <summary>Calls methods (Part 4, Call).</summary>
public sealed record CallRequest : IServiceRequest<CallRequest>
{
    public static uint BinaryEncodingId => 712;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public CallMethodRequest[] MethodsToCall { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteArray(MethodsToCall);
    }

    public static CallRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        MethodsToCall = reader.ReadArray<CallMethodRequest>(),
    };
}

/// <summary>Answers Call, in the order of the request.</summary>
public sealed record CallResponse : IServiceResponse<CallResponse>
{
    public static uint BinaryEncodingId => 715;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public CallMethodResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static CallResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<CallMethodResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
