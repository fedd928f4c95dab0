using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>An object, folders included (Part 3 §5.5).</summary>
public sealed class ObjectNode : Node
{
    internal ObjectNode(NodeId nodeId, QualifiedName browseName) : base(nodeId, browseName) { }

    public override NodeClass NodeClass => NodeClass.Object;

    internal override bool TryReadAttribute(uint attributeId, out Variant value)
    {
        if (attributeId != AttributeIds.EventNotifier) return base.TryReadAttribute(attributeId, out value);
        value = (byte)0; // No events are produced.
        return true;
    }
}
