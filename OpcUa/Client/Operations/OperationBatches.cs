using System.Runtime.InteropServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Services whose operations are sent in batches.</summary>
internal enum BatchedService
{
    Read,
    Write,
    Call,
    Browse,
    TranslateBrowsePaths,
    HistoryRead,
    MonitoredItems,
}

/// <summary>
/// Splits operations by what the server takes in one call: its OperationLimits at first, half as many whenever it says that even
/// those are too many. Servers promise more than they take, and some promise nothing.
/// </summary>
internal sealed class OperationBatches(ClientDiagnostics diagnostics, int most)
{
    private readonly int[] sizes = Enumerable.Repeat(most, Enum.GetValues<BatchedService>().Length).ToArray();

    public int Size(BatchedService service) => Volatile.Read(ref sizes[(int)service]);

    /// <summary>Takes over what a new session's server promises, forgetting what was learned from the one before.</summary>
    public void Apply(OperationLimits limits)
    {
        Set(BatchedService.Read, limits.MaxNodesPerRead);
        Set(BatchedService.Write, limits.MaxNodesPerWrite);
        Set(BatchedService.Call, limits.MaxNodesPerMethodCall);
        Set(BatchedService.Browse, limits.MaxNodesPerBrowse);
        Set(BatchedService.TranslateBrowsePaths, limits.MaxNodesPerTranslateBrowsePathsToNodeIds);
        Set(BatchedService.HistoryRead, limits.MaxNodesPerHistoryReadData);
        Set(BatchedService.MonitoredItems, limits.MaxMonitoredItemsPerCall);
    }

    /// <summary>Runs the call over all items, batch by batch; results are in the order of the items.</summary>
    /// <exception cref="UaException">The first batch's failure that a smaller batch would not cure, or BadUnknownResponse when the counts differ.</exception>
    public async Task<TResult[]> RunAsync<TItem, TResult>(BatchedService service, ReadOnlyMemory<TItem> items, Func<TItem[], Task<TResult[]>> call)
    {
        TResult[] results = [];
        for (var done = 0; done < items.Length;)
        {
            var count = Math.Min(Size(service), items.Length - done);
            TResult[] part;
            try
            {
                part = await call(Part(items, done, count)).ConfigureAwait(false);
            }
            catch (UaException refused) when (count > 1 && IsTooMany(refused.Status, service))
            {
                Lower(service, count, refused.Status);
                continue;
            }
            if (part.Length != count)
            {
                throw new UaException(StatusCodes.BadUnknownResponse, $"The server answered {count} operations with {part.Length} results", service.ToString(),
                    "Report it to the server's maker");
            }
            // The usual case, all in one call, needs no copy.
            if (count == items.Length)
                return part;
            if (results.Length == 0)
                results = new TResult[items.Length];
            part.CopyTo(results, done);
            done += count;
        }
        return results;
    }

    public Task<TResult[]> RunAsync<TItem, TResult>(BatchedService service, TItem[] items, Func<TItem[], Task<TResult[]>> call) =>
        RunAsync(service, (ReadOnlyMemory<TItem>)items, call);

    private static TItem[] Part<TItem>(ReadOnlyMemory<TItem> items, int start, int count) =>
        count == items.Length && MemoryMarshal.TryGetArray(items, out var whole) && whole.Array!.Length == count
            ? whole.Array
            : items.Slice(start, count).ToArray();

    private void Lower(BatchedService service, int from, StatusCode reason)
    {
        var to = Math.Max(1, from / 2);
        if (to >= Size(service))
            return;
        Volatile.Write(ref sizes[(int)service], to);
        diagnostics.Raise(at => new UaClientEvent.BatchLowered(at, service.ToString(), from, to, reason));
    }

    private void Set(BatchedService service, uint limit) =>
        Volatile.Write(ref sizes[(int)service], limit == 0 ? most : (int)Math.Min(limit, (uint)most));

    // What was done before the answer turned out too large must not be done twice; reading may.
    private static bool IsTooMany(StatusCode status, BatchedService service) => status.Code switch
    {
        StatusCodes.BadTooManyOperations or StatusCodes.BadRequestTooLarge => true,
        StatusCodes.BadResponseTooLarge or StatusCodes.BadEncodingLimitsExceeded or StatusCodes.BadTcpMessageTooLarge =>
            service is not (BatchedService.Call or BatchedService.Write or BatchedService.MonitoredItems),
        _ => false,
    };
}
