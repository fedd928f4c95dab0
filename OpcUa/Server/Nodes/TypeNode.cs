using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>An object type, variable type, data type or reference type (Part 3 §5.3, §5.5.2, §5.6.5, §5.8.3).</summary>
public sealed class TypeNode : Node
{
    internal TypeNode(NodeClass nodeClass, NodeId nodeId, QualifiedName browseName) : base(nodeId, browseName) => NodeClass = nodeClass;

    public override NodeClass NodeClass { get; }
    public bool IsAbstract { get; init; }

    /// <summary>Of a reference type: both directions mean the same.</summary>
    public bool IsSymmetric { get; init; }

    /// <summary>Of a reference type: its name seen from the target.</summary>
    public string? InverseName { get; init; }

    /// <summary>Of a variable type.</summary>
    public NodeId DataType { get; init; }

    /// <summary>Of a variable type.</summary>
    public int ValueRank { get; init; } = ValueRanks.Any;

    internal override bool TryReadAttribute(uint attributeId, out Variant value)
    {
        value = (attributeId, NodeClass) switch
        {
            (AttributeIds.IsAbstract, _) => IsAbstract,
            (AttributeIds.Symmetric, NodeClass.ReferenceType) => IsSymmetric,
            (AttributeIds.InverseName, NodeClass.ReferenceType) when InverseName is not null => new LocalizedText(InverseName),
            (AttributeIds.DataType, NodeClass.VariableType) => DataType,
            (AttributeIds.ValueRank, NodeClass.VariableType) => ValueRank,
            _ => default,
        };
        return value.Type != BuiltInType.Null || base.TryReadAttribute(attributeId, out value);
    }
}
