using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Tags.Selection;

/// <summary>A server's reference types: which is a kind of which (OPC 10000-5 §11).</summary>
internal sealed class ReferenceTypes
{
    public static readonly NodeId Hierarchical = 33;
    public static readonly NodeId Aggregates = 44;
    public static readonly NodeId HasProperty = 46;

    private static readonly NodeId References = 31;
    private static readonly NodeId HasSubtype = 45;

    /// <summary>The standard's own, for servers that do not show their types.</summary>
    private readonly Dictionary<NodeId, NodeId> parents = new()
    {
        [33] = 31, [34] = 33, [35] = 33, [36] = 33, [44] = 34, [45] = 34, [46] = 44, [47] = 44, [48] = 36, [49] = 47, [56] = 44,
    };

    private readonly Dictionary<string, NodeId> names = new(StringComparer.Ordinal)
    {
        ["HierarchicalReferences"] = 33, ["HasChild"] = 34, ["Organizes"] = 35, ["Aggregates"] = 44, ["HasProperty"] = 46, ["HasComponent"] = 47, ["HasOrderedComponent"] = 49,
    };

    public static async Task<ReferenceTypes> ReadAsync(UaClient client, CancellationToken cancel)
    {
        var types = new ReferenceTypes();
        await foreach (var found in client.BrowseTreeAsync(References, new BrowseOptions { ReferenceTypeId = HasSubtype, MaxDepth = 16, MaxNodes = 5000 }, cancel).ConfigureAwait(false))
        {
            if (!found.Reference.NodeId.IsLocal)
                continue;
            types.parents[found.Reference.NodeId.NodeId] = found.Parent;
            types.names.TryAdd(found.Reference.BrowseName.Name ?? "", found.Reference.NodeId.NodeId);
        }

        return types;
    }

    public bool IsA(NodeId type, NodeId ancestor)
    {
        for (var depth = 0; depth < 32; depth++)
        {
            if (type == ancestor)
                return true;
            if (!parents.TryGetValue(type, out type))
                return false;
        }

        return false;
    }

    /// <exception cref="UsageException">The server has no reference type of that name.</exception>
    public NodeId Find(string name) => names.TryGetValue(name, out var type) ? type
        : throw new UsageException($"The server has no reference type '{name}': {Plant.Files.Text.Nearest.Hint(name, names.Keys)}");
}
