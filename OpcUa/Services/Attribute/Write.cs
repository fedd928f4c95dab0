using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>An attribute and what to write to it (Part 4, Write).</summary>
public sealed record WriteValue : IEncodable<WriteValue>
{
    public static uint BinaryEncodingId => 670;
    public static int MinimumSize => 11;

    public NodeId NodeId { get; init; }
    public uint AttributeId { get; init; } = AttributeIds.Value;
    public string? IndexRange { get; init; }
    public DataValue Value { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(NodeId);
        writer.WriteUInt32(AttributeId);
        writer.WriteString(IndexRange);
        writer.WriteDataValue(Value);
    }

    public static WriteValue Decode(ref UaBinaryReader reader) => new()
    {
        NodeId = reader.ReadNodeId(),
        AttributeId = reader.ReadUInt32(),
        IndexRange = reader.ReadString(),
        Value = reader.ReadDataValue(),
    };
}

/// <summary>Writes attributes of nodes (Part 4, Write).</summary>
public sealed record WriteRequest : IServiceRequest<WriteRequest>
{
    public static uint BinaryEncodingId => 673;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public WriteValue[] NodesToWrite { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteArray(NodesToWrite);
    }

    public static WriteRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        NodesToWrite = reader.ReadArray<WriteValue>(),
    };
}

/// <summary>Answers Write, in the order of the request.</summary>
public sealed record WriteResponse : IServiceResponse<WriteResponse>
{
    public static uint BinaryEncodingId => 676;
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

    public static WriteResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadStatusCodeArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
