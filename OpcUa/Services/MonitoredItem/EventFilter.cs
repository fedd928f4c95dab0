using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>A field of an event type (Part 4 §7.7.4).</summary>
public sealed record SimpleAttributeOperand : IEncodable<SimpleAttributeOperand>
{
    public static uint BinaryEncodingId => 603;
    public static int MinimumSize => 14;

    public NodeId TypeDefinitionId { get; init; }
    public QualifiedName[] BrowsePath { get; init; } = [];
    public uint AttributeId { get; init; } = AttributeIds.Value;
    public string? IndexRange { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(TypeDefinitionId);
        writer.WriteQualifiedNameArray(BrowsePath);
        writer.WriteUInt32(AttributeId);
        writer.WriteString(IndexRange);
    }

    public static SimpleAttributeOperand Decode(ref UaBinaryReader reader) => new()
    {
        TypeDefinitionId = reader.ReadNodeId(),
        BrowsePath = reader.ReadQualifiedNameArray(),
        AttributeId = reader.ReadUInt32(),
        IndexRange = reader.ReadString(),
    };
}

/// <summary>A constant in a filter (Part 4 §7.7.4).</summary>
public sealed record LiteralOperand : IEncodable<LiteralOperand>
{
    public static uint BinaryEncodingId => 597;
    public static int MinimumSize => 1;

    public Variant Value { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteVariant(Value);
    }

    public static LiteralOperand Decode(ref UaBinaryReader reader) => new()
    {
        Value = reader.ReadVariant(),
    };
}

/// <summary>The outcome of another element of a filter (Part 4 §7.7.4).</summary>
public sealed record ElementOperand : IEncodable<ElementOperand>
{
    public static uint BinaryEncodingId => 594;
    public static int MinimumSize => 4;

    public uint Index { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteUInt32(Index);
    }

    public static ElementOperand Decode(ref UaBinaryReader reader) => new()
    {
        Index = reader.ReadUInt32(),
    };
}

/// <summary>Operators of a content filter (Part 4 §7.7.3).</summary>
public enum FilterOperator
{
    Equals = 0,
    IsNull = 1,
    GreaterThan = 2,
    LessThan = 3,
    GreaterThanOrEqual = 4,
    LessThanOrEqual = 5,
    Like = 6,
    Not = 7,
    Between = 8,
    InList = 9,
    And = 10,
    Or = 11,
    Cast = 12,
    InView = 13,
    OfType = 14,
    RelatedTo = 15,
    BitwiseAnd = 16,
    BitwiseOr = 17,
}

/// <summary>One operator and its operands (Part 4 §7.7.1).</summary>
public sealed record ContentFilterElement : IEncodable<ContentFilterElement>
{
    public static uint BinaryEncodingId => 585;
    public static int MinimumSize => 8;

    public FilterOperator FilterOperator { get; init; }
    public ExtensionObject?[] FilterOperands { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteInt32((int)FilterOperator);
        writer.WriteExtensionObjectArray(FilterOperands);
    }

    public static ContentFilterElement Decode(ref UaBinaryReader reader) => new()
    {
        FilterOperator = (FilterOperator)reader.ReadInt32(),
        FilterOperands = reader.ReadExtensionObjectArray(),
    };
}

/// <summary>A condition; its first element is the outcome (Part 4 §7.7.1).</summary>
public sealed record ContentFilter : IEncodable<ContentFilter>
{
    public static uint BinaryEncodingId => 588;
    public static int MinimumSize => 4;

    public ContentFilterElement[] Elements { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteArray(Elements);
    }

    public static ContentFilter Decode(ref UaBinaryReader reader) => new()
    {
        Elements = reader.ReadArray<ContentFilterElement>(),
    };
}

/// <summary>Which events are reported, and with which fields (Part 4 §7.22.3).</summary>
public sealed record EventFilter : IEncodable<EventFilter>
{
    public static uint BinaryEncodingId => 727;
    public static int MinimumSize => 8;

    public SimpleAttributeOperand[] SelectClauses { get; init; } = [];
    public ContentFilter WhereClause { get; init; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteArray(SelectClauses);
        WhereClause.Encode(writer);
    }

    public static EventFilter Decode(ref UaBinaryReader reader) => new()
    {
        SelectClauses = reader.ReadArray<SimpleAttributeOperand>(),
        WhereClause = ContentFilter.Decode(ref reader),
    };
}
