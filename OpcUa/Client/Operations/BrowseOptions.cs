using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Which references to follow and where to stop. Every bound holds against a server that never ends.</summary>
public sealed record BrowseOptions
{
    public BrowseDirection Direction { get; init; } = BrowseDirection.Forward;

    /// <summary>Null follows all; the default is HierarchicalReferences with its subtypes.</summary>
    public NodeId ReferenceTypeId { get; init; } = 33;

    public bool IncludeSubtypes { get; init; } = true;

    /// <summary>Zero returns all classes.</summary>
    public NodeClass NodeClassMask { get; init; }

    /// <summary>References that the server may put into one page; 0 leaves it to the server.</summary>
    public uint PageSize { get; init; }

    /// <summary>Pages per node, the first included; what lies beyond is given back to the server and not followed.</summary>
    public int MaxPages { get; init; } = 1000;

    /// <summary>References per node.</summary>
    public int MaxReferences { get; init; } = 1_000_000;

    /// <summary>Levels below the root, for trees; 0 gives the root's own references only.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Nodes in all, for trees.</summary>
    public int MaxNodes { get; init; } = 1_000_000;
}

/// <summary>A node found under another; each node of a tree is reported once.</summary>
/// <param name="Parent">The node that it was first found under.</param>
/// <param name="Depth">0 for the references of the root itself.</param>
public sealed record BrowsedNode(NodeId Parent, int Depth, ReferenceDescription Reference);
