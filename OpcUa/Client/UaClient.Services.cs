using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

// Services. Each splits what it is given by what the server takes in one call, and returns results in the order given.
public sealed partial class UaClient
{
    /// <summary>Reads attributes (Part 4, Read). A node that cannot be read is a bad status at its place, not an exception.</summary>
    /// <param name="maxAge">How old a cached value may be; zero asks the device.</param>
    public Task<DataValue[]> ReadAsync(ReadOnlyMemory<ReadValueId> nodes, TimestampsToReturn timestamps, TimeSpan maxAge, CancellationToken cancellation) =>
        keeper.Batches.RunAsync(BatchedService.Read, nodes, async part => (await keeper.RequireSession().CallAsync<ReadResponse>(
            new ReadRequest { MaxAge = maxAge.TotalMilliseconds, TimestampsToReturn = timestamps, NodesToRead = part }, cancellation).ConfigureAwait(false)).Results);

    /// <summary>Reads the Value attribute of one node, with both timestamps.</summary>
    public async Task<DataValue> ReadValueAsync(NodeId nodeId, CancellationToken cancellation) =>
        (await ReadAsync(new[] { new ReadValueId { NodeId = nodeId } }, TimestampsToReturn.Both, TimeSpan.Zero, cancellation).ConfigureAwait(false))[0];

    /// <summary>Writes attributes (Part 4, Write). Servers may refuse a status or timestamp that comes with the value.</summary>
    public Task<StatusCode[]> WriteAsync(ReadOnlyMemory<WriteValue> values, CancellationToken cancellation) =>
        keeper.Batches.RunAsync(BatchedService.Write, values, async part => (await keeper.RequireSession().CallAsync<WriteResponse>(
            new WriteRequest { NodesToWrite = part }, cancellation).ConfigureAwait(false)).Results);

    /// <summary>Writes the Value attribute of one node, without status and timestamps.</summary>
    public async Task<StatusCode> WriteValueAsync(NodeId nodeId, Variant value, CancellationToken cancellation) =>
        (await WriteAsync(new[] { new WriteValue { NodeId = nodeId, Value = new DataValue(value) } }, cancellation).ConfigureAwait(false))[0];

    /// <summary>Calls methods (Part 4, Call). Never repeated on its own: a method may have run although its answer was lost.</summary>
    public Task<CallMethodResult[]> CallAsync(ReadOnlyMemory<CallMethodRequest> methods, CancellationToken cancellation) =>
        keeper.Batches.RunAsync(BatchedService.Call, methods, async part => (await keeper.RequireSession().CallAsync<CallResponse>(
            new CallRequest { MethodsToCall = part }, cancellation).ConfigureAwait(false)).Results);

    /// <summary>Calls one method.</summary>
    /// <exception cref="UaException">Its status is bad.</exception>
    public async Task<Variant[]> CallMethodAsync(NodeId objectId, NodeId methodId, CancellationToken cancellation, params Variant[] arguments)
    {
        var result = (await CallAsync(new[] { new CallMethodRequest { ObjectId = objectId, MethodId = methodId, InputArguments = arguments } }, cancellation).ConfigureAwait(false))[0];
        if (!result.StatusCode.IsBad)
            return result.OutputArguments;
        var wrong = Array.FindIndex(result.InputArgumentResults, argument => argument.IsBad);
        throw new UaException(result.StatusCode, wrong < 0 ? $"The method {methodId} failed" : $"The method {methodId} refused argument {wrong} ({result.InputArgumentResults[wrong]})", "Call");
    }

    /// <summary>References of each node, all pages joined (Part 4, Browse and BrowseNext).</summary>
    public Task<BrowseResult[]> BrowseAsync(ReadOnlyMemory<NodeId> nodes, BrowseOptions options, CancellationToken cancellation) => browser.BrowseAsync(nodes, options, cancellation);

    /// <summary>Everything below a node, level by level, each node once.</summary>
    public IAsyncEnumerable<BrowsedNode> BrowseTreeAsync(NodeId root, BrowseOptions options, CancellationToken cancellation) => browser.BrowseTreeAsync(root, options, cancellation);

    /// <summary>Nodes at the ends of paths (Part 4, TranslateBrowsePathsToNodeIds).</summary>
    public Task<BrowsePathResult[]> TranslateBrowsePathsAsync(ReadOnlyMemory<BrowsePath> paths, CancellationToken cancellation) =>
        keeper.Batches.RunAsync(BatchedService.TranslateBrowsePaths, paths, async part => (await keeper.RequireSession().CallAsync<TranslateBrowsePathsToNodeIdsResponse>(
            new TranslateBrowsePathsToNodeIdsRequest { BrowsePaths = part }, cancellation).ConfigureAwait(false)).Results);

    /// <summary>Stored values between two times, the first inclusive, backwards if the end lies before the start (Part 4, HistoryRead; Part 11 §6.5.3).</summary>
    /// <param name="maxValues">Per node; what lies beyond is given back to the server and not read.</param>
    public Task<HistoryValues[]> HistoryReadRawAsync(ReadOnlyMemory<NodeId> nodes, DateTime start, DateTime end, int maxValues, CancellationToken cancellation) =>
        history.ReadRawAsync(nodes, start, end, new RawHistoryOptions { MaxValues = maxValues }, cancellation);

    /// <summary>As the other, with bounds and pages as the options say.</summary>
    public Task<HistoryValues[]> HistoryReadRawAsync(ReadOnlyMemory<NodeId> nodes, DateTime start, DateTime end, RawHistoryOptions options, CancellationToken cancellation) =>
        history.ReadRawAsync(nodes, start, end, options, cancellation);

    /// <summary>Finds the NodeId of a text such as <c>nsu=urn:plant;s=Tag</c>, <c>ns=2;s=Tag</c> or <c>i=2258</c> in the server's NamespaceArray.</summary>
    /// <exception cref="UaException">BadNodeIdInvalid or BadNodeIdUnknown, with the nearest namespace that the server has.</exception>
    public async Task<NodeId> ResolveAsync(string nodeText, CancellationToken cancellation)
    {
        keeper.RequireSession();
        try
        {
            return NodeResolver.Resolve(nodeText, Server.NamespaceArray);
        }
        catch (UaException unknown) when (unknown.Status == StatusCodes.BadNodeIdUnknown)
        {
            // A server may have gained a namespace since we asked.
            return NodeResolver.Resolve(nodeText, (await keeper.RefreshAsync(cancellation).ConfigureAwait(false)).NamespaceArray);
        }
    }
}
