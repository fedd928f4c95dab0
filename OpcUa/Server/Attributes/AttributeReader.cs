using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Attributes;

/// <summary>One attribute of one node as Read and monitored items see it.</summary>
internal static class AttributeReader
{
    public static DataValue Read(Node node, uint attributeId)
    {
        if (node.IsRemoved) return DataValue.FromStatus(StatusCodes.BadNodeIdUnknown);
        if (attributeId == AttributeIds.Value && node is VariableNode variable) return variable.Value;
        return node.TryReadAttribute(attributeId, out Variant value) ? new DataValue(value) : DataValue.FromStatus(StatusCodes.BadAttributeIdInvalid);
    }
}
