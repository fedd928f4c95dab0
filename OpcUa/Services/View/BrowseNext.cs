using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Continues a Browse or releases its continuation points (Part 4, BrowseNext).</summary>
public sealed record BrowseNextRequest : IServiceRequest<BrowseNextRequest>
{
    public static uint BinaryEncodingId => 533;
    public static int MinimumSize => 34;

    public RequestHeader RequestHeader { get; set; } = new();
    public bool ReleaseContinuationPoints { get; init; }
    public byte[]?[] ContinuationPoints { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteBoolean(ReleaseContinuationPoints);
        writer.WriteByteStringArray(ContinuationPoints);
    }

    public static BrowseNextRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        ReleaseContinuationPoints = reader.ReadBoolean(),
        ContinuationPoints = reader.ReadByteStringArray(),
    };
}

/// <summary>Answers BrowseNext.</summary>
public sealed record BrowseNextResponse : IServiceResponse<BrowseNextResponse>
{
    public static uint BinaryEncodingId => 536;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public BrowseResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static BrowseNextResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<BrowseResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
