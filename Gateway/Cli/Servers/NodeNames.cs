using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary>Turns node ids as people write them into the server's, many at a time.</summary>
internal static class NodeNames
{
    /// <exception cref="UsageException">A text that is no node id, or a namespace that the server does not have.</exception>
    public static NodeId[] Resolve(UaClient client, IReadOnlyList<string> names)
    {
        var nodes = new NodeId[names.Count];
        for (var index = 0; index < nodes.Length; index++)
        {
            if (!ExpandedNodeId.TryParse(names[index], out var expanded))
                throw new UsageException($"'{names[index]}' is no node id. Write ns=2;s=Name, nsu=URI;s=Name or i=2258.");
            if (!expanded.TryResolve(client.Server.NamespaceArray, out nodes[index]))
                throw new UsageException($"The server has no namespace for '{names[index]}'; it has {string.Join(", ", client.Server.NamespaceArray)}.");
        }

        return nodes;
    }
}
