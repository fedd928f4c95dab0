using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Turns node ids with namespace URIs into the server's own, by its NamespaceArray (Part 4 §7.16).</summary>
internal static class NodeResolver
{
    /// <exception cref="UaException">BadNodeIdInvalid when the text is none; BadNodeIdUnknown when the server lacks the namespace.</exception>
    public static NodeId Resolve(string text, IReadOnlyList<string?> namespaces)
    {
        if (!ExpandedNodeId.TryParse(text, out var expanded))
            throw new UaException(StatusCodes.BadNodeIdInvalid, $"'{text}' is no NodeId", "ResolveAsync", "Write i=85, ns=2;s=Tag or nsu=<namespace URI>;s=Tag");
        return expanded.TryResolve(namespaces, out var nodeId) ? nodeId : throw Unknown(expanded, namespaces);
    }

    public static UaException Unknown(ExpandedNodeId expanded, IReadOnlyList<string?> namespaces)
    {
        if (!expanded.IsLocal)
            return new UaException(StatusCodes.BadNodeIdUnknown, $"'{expanded}' lies in another server", "NamespaceArray", "Connect to that server");
        var nearest = namespaces.Where(known => known is not null).OrderBy(known => Unlikeness(known!, expanded.NamespaceUri ?? "")).FirstOrDefault();
        return new UaException(StatusCodes.BadNodeIdUnknown, $"The server has no namespace '{expanded.NamespaceUri}'", "NamespaceArray",
            $"It has {namespaces.Count}; the nearest is '{nearest}'");
    }

    // Characters outside the common beginning and end: enough to tell a slip from another name.
    private static int Unlikeness(string one, string other)
    {
        var common = one.AsSpan().CommonPrefixLength(other);
        var shortest = Math.Min(one.Length, other.Length);
        var tail = 0;
        while (tail < shortest - common && one[^(tail + 1)] == other[^(tail + 1)])
            tail++;
        return one.Length + other.Length - 2 * (common + tail);
    }
}
