using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Which references to follow (Part 4 §7.5).</summary>
public enum BrowseDirection
{
    Forward = 0,
    Inverse = 1,
    Both = 2,
    Invalid = 3,
}

/// <summary>Fields of a reference that are asked for (Part 4, Browse).</summary>
[Flags]
public enum BrowseResultMask : uint
{
    None = 0,
    ReferenceTypeId = 1,
    IsForward = 2,
    NodeClass = 4,
    BrowseName = 8,
    DisplayName = 16,
    TypeDefinition = 32,
    All = 63,
}

/// <summary>A view to browse in; all null is the whole address space (Part 4 §7.46).</summary>
public sealed record ViewDescription : IEncodable<ViewDescription>
{
    public static uint BinaryEncodingId => 513;
    public static int MinimumSize => 14;

    public NodeId ViewId { get; init; }
    public DateTime Timestamp { get; init; }
    public uint ViewVersion { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(ViewId);
        writer.WriteDateTime(Timestamp);
        writer.WriteUInt32(ViewVersion);
    }

    public static ViewDescription Decode(ref UaBinaryReader reader) => new()
    {
        ViewId = reader.ReadNodeId(),
        Timestamp = reader.ReadDateTime(),
        ViewVersion = reader.ReadUInt32(),
    };
}

/// <summary>What to browse from one node (Part 4, Browse).</summary>
public sealed record BrowseDescription : IEncodable<BrowseDescription>
{
    public static uint BinaryEncodingId => 516;
    public static int MinimumSize => 17;

    public NodeId NodeId { get; init; }
    public BrowseDirection BrowseDirection { get; init; }
    /// <summary>Null follows all.</summary>
    public NodeId ReferenceTypeId { get; init; }
    public bool IncludeSubtypes { get; init; }
    /// <summary>Zero returns all classes.</summary>
    public NodeClass NodeClassMask { get; init; }
    public BrowseResultMask ResultMask { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(NodeId);
        writer.WriteInt32((int)BrowseDirection);
        writer.WriteNodeId(ReferenceTypeId);
        writer.WriteBoolean(IncludeSubtypes);
        writer.WriteUInt32(unchecked((uint)NodeClassMask));
        writer.WriteUInt32((uint)ResultMask);
    }

    public static BrowseDescription Decode(ref UaBinaryReader reader) => new()
    {
        NodeId = reader.ReadNodeId(),
        BrowseDirection = (BrowseDirection)reader.ReadInt32(),
        ReferenceTypeId = reader.ReadNodeId(),
        IncludeSubtypes = reader.ReadBoolean(),
        NodeClassMask = unchecked((NodeClass)reader.ReadUInt32()),
        ResultMask = (BrowseResultMask)reader.ReadUInt32(),
    };
}

/// <summary>Asks for the references of nodes (Part 4, Browse).</summary>
public sealed record BrowseRequest : IServiceRequest<BrowseRequest>
{
    public static uint BinaryEncodingId => 527;
    public static int MinimumSize => 51;

    public RequestHeader RequestHeader { get; set; } = new();
    public ViewDescription View { get; init; } = new();
    /// <summary>0 is no limit of the client's.</summary>
    public uint RequestedMaxReferencesPerNode { get; init; }
    public BrowseDescription[] NodesToBrowse { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        View.Encode(writer);
        writer.WriteUInt32(RequestedMaxReferencesPerNode);
        writer.WriteArray(NodesToBrowse);
    }

    public static BrowseRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        View = ViewDescription.Decode(ref reader),
        RequestedMaxReferencesPerNode = reader.ReadUInt32(),
        NodesToBrowse = reader.ReadArray<BrowseDescription>(),
    };
}

/// <summary>Answers Browse.</summary>
public sealed record BrowseResponse : IServiceResponse<BrowseResponse>
{
    public static uint BinaryEncodingId => 530;
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

    public static BrowseResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        Results = reader.ReadArray<BrowseResult>(),
        DiagnosticInfos = reader.ReadDiagnosticInfoArray(),
    };
}
