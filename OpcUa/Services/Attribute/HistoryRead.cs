using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>A node whose history to read (Part 4, HistoryRead).</summary>
public sealed record HistoryReadValueId : IEncodable<HistoryReadValueId>
{
    public static uint BinaryEncodingId => 637;
    public static int MinimumSize => 16;

    public NodeId NodeId { get; init; }
    public string? IndexRange { get; init; }
    public QualifiedName DataEncoding { get; init; }
    /// <summary>Null begins; what came with the last answer continues.</summary>
    public byte[]? ContinuationPoint { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(NodeId);
        writer.WriteString(IndexRange);
        writer.WriteQualifiedName(DataEncoding);
        writer.WriteByteString(ContinuationPoint);
    }

    public static HistoryReadValueId Decode(ref UaBinaryReader reader) => new()
    {
        NodeId = reader.ReadNodeId(),
        IndexRange = reader.ReadString(),
        DataEncoding = reader.ReadQualifiedName(),
        ContinuationPoint = reader.ReadByteString(),
    };
}

/// <summary>History of one node (Part 4, HistoryRead).</summary>
public sealed record HistoryReadResult : IEncodable<HistoryReadResult>
{
    public static uint BinaryEncodingId => 640;
    public static int MinimumSize => 11;

    public StatusCode StatusCode { get; init; }
    /// <summary>Null when there is no more.</summary>
    public byte[]? ContinuationPoint { get; init; }
    /// <summary>HistoryData or HistoryModifiedData.</summary>
    public ExtensionObject? HistoryData { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteByteString(ContinuationPoint);
        writer.WriteExtensionObject(HistoryData);
    }

    public static HistoryReadResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        ContinuationPoint = reader.ReadByteString(),
        HistoryData = reader.ReadExtensionObject(),
    };
}

/// <summary>Asks for history (Part 4, HistoryRead).</summary>
public sealed record HistoryReadRequest : IServiceRequest<HistoryReadRequest>
{
    public static uint BinaryEncodingId => 664;
    public static int MinimumSize => 41;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>ReadRawModifiedDetails or ReadAtTimeDetails.</summary>
    public ExtensionObject? HistoryReadDetails { get; init; }
    public TimestampsToReturn TimestampsToReturn { get; init; }
    public bool ReleaseContinuationPoints { get; init; }
    public HistoryReadValueId[] NodesToRead { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteExtensionObject(HistoryReadDetails);
        writer.WriteInt32((int)TimestampsToReturn);
        writer.WriteBoolean(ReleaseContinuationPoints);
        writer.WriteArray(NodesToRead);
    }

    public static HistoryReadRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        HistoryReadDetails = reader.ReadExtensionObject(),
        TimestampsToReturn = (TimestampsToReturn)reader.ReadInt32(),
        ReleaseContinuationPoints = reader.ReadBoolean(),
        NodesToRead = reader.ReadArray<HistoryReadValueId>(),
    };
}

/// <summary>Answers HistoryRead, in the order of the request.</summary>
public sealed record HistoryReadResponse : IServiceResponse<HistoryReadResponse>
{
    public static uint BinaryEncodingId => 667;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public HistoryReadResult[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static HistoryReadResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<HistoryReadResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
