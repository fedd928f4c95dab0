using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Reads raw history over one session, page by page (Part 4, HistoryRead; Part 11 §6.5.3).</summary>
internal sealed class HistoryReader(Func<Session> session, OperationBatches batches)
{
    private const int MaxPages = 10_000;

    public async Task<HistoryValues[]> ReadRawAsync(ReadOnlyMemory<NodeId> nodes, DateTime start, DateTime end, RawHistoryOptions options, CancellationToken cancellation)
    {
        var maxValues = options.MaxValues;
        var histories = nodes.ToArray().Select(node => new History(node)).ToArray();
        var details = new ExtensionObject(new ReadRawModifiedDetails
        {
            StartTime = start,
            EndTime = end,
            NumValuesPerNode = (uint)Math.Max(0, options.PageSize is > 0 and var page && page < maxValues ? page : maxValues),
            ReturnBounds = options.ReturnBounds,
        });
        History[] open = histories;
        for (var turn = 0; open.Length > 0; turn++)
        {
            var release = turn >= MaxPages;
            await batches.RunAsync<History, HistoryReadResult>(BatchedService.HistoryRead, open, part => ReadPartAsync(part, details, release, cancellation)).ConfigureAwait(false);
            if (release)
                break;
            var full = open.Where(history => history.ContinuationPoint is not null && history.Values.Count >= maxValues).ToArray();
            if (full.Length > 0)
                await batches.RunAsync<History, HistoryReadResult>(BatchedService.HistoryRead, full, part => ReadPartAsync(part, details, release: true, cancellation)).ConfigureAwait(false);
            open = [.. open.Where(history => history.ContinuationPoint is not null)];
        }
        return [.. histories.Select(history => history.ToValues(maxValues))];
    }

    private async Task<HistoryReadResult[]> ReadPartAsync(History[] part, ExtensionObject details, bool release, CancellationToken cancellation)
    {
        var response = await session().CallAsync<HistoryReadResponse>(new HistoryReadRequest
        {
            HistoryReadDetails = details,
            TimestampsToReturn = TimestampsToReturn.Both,
            ReleaseContinuationPoints = release,
            NodesToRead = [.. part.Select(history => new HistoryReadValueId { NodeId = history.NodeId, ContinuationPoint = history.ContinuationPoint })],
        }, cancellation).ConfigureAwait(false);
        if (release)
        {
            foreach (var history in part)
                history.Release();
            return new HistoryReadResult[part.Length];
        }
        if (response.Results.Length == part.Length)
        {
            for (var i = 0; i < part.Length; i++)
                part[i].Add(response.Results[i]);
        }
        return response.Results;
    }

    private sealed class History(NodeId nodeId)
    {
        private StatusCode status;
        private bool truncated;

        public NodeId NodeId { get; } = nodeId;
        public List<DataValue> Values { get; } = [];
        public byte[]? ContinuationPoint { get; private set; }

        public void Add(HistoryReadResult page)
        {
            status = page.StatusCode;
            ContinuationPoint = page.StatusCode.IsBad || page.ContinuationPoint is not { Length: > 0 } point ? null : point;
            var values = page.HistoryData?.Body switch
            {
                HistoryData data => data.DataValues,
                HistoryModifiedData data => data.DataValues,
                _ => [],
            };
            // A page without values but with a continuation point is allowed; one after the other for ever is not.
            Values.AddRange(values);
        }

        public void Release()
        {
            ContinuationPoint = null;
            truncated = true;
        }

        public HistoryValues ToValues(int maxValues) =>
            new(NodeId, status, Values.Count > maxValues ? Values.GetRange(0, maxValues) : Values, truncated || Values.Count > maxValues);
    }
}
