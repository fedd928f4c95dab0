using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.View;

/// <summary>Browse, BrowseNext, TranslateBrowsePathsToNodeIds and RegisterNodes (Part 4 §5.8).</summary>
internal sealed class ViewService(ServerLimits limits, AddressSpace space)
{
    private const uint WholePathFollowed = uint.MaxValue;

    /// <summary>Nodes that one path may lead to; names may repeat under a parent.</summary>
    private const int MaxTargets = 1000;

    public BrowseResponse Browse(ServerSession session, BrowseRequest request)
    {
        Operations.Require(request.NodesToBrowse.Length, limits.MaxNodesPerBrowse, "Browse.NodesToBrowse");
        if (!request.View.ViewId.IsNull) throw new UaException(StatusCodes.BadViewIdUnknown, "There are no views here", "Browse.View", "Leave the view null");
        int most = request.RequestedMaxReferencesPerNode == 0 ? limits.MaxReferencesPerNode : (int)Math.Min(request.RequestedMaxReferencesPerNode, (uint)limits.MaxReferencesPerNode);
        int left = limits.MaxReferencesPerBrowse;
        var results = new BrowseResult[request.NodesToBrowse.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Begin(session, request.NodesToBrowse[i], most, left);
            left = Math.Max(0, left - results[i].References.Length);
        }
        return new BrowseResponse { Results = results };
    }

    public BrowseNextResponse BrowseNext(ServerSession session, BrowseNextRequest request)
    {
        Operations.Require(request.ContinuationPoints.Length, limits.MaxNodesPerBrowse, "BrowseNext.ContinuationPoints");
        int left = limits.MaxReferencesPerBrowse;
        var results = new BrowseResult[request.ContinuationPoints.Length];
        for (int i = 0; i < results.Length; i++)
        {
            BrowseCursor? cursor = session.Continuations.Take<BrowseCursor>(request.ContinuationPoints[i]);
            results[i] = cursor is null ? new BrowseResult { StatusCode = StatusCodes.BadContinuationPointInvalid }
                : request.ReleaseContinuationPoints ? new BrowseResult()
                : Continue(session, cursor, left);
            left = Math.Max(0, left - results[i].References.Length);
        }
        return new BrowseNextResponse { Results = results };
    }

    public TranslateBrowsePathsToNodeIdsResponse Translate(TranslateBrowsePathsToNodeIdsRequest request)
    {
        Operations.Require(request.BrowsePaths.Length, limits.MaxNodesPerTranslate, "TranslateBrowsePathsToNodeIds.BrowsePaths");
        return new TranslateBrowsePathsToNodeIdsResponse { Results = [.. request.BrowsePaths.Select(Translate)] };
    }

    /// <summary>Every node is equally near here: the ids come back as they are (Part 4, RegisterNodes).</summary>
    public RegisterNodesResponse Register(RegisterNodesRequest request)
    {
        Operations.Require(request.NodesToRegister.Length, limits.MaxNodesPerRegister, "RegisterNodes.NodesToRegister");
        return new RegisterNodesResponse { RegisteredNodeIds = request.NodesToRegister };
    }

    public UnregisterNodesResponse Unregister(UnregisterNodesRequest request)
    {
        Operations.Require(request.NodesToUnregister.Length, limits.MaxNodesPerRegister, "UnregisterNodes.NodesToUnregister");
        return new UnregisterNodesResponse();
    }

    private BrowseResult Begin(ServerSession session, BrowseDescription wanted, int mostPerAnswer, int left)
    {
        if (space.Find(wanted.NodeId) is not { } node) return new BrowseResult { StatusCode = StatusCodes.BadNodeIdUnknown };
        if (wanted.BrowseDirection is < BrowseDirection.Forward or > BrowseDirection.Both) return new BrowseResult { StatusCode = StatusCodes.BadBrowseDirectionInvalid };
        if (!wanted.ReferenceTypeId.IsNull && space.Find(wanted.ReferenceTypeId) is not TypeNode { NodeClass: NodeClass.ReferenceType })
            return new BrowseResult { StatusCode = StatusCodes.BadReferenceTypeIdInvalid };
        return Continue(session, new BrowseCursor(space, node, wanted, mostPerAnswer), left);
    }

    private static BrowseResult Continue(ServerSession session, BrowseCursor cursor, int left)
    {
        ReferenceDescription[] taken = cursor.Take(left);
        if (cursor.IsAtEnd) return new BrowseResult { References = taken };
        return session.Continuations.Keep(cursor) is { } point
            ? new BrowseResult { References = taken, ContinuationPoint = point }
            : new BrowseResult { StatusCode = StatusCodes.BadNoContinuationPoints };
    }

    private BrowsePathResult Translate(BrowsePath path)
    {
        RelativePathElement[] elements = path.RelativePath.Elements;
        if (elements.Length == 0) return new BrowsePathResult { StatusCode = StatusCodes.BadNothingToDo };
        if (elements.Length > limits.MaxPathElements) return new BrowsePathResult { StatusCode = StatusCodes.BadTooManyOperations };
        if (space.Find(path.StartingNode) is not { } start) return new BrowsePathResult { StatusCode = StatusCodes.BadNodeIdUnknown };
        HashSet<Node> reached = [start];
        foreach (RelativePathElement element in elements)
        {
            if (element.TargetName.Name is null) return new BrowsePathResult { StatusCode = StatusCodes.BadBrowseNameInvalid };
            // A set, so that loops and diamonds cannot multiply what is followed.
            var further = new HashSet<Node>();
            foreach (Node node in reached) Follow(node, element, further);
            if (further.Count == 0) return new BrowsePathResult { StatusCode = StatusCodes.BadNoMatch };
            if (further.Count > MaxTargets) return new BrowsePathResult { StatusCode = StatusCodes.BadTooManyMatches };
            reached = further;
        }
        return new BrowsePathResult { Targets = [.. reached.Select(node => new BrowsePathTarget { TargetId = node.NodeId, RemainingPathIndex = WholePathFollowed })] };
    }

    private void Follow(Node node, RelativePathElement element, HashSet<Node> further)
    {
        foreach (Reference reference in node.References.Span)
        {
            if (reference.IsForward == element.IsInverse || reference.Target.BrowseName != element.TargetName) continue;
            bool matches = element.ReferenceTypeId.IsNull
                || (element.IncludeSubtypes ? space.IsSubtypeOf(reference.TypeId, element.ReferenceTypeId) : reference.TypeId == element.ReferenceTypeId);
            if (matches) further.Add(reference.Target);
        }
    }
}
