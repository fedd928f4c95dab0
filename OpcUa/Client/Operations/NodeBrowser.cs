using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Browses nodes and trees over one session, page by page (Part 4, Browse and BrowseNext). What is cut off is given back to the server.</summary>
internal sealed class NodeBrowser(Func<Session> session, OperationBatches batches)
{
    public async Task<BrowseResult[]> BrowseAsync(ReadOnlyMemory<NodeId> nodes, BrowseOptions options, CancellationToken cancellation) =>
        await batches.RunAsync(BatchedService.Browse, nodes, part => BrowsePartAsync(part, options, cancellation)).ConfigureAwait(false);

    public async IAsyncEnumerable<BrowsedNode> BrowseTreeAsync(NodeId root, BrowseOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var visited = new HashSet<ExpandedNodeId> { root };
        List<NodeId> level = [root];
        for (var depth = 0; depth <= options.MaxDepth && level.Count > 0; depth++)
        {
            List<NodeId> next = [];
            foreach (var part in level.Chunk(batches.Size(BatchedService.Browse)))
            {
                var results = await BrowseAsync(part, options, cancellation).ConfigureAwait(false);
                for (var i = 0; i < part.Length; i++)
                {
                    foreach (var reference in results[i].References)
                    {
                        if (!visited.Add(reference.NodeId))
                            continue;
                        if (visited.Count > options.MaxNodes)
                            yield break;
                        if (reference.NodeId is { IsLocal: true, NamespaceUri: null })
                            next.Add(reference.NodeId.NodeId);
                        yield return new BrowsedNode(part[i], depth, reference);
                    }
                }
            }
            level = next;
        }
    }

    private async Task<BrowseResult[]> BrowsePartAsync(NodeId[] nodes, BrowseOptions options, CancellationToken cancellation)
    {
        // A ViewDescription that is not all null, by a timestamp even, makes some servers look for a view.
        var first = await session().CallAsync<BrowseResponse>(new BrowseRequest
        {
            RequestedMaxReferencesPerNode = options.PageSize,
            NodesToBrowse = [.. nodes.Select(node => new BrowseDescription
            {
                NodeId = node,
                BrowseDirection = options.Direction,
                ReferenceTypeId = options.ReferenceTypeId,
                IncludeSubtypes = options.IncludeSubtypes,
                NodeClassMask = options.NodeClassMask,
                ResultMask = BrowseResultMask.All,
            })],
        }, cancellation).ConfigureAwait(false);
        if (first.Results.Length != nodes.Length)
            return first.Results;

        var pages = first.Results.Select(result => new Pages(result)).ToArray();
        for (var page = 1; ; page++)
        {
            var open = pages.Where(p => p.ContinuationPoint is not null).ToArray();
            if (open.Length == 0)
                return [.. pages.Select(p => p.ToResult())];
            var release = page >= options.MaxPages ? open : [.. open.Where(p => p.Count >= options.MaxReferences)];
            if (release.Length > 0)
            {
                await NextAsync(release, release: true, cancellation).ConfigureAwait(false);
                continue;
            }
            await NextAsync(open, release: false, cancellation).ConfigureAwait(false);
        }
    }

    private async Task NextAsync(Pages[] pages, bool release, CancellationToken cancellation)
    {
        foreach (var part in pages.Chunk(batches.Size(BatchedService.Browse)))
        {
            var response = await session().CallAsync<BrowseNextResponse>(
                new BrowseNextRequest { ReleaseContinuationPoints = release, ContinuationPoints = [.. part.Select(p => p.ContinuationPoint)] }, cancellation).ConfigureAwait(false);
            if (!release && response.Results.Length != part.Length)
                throw new UaException(StatusCodes.BadUnknownResponse, $"The server answered {part.Length} continuation points with {response.Results.Length} results", "BrowseNext", "Report it to the server's maker");
            for (var i = 0; i < part.Length; i++)
            {
                if (release)
                    part[i].Release();
                else
                    part[i].Add(response.Results[i]);
            }
        }
    }

    private sealed class Pages(BrowseResult first)
    {
        private readonly List<ReferenceDescription> references = [.. first.References];
        private StatusCode status = first.StatusCode;

        public byte[]? ContinuationPoint { get; private set; } = first.ContinuationPoint is { Length: > 0 } point ? point : null;

        public int Count => references.Count;

        public void Add(BrowseResult page)
        {
            references.AddRange(page.References);
            ContinuationPoint = page.ContinuationPoint is { Length: > 0 } point ? point : null;
            if (page.StatusCode.IsBad)
            {
                status = page.StatusCode;
                ContinuationPoint = null;
            }
        }

        public void Release()
        {
            ContinuationPoint = null;
            status = StatusCodes.GoodResultsMayBeIncomplete;
        }

        public BrowseResult ToResult() => new() { StatusCode = status, References = [.. references] };
    }
}
