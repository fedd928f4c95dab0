using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>One reference and its target (Part 4 §7.30).</summary>
public sealed record ReferenceDescription : IEncodable<ReferenceDescription>
{
    public static uint BinaryEncodingId => 520;
    public static int MinimumSize => 18;

    public NodeId ReferenceTypeId { get; init; }
    public bool IsForward { get; init; }
    public ExpandedNodeId NodeId { get; init; }
    public QualifiedName BrowseName { get; init; }
    public LocalizedText DisplayName { get; init; }
    public NodeClass NodeClass { get; init; }
    public ExpandedNodeId TypeDefinition { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(ReferenceTypeId);
        writer.WriteBoolean(IsForward);
        writer.WriteExpandedNodeId(NodeId);
        writer.WriteQualifiedName(BrowseName);
        writer.WriteLocalizedText(DisplayName);
        writer.WriteInt32((int)NodeClass);
        writer.WriteExpandedNodeId(TypeDefinition);
    }

    public static ReferenceDescription Decode(ref UaBinaryReader reader) => new()
    {
        ReferenceTypeId = reader.ReadNodeId(),
        IsForward = reader.ReadBoolean(),
        NodeId = reader.ReadExpandedNodeId(),
        BrowseName = reader.ReadQualifiedName(),
        DisplayName = reader.ReadLocalizedText(),
        NodeClass = (NodeClass)reader.ReadInt32(),
        TypeDefinition = reader.ReadExpandedNodeId(),
    };
}

/// <summary>References of one node (Part 4 §7.6).</summary>
public sealed record BrowseResult : IEncodable<BrowseResult>
{
    public static uint BinaryEncodingId => 524;
    public static int MinimumSize => 12;

    public StatusCode StatusCode { get; init; }
    /// <summary>Null when there is no more.</summary>
    public byte[]? ContinuationPoint { get; init; }
    public ReferenceDescription[] References { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteStatusCode(StatusCode);
        writer.WriteByteString(ContinuationPoint);
        writer.WriteArray(References);
    }

    public static BrowseResult Decode(ref UaBinaryReader reader) => new()
    {
        StatusCode = reader.ReadStatusCode(),
        ContinuationPoint = reader.ReadByteString(),
        References = reader.ReadArray<ReferenceDescription>(),
    };
}
