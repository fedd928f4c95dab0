using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Tags.Selection;

/// <summary>Walks a server's nodes from the root, level by level, along the paths that patterns allow. Loops end where nothing new can match; depth and counts are bounded.</summary>
internal sealed class NodeSelector(UaClient client, SelectionLimits limits)
{
    private static readonly NodeId Root = 84;

    /// <summary>Subtrees that no wildcard means: the server's own diagnostics, types and views. Named, they are walked.</summary>
    private static readonly NodeId[] Aside = [2253, 86, 87, 31915, 23470];

    /// <summary>Things a wildcard passed over: properties, and the subtrees set aside.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Each variable that a pattern leads to, once, by the shortest path.</summary>
    /// <exception cref="UsageException">A bound was reached: the result would be a part only.</exception>
    public async Task<IReadOnlyList<SelectedNode>> SelectAsync(PathPattern pattern, CancellationToken cancel)
    {
        var types = await ReferenceTypes.ReadAsync(client, cancel).ConfigureAwait(false);
        var named = pattern.Steps.Where(step => step.Kind == ReferenceKind.Named).Select(step => step.Reference).Distinct().ToDictionary(name => name, types.Find);
        var seen = new Dictionary<NodeId, HashSet<int>> { [Root] = [0] };
        var selected = new List<SelectedNode>();
        var taken = new HashSet<NodeId>();
        List<Reached> level = [new(Root, "", Closure(pattern, [0]))];
        for (var depth = 0; level.Count > 0; depth++)
        {
            if (depth == limits.Depth)
                throw new UsageException($"Pattern '{pattern.Text}' goes on below {limits.Depth} levels. Narrow it, or raise --depth.");
            var next = new Dictionary<NodeId, Reached>();
            var options = new BrowseOptions { ReferenceTypeId = named.Count > 0 ? 31u : ReferenceTypes.Hierarchical };
            var results = await client.BrowseAsync(level.Select(reached => reached.Node).ToArray(), options, cancel).ConfigureAwait(false);
            for (var index = 0; index < level.Count; index++)
                foreach (var reference in results[index].References.Where(reference => reference.NodeId is { IsLocal: true, NamespaceUri: null }))
                    Follow(level[index], reference, next);
            level = [.. next.Values];
        }

        return selected;

        void Follow(Reached from, ReferenceDescription reference, Dictionary<NodeId, Reached> next)
        {
            var (node, name) = (reference.NodeId.NodeId, reference.BrowseName.Name ?? "");
            var reachedHere = new HashSet<int>();
            foreach (var position in from.Positions.Where(position => position < pattern.Steps.Length))
            {
                var step = pattern.Steps[position];
                if (!IsFollowed(step, reference.ReferenceTypeId) || (!step.Deep && !step.Matches(name, reference.BrowseName.NamespaceIndex)))
                    continue;
                if (step.IsWild && ((!limits.Properties && types.IsA(reference.ReferenceTypeId, ReferenceTypes.HasProperty)) || Aside.Contains(node)))
                    PassedOver++;
                else
                    reachedHere.Add(step.Deep ? position : position + 1);
            }

            if (reachedHere.Count == 0)
                return;
            var positions = Closure(pattern, reachedHere);
            if (!seen.TryGetValue(node, out var known))
                seen[node] = known = [];
            positions.ExceptWith(known);
            if (positions.Count == 0)
                return;
            known.UnionWith(positions);
            if (seen.Count > limits.Visited)
                throw new UsageException($"Pattern '{pattern.Text}' leads past more than {limits.Visited} nodes. Narrow it.");
            var path = from.Path + PathPattern.Step(name);
            if (positions.Contains(pattern.Steps.Length) && reference.NodeClass == NodeClass.Variable && taken.Add(node))
                selected.Add(new SelectedNode(node, path, [.. from.Names, name]));
            if (selected.Count > limits.Results)
                throw new UsageException($"Pattern '{pattern.Text}' selects more than {limits.Results} variables. Narrow it, or raise --limit.");
            if (next.TryGetValue(node, out var again))
                again.Positions.UnionWith(positions);
            else
                next[node] = new Reached(node, path, positions) { Names = [.. from.Names, name] };
        }

        bool IsFollowed(PathStep step, NodeId type) => step.Kind switch
        {
            ReferenceKind.Hierarchical => types.IsA(type, ReferenceTypes.Hierarchical),
            ReferenceKind.Aggregates => types.IsA(type, ReferenceTypes.Aggregates),
            _ => step.Subtypes ? types.IsA(type, named[step.Reference]) : type == named[step.Reference],
        };
    }

    /// <summary>A deep step may also stand for no step at all.</summary>
    private static HashSet<int> Closure(PathPattern pattern, HashSet<int> positions)
    {
        foreach (var position in positions.ToList())
            for (var next = position; next < pattern.Steps.Length && pattern.Steps[next].Deep;)
                positions.Add(++next);
        return positions;
    }

    private sealed record Reached(NodeId Node, string Path, HashSet<int> Positions)
    {
        public string[] Names { get; init; } = [];
    }
}

/// <param name="Node">In the server's own namespaces.</param>
/// <param name="Path">Browse path from the root.</param>
/// <param name="Names">The same as names.</param>
internal sealed record SelectedNode(NodeId Node, string Path, IReadOnlyList<string> Names);

/// <param name="Depth">Levels below the root.</param>
/// <param name="Results">Variables.</param>
/// <param name="Properties">Wildcards mean properties, too.</param>
internal sealed record SelectionLimits(int Depth, int Results, bool Properties)
{
    /// <summary>Nodes that may be looked at.</summary>
    public int Visited { get; init; } = 500_000;
}
