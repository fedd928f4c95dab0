using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Which times come with a value (Part 4 §7.40).</summary>
public enum TimestampsToReturn
{
    Source = 0,
    Server = 1,
    Both = 2,
    Neither = 3,
    Invalid = 4,
}

/// <summary>An attribute of a node to read or monitor (Part 4 §7.29).</summary>
public sealed record ReadValueId : IEncodable<ReadValueId>
{
    public static uint BinaryEncodingId => 628;
    public static int MinimumSize => 16;

    // No range and no encoding: a null string, and a namespace of 0 with a null string.
    private static ReadOnlySpan<byte> WholeValue => [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];

    public NodeId NodeId { get; init; }
    /// <summary>One of AttributeIds.</summary>
    public uint AttributeId { get; init; } = AttributeIds.Value;
    /// <summary>Part of an array, such as 0:9; null is all.</summary>
    public string? IndexRange { get; init; }
    public QualifiedName DataEncoding { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(NodeId);
        writer.WriteUInt32(AttributeId);
        if (IndexRange is null && DataEncoding == default)
        {
            writer.WriteRaw(WholeValue);
            return;
        }
        writer.WriteString(IndexRange);
        writer.WriteQualifiedName(DataEncoding);
    }

    public static ReadValueId Decode(ref UaBinaryReader reader) => new()
    {
        NodeId = reader.ReadNodeId(),
        AttributeId = reader.ReadUInt32(),
        IndexRange = reader.ReadString(),
        DataEncoding = reader.ReadQualifiedName(),
    };
}

/// <summary>Asks for attributes of nodes (Part 4, Read).</summary>
public sealed record ReadRequest : IServiceRequest<ReadRequest>
{
    public static uint BinaryEncodingId => 631;
    public static int MinimumSize => 45;

    public RequestHeader RequestHeader { get; set; } = new();
    /// <summary>Milliseconds a cached value may be old; 0 asks the device.</summary>
    public double MaxAge { get; init; }
    public TimestampsToReturn TimestampsToReturn { get; init; }
    public ReadValueId[] NodesToRead { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteDouble(MaxAge);
        writer.WriteInt32((int)TimestampsToReturn);
        writer.WriteArray(NodesToRead);
    }

    public static ReadRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        MaxAge = reader.ReadDouble(),
        TimestampsToReturn = (TimestampsToReturn)reader.ReadInt32(),
        NodesToRead = reader.ReadArray<ReadValueId>(),
    };
}

/// <summary>Answers Read, in the order of the request.</summary>
public sealed record ReadResponse : IServiceResponse<ReadResponse>
{
    public static uint BinaryEncodingId => 634;
    public static int MinimumSize => 32;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public DataValue[] Results { get; init; } = [];
    public DiagnosticInfo?[] DiagnosticInfos { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteDataValueArray(Results);
        writer.WriteDiagnosticInfoArray(DiagnosticInfos);
    }

    public static ReadResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadDataValueArray(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
