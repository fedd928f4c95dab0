using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

// Services. Each splits what it is given by what the server takes in one call, and returns results in the order given.
public sealed partial class UaClient
{
    /// <summary>Reads attributes (Part 4, Read). A node that cannot be read is a bad status at its place, not an exception.</summary>
    /// <param name="maxAge">How old a cached value may be; zero asks the device.</param>
    public Task<DataValue[]> ReadAsync(ReadOnlyMemory<ReadValueId> nodes, TimestampsToReturn timestamps, TimeSpan maxAge, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Reads the Value attribute of one node, with both timestamps.</summary>
    public Task<DataValue> ReadValueAsync(NodeId nodeId, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Writes attributes (Part 4, Write). Servers may refuse a status or timestamp that comes with the value.</summary>
    public Task<StatusCode[]> WriteAsync(ReadOnlyMemory<WriteValue> values, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Writes the Value attribute of one node, without status and timestamps.</summary>
    public Task<StatusCode> WriteValueAsync(NodeId nodeId, Variant value, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Calls methods (Part 4, Call). Never repeated on its own: a method may have run although its answer was lost.</summary>
    public Task<CallMethodResult[]> CallAsync(ReadOnlyMemory<CallMethodRequest> methods, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Calls one method; throws <see cref="UaException"/> when its status is bad.</summary>
    public Task<Variant[]> CallMethodAsync(NodeId objectId, NodeId methodId, CancellationToken cancellation, params Variant[] arguments) => throw new NotImplementedException();

    /// <summary>References of each node, all pages joined (Part 4, Browse and BrowseNext).</summary>
    public Task<BrowseResult[]> BrowseAsync(ReadOnlyMemory<NodeId> nodes, BrowseOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Everything below a node, level by level, each node once.</summary>
    public IAsyncEnumerable<BrowsedNode> BrowseTreeAsync(NodeId root, BrowseOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Nodes at the ends of paths (Part 4, TranslateBrowsePathsToNodeIds).</summary>
    public Task<BrowsePathResult[]> TranslateBrowsePathsAsync(ReadOnlyMemory<BrowsePath> paths, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stored values between two times, the first inclusive, backwards if the end lies before the start (Part 4, HistoryRead; Part 11 §6.5.3).</summary>
    /// <param name="maxValues">Per node; what lies beyond is given back to the server and not read.</param>
    public Task<HistoryValues[]> HistoryReadRawAsync(ReadOnlyMemory<NodeId> nodes, DateTime start, DateTime end, int maxValues, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Finds the NodeId of a text such as <c>nsu=urn:plant;s=Tag</c>, <c>ns=2;s=Tag</c> or <c>i=2258</c> in the server's NamespaceArray.</summary>
    /// <exception cref="UaException">BadNodeIdInvalid or BadNodeIdUnknown, with the namespaces that the server has.</exception>
    public Task<NodeId> ResolveAsync(string nodeText, CancellationToken cancellation) => throw new NotImplementedException();
}
