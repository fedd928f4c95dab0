using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>A node of a server's address space with the attributes that every node class has (Part 3 §5.2). Thread-safe.</summary>
public abstract class Node
{
    private readonly Lock gate = new();
    private Reference[] references = [];
    private int referenceCount;

    private protected Node(NodeId nodeId, QualifiedName browseName)
    {
        NodeId = nodeId;
        BrowseName = browseName;
        DisplayName = new LocalizedText(browseName.Name);
    }

    public NodeId NodeId { get; }
    public QualifiedName BrowseName { get; }
    public LocalizedText DisplayName { get; init; }
    public LocalizedText Description { get; init; }
    public abstract NodeClass NodeClass { get; }

    /// <summary>False once the node was removed from its address space: monitored items on it report BadNodeIdUnknown.</summary>
    internal bool IsRemoved { get; set; }

    public override string ToString() => $"{BrowseName} ({NodeId})";

    internal void AddReference(NodeId typeId, bool isForward, Node target)
    {
        lock (gate)
        {
            if (referenceCount == references.Length) Array.Resize(ref references, Math.Max(2, 2 * references.Length));
            references[referenceCount++] = new Reference(typeId, isForward, target);
        }
    }

    internal void RemoveReferencesTo(Node target)
    {
        lock (gate)
        {
            Reference[] kept = [.. references.Take(referenceCount).Where(reference => reference.Target != target)];
            references = kept;
            referenceCount = kept.Length;
        }
    }

    /// <summary>
    /// The references as they stand; later additions are not seen. Safe without the lock because entries are only ever added
    /// behind those counted, or a new array takes the old one's place.
    /// </summary>
    internal ReadOnlyMemory<Reference> References
    {
        get
        {
            lock (gate) return references.AsMemory(0, referenceCount);
        }
    }

    internal Node? FirstTarget(NodeId typeId, bool isForward)
    {
        foreach (Reference reference in References.Span)
            if (reference.IsForward == isForward && reference.TypeId == typeId) return reference.Target;
        return null;
    }

    /// <summary>The node's type definition; the null NodeId for types and methods.</summary>
    internal NodeId TypeDefinition => FirstTarget(ReferenceTypeIds.HasTypeDefinition, isForward: true)?.NodeId ?? default;

    /// <summary>Reads an attribute other than Value; false when this node class lacks it (Part 3 §5.9).</summary>
    internal virtual bool TryReadAttribute(uint attributeId, out Variant value)
    {
        value = attributeId switch
        {
            AttributeIds.NodeId => NodeId,
            AttributeIds.NodeClass => (int)NodeClass,
            AttributeIds.BrowseName => BrowseName,
            AttributeIds.DisplayName => DisplayName,
            AttributeIds.Description => Description,
            AttributeIds.WriteMask or AttributeIds.UserWriteMask => 0u,
            _ => default,
        };
        return value.Type != BuiltInType.Null;
    }
}
