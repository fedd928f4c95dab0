using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Asks for the nodes at the ends of paths (Part 4, TranslateBrowsePathsToNodeIds).</summary>
public sealed record TranslateBrowsePathsToNodeIdsRequest : IServiceRequest<TranslateBrowsePathsToNodeIdsRequest>
{
    public static uint BinaryEncodingId => 554;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public BrowsePath[] BrowsePaths { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteArray(BrowsePaths);
    }

    public static TranslateBrowsePathsToNodeIdsRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        BrowsePaths = reader.ReadArray<BrowsePath>(),
    };
}

/// <summary>Answers TranslateBrowsePathsToNodeIds.</summary>
public sealed record TranslateBrowsePathsToNodeIdsResponse : IServiceResponse<TranslateBrowsePathsToNodeIdsResponse>
{
    public static uint BinaryEncodingId => 557;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public BrowsePathResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static TranslateBrowsePathsToNodeIdsResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<BrowsePathResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
