using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Tags.Selection;

/// <summary>Finds where many browse paths lead in one walk: each node on the way is browsed once, however many paths pass it.</summary>
internal static class PathWalk
{
    private const int MostNodes = 500_000;
    private static readonly NodeId Root = 84;

    /// <summary>By path: the nodes that it leads to; none when it leads nowhere, several when a name stands there in several namespaces.</summary>
    /// <exception cref="UsageException">A path that is none.</exception>
    public static async Task<IReadOnlyDictionary<string, List<NodeId>>> FindAsync(UaClient client, IReadOnlyCollection<string> paths, CancellationToken cancel)
    {
        var found = paths.Distinct().ToDictionary(path => path, _ => new List<NodeId>(), StringComparer.Ordinal);
        var trunk = new Branch();
        foreach (var path in found.Keys)
        {
            var branch = trunk;
            foreach (var step in PathPattern.Parse(path).Steps)
                branch = branch.Below(step.IsWild ? throw new UsageException($"Browse path '{path}' has a wildcard: it must be the path of one node.") : step.Parts[0]);
            branch.Paths.Add(path);
        }

        List<(NodeId Node, Branch Branch)> level = [(Root, trunk)];
        while (level.Count > 0)
        {
            var open = level.Where(pair => pair.Branch.Names.Count > 0).ToList();
            var results = await client.BrowseAsync(open.Select(pair => pair.Node).ToArray(), new BrowseOptions(), cancel).ConfigureAwait(false);
            var next = new HashSet<(NodeId, Branch)>();
            for (var index = 0; index < open.Count; index++)
                foreach (var reference in results[index].References)
                    if (reference.NodeId is { IsLocal: true, NamespaceUri: null } && open[index].Branch.Names.TryGetValue(reference.BrowseName.Name ?? "", out var below))
                        next.Add((reference.NodeId.NodeId, below));
            if (next.Count > MostNodes)
                throw new UsageException($"More than {MostNodes} nodes share names on the way of these browse paths: the server's names are not good enough to go by.");
            level = [.. next];
            foreach (var (node, branch) in level)
                foreach (var path in branch.Paths)
                    found[path].Add(node);
        }

        return found;
    }

    private sealed class Branch
    {
        public Dictionary<string, Branch> Names { get; } = new(StringComparer.Ordinal);

        public List<string> Paths { get; } = [];

        public Branch Below(string name) => Names.TryGetValue(name, out var known) ? known : Names[name] = new Branch();
    }
}
