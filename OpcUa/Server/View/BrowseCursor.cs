using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.View;

/// <summary>One browse of one node and how far it has come. The references are those of the moment it began.</summary>
internal sealed class BrowseCursor(AddressSpace space, Node node, BrowseDescription wanted, int mostPerAnswer)
{
    private readonly ReadOnlyMemory<Reference> references = node.References;
    private int next;

    /// <summary>References for one answer; the cursor is at its end when <see cref="IsAtEnd"/> says so afterwards.</summary>
    public ReferenceDescription[] Take(int most)
    {
        var taken = new List<ReferenceDescription>();
        ReadOnlySpan<Reference> all = references.Span;
        int limit = Math.Min(most, mostPerAnswer);
        for (; next < all.Length; next++)
        {
            if (!Matches(all[next])) continue;
            if (taken.Count == limit) break;
            taken.Add(Describe(all[next]));
        }
        return [.. taken];
    }

    public bool IsAtEnd => next >= references.Length;

    private bool Matches(in Reference reference)
    {
        if (wanted.BrowseDirection != BrowseDirection.Both && reference.IsForward != (wanted.BrowseDirection == BrowseDirection.Forward)) return false;
        if (wanted.NodeClassMask != 0 && (wanted.NodeClassMask & reference.Target.NodeClass) == 0) return false;
        if (wanted.ReferenceTypeId.IsNull) return true;
        return wanted.IncludeSubtypes ? space.IsSubtypeOf(reference.TypeId, wanted.ReferenceTypeId) : reference.TypeId == wanted.ReferenceTypeId;
    }

    private ReferenceDescription Describe(in Reference reference)
    {
        Node target = reference.Target;
        return new ReferenceDescription
        {
            ReferenceTypeId = Asked(BrowseResultMask.ReferenceTypeId) ? reference.TypeId : default,
            IsForward = Asked(BrowseResultMask.IsForward) && reference.IsForward,
            NodeId = target.NodeId,
            BrowseName = Asked(BrowseResultMask.BrowseName) ? target.BrowseName : default,
            DisplayName = Asked(BrowseResultMask.DisplayName) ? target.DisplayName : default,
            NodeClass = Asked(BrowseResultMask.NodeClass) ? target.NodeClass : 0,
            TypeDefinition = Asked(BrowseResultMask.TypeDefinition) ? target.TypeDefinition : default(NodeId),
        };
    }

    private bool Asked(BrowseResultMask field) => (wanted.ResultMask & field) != 0;
}
