using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Attributes;

/// <summary>HistoryRead of raw values (Part 4 §5.10.3, Part 11 §6.5.3).</summary>
internal sealed class HistoryService(ServerLimits limits, AddressSpace space)
{
    /// <summary>Values of one node that wait behind a continuation point, next first.</summary>
    private sealed record Remainder(NodeId NodeId, ReadOnlyMemory<DataValue> Values, uint PerAnswer);

    public HistoryReadResponse Read(ServerSession session, HistoryReadRequest request)
    {
        Operations.Require(request.NodesToRead.Length, limits.MaxNodesPerHistoryRead, "HistoryRead.NodesToRead");
        if (!Timestamped.IsKnown(request.TimestampsToReturn) || request.TimestampsToReturn == TimestampsToReturn.Neither)
            throw new UaException(StatusCodes.BadTimestampsToReturnInvalid, "Unknown timestamps to return", "HistoryRead", "0 to 2: history without times is none");
        if (request.HistoryReadDetails?.Body is not ReadRawModifiedDetails details)
            throw new UaException(StatusCodes.BadHistoryOperationUnsupported, "Only raw history is kept", "HistoryRead.HistoryReadDetails", "Send ReadRawModifiedDetails");
        if (details.IsReadModified)
            throw new UaException(StatusCodes.BadHistoryOperationUnsupported, "No modified values are kept", "HistoryRead.HistoryReadDetails", "Read raw values");
        int left = limits.MaxHistoryValuesPerAnswer;
        var results = new HistoryReadResult[request.NodesToRead.Length];
        for (int i = 0; i < results.Length; i++)
        {
            // An even share of what is left: many nodes at once get shorter pages each.
            int share = Math.Max(1, left / (results.Length - i));
            results[i] = Read(session, request, details, request.NodesToRead[i], Math.Min(share, limits.MaxHistoryValuesPerRead));
            left -= (results[i].HistoryData?.Body as HistoryData)?.DataValues.Length ?? 0;
        }
        return new HistoryReadResponse { Results = results };
    }

    private HistoryReadResult Read(ServerSession session, HistoryReadRequest request, ReadRawModifiedDetails details, HistoryReadValueId wanted, int most)
    {
        if (wanted.ContinuationPoint is { Length: > 0 } point)
        {
            Remainder? remainder = session.Continuations.Take<Remainder>(point);
            if (remainder is null || remainder.NodeId != wanted.NodeId) return Bad(StatusCodes.BadContinuationPointInvalid);
            return request.ReleaseContinuationPoints ? new HistoryReadResult() : Answer(session, request.TimestampsToReturn, remainder, most);
        }
        if (request.ReleaseContinuationPoints) return Bad(StatusCodes.BadContinuationPointInvalid);
        if (space.Find(wanted.NodeId) is not { } node) return Bad(StatusCodes.BadNodeIdUnknown);
        if (node is not VariableNode { HasHistory: true } variable) return Bad(StatusCodes.BadHistoryOperationUnsupported);
        if (!NumericRange.TryParse(wanted.IndexRange, out NumericRange range)) return Bad(StatusCodes.BadIndexRangeInvalid);
        bool hasStart = details.StartTime != default, hasEnd = details.EndTime != default;
        if (!(hasStart && hasEnd) && !((hasStart || hasEnd) && details.NumValuesPerNode > 0)) return Bad(StatusCodes.BadInvalidTimestampArgument);
        DataValue[] selected = Select(variable.HistorySnapshot()!, details);
        if (!range.IsWhole) selected = Array.ConvertAll(selected, value => range.Cut(value));
        // With one end only, the number asked for is all there is to give: no continuation (Part 11 §6.5.3.2).
        if (!(hasStart && hasEnd) && selected.Length > details.NumValuesPerNode) selected = selected[..(int)details.NumValuesPerNode];
        return Answer(session, request.TimestampsToReturn, new Remainder(wanted.NodeId, selected, details.NumValuesPerNode == 0 ? uint.MaxValue : details.NumValuesPerNode), most);
    }

    private static HistoryReadResult Answer(ServerSession session, TimestampsToReturn timestamps, Remainder remainder, int most)
    {
        int count = Math.Min(Math.Min((int)Math.Min(remainder.PerAnswer, int.MaxValue), most), remainder.Values.Length);
        ReadOnlyMemory<DataValue> given = remainder.Values[..count];
        var values = new DataValue[given.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Timestamped.Only(in given.Span[i], timestamps);
        byte[]? point = null;
        if (given.Length < remainder.Values.Length)
        {
            point = session.Continuations.Keep(remainder with { Values = remainder.Values[given.Length..] });
            if (point is null) return Bad(StatusCodes.BadNoContinuationPoints);
        }
        return new HistoryReadResult
        {
            StatusCode = values.Length == 0 ? StatusCodes.GoodNoData : StatusCodes.Good,
            ContinuationPoint = point,
            HistoryData = new ExtensionObject(new HistoryData { DataValues = values }),
        };
    }

    /// <summary>
    /// Start inclusive, end exclusive, in the direction from start to end; from one end alone towards later, or for an end
    /// alone towards earlier. Bounds add the value at or beyond each end, or say that there is none.
    /// </summary>
    private static DataValue[] Select(DataValue[] history, ReadRawModifiedDetails details)
    {
        bool backwards = details.StartTime == default || (details.EndTime != default && details.EndTime < details.StartTime);
        DateTime first = details.StartTime == default ? details.EndTime : details.StartTime;
        DateTime? last = details.StartTime == default || details.EndTime == default ? null : details.EndTime;
        if (backwards) Array.Reverse(history);
        bool InRange(DataValue value) => backwards
            ? value.SourceTimestamp <= first && (last is null || value.SourceTimestamp > last)
            : value.SourceTimestamp >= first && (last is null || value.SourceTimestamp < last);
        bool Before(DataValue value) => backwards ? value.SourceTimestamp > first : value.SourceTimestamp < first;
        // Both ends alike: a read at one point in time.
        if (last == first) return [.. history.Where(value => value.SourceTimestamp == first)];
        var selected = new List<DataValue>();
        DataValue[] inside = [.. history.Where(InRange)];
        if (details.ReturnBounds && (inside.Length == 0 || inside[0].SourceTimestamp != first))
            selected.Add(history.LastOrDefault(Before) is { SourceTimestamp: var time } bound && time != default ? bound : NoBound(first));
        selected.AddRange(inside);
        if (details.ReturnBounds && last is { } end)
        {
            DataValue after = history.FirstOrDefault(value => backwards ? value.SourceTimestamp <= end : value.SourceTimestamp >= end);
            selected.Add(after.SourceTimestamp != default ? after : NoBound(end));
        }
        return [.. selected];
    }

    private static DataValue NoBound(DateTime time) => new(Variant.Null, StatusCodes.BadBoundNotFound, time, time);

    private static HistoryReadResult Bad(StatusCode status) => new() { StatusCode = status };
}
