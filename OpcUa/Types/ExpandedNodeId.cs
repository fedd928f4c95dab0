namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A NodeId that may name its namespace by URI and lie in another server (Part 4 §7.16).
/// When <see cref="NamespaceUri"/> is set, the namespace index of <see cref="NodeId"/> is 0 and means nothing.
/// </summary>
public readonly record struct ExpandedNodeId(NodeId NodeId, string? NamespaceUri = null, uint ServerIndex = 0)
{
    public bool IsNull => NodeId.IsNull && NamespaceUri is null && ServerIndex == 0;

    /// <summary>The node lies in the answering server itself.</summary>
    public bool IsLocal => ServerIndex == 0;

    /// <summary>Finds the index of the URI in a server's NamespaceArray; false when the server has no such namespace or the node is not its own.</summary>
    public bool TryResolve(IReadOnlyList<string?> namespaceArray, out NodeId nodeId)
    {
        nodeId = NodeId;
        if (!IsLocal) return false;
        if (NamespaceUri is null) return true;
        for (int index = 0; index < namespaceArray.Count && index <= ushort.MaxValue; index++)
        {
            if (!string.Equals(namespaceArray[index], NamespaceUri, StringComparison.Ordinal)) continue;
            nodeId = NodeId.WithNamespace((ushort)index);
            return true;
        }
        return false;
    }

    /// <summary>The notation of Part 6 §5.3.1.11: <c>svr=1;nsu=urn:plant;s=Tag</c>.</summary>
    public override string ToString() => NodeIdText.Format(this);

    public static ExpandedNodeId Parse(string text) =>
        TryParse(text, out ExpandedNodeId nodeId) ? nodeId : throw new FormatException($"'{text}' is no ExpandedNodeId. {NodeIdText.Expected}");

    public static bool TryParse(string? text, out ExpandedNodeId nodeId) => NodeIdText.TryParse(text, out nodeId);

    public static implicit operator ExpandedNodeId(NodeId nodeId) => new(nodeId);
    public static ExpandedNodeId FromNodeId(NodeId nodeId) => new(nodeId);
}
