using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Attributes;

/// <summary>Read and Write (Part 4 §5.10).</summary>
internal sealed class AttributeService(ServerLimits limits, AddressSpace space, Action<UaServerEvent> report)
{
    public ReadResponse Read(ReadRequest request)
    {
        Operations.Require(request.NodesToRead.Length, limits.MaxNodesPerRead, "Read.NodesToRead");
        if (!Timestamped.IsKnown(request.TimestampsToReturn)) throw new UaException(StatusCodes.BadTimestampsToReturnInvalid, "Unknown timestamps to return", "Read", "0 to 3");
        // Every value is as fresh as its feed, so that any age will do; only what is no age at all is refused.
        if (!(request.MaxAge >= 0)) throw new UaException(StatusCodes.BadMaxAgeInvalid, $"A maximum age of {request.MaxAge}", "Read.MaxAge", "0 or more milliseconds");
        var results = new DataValue[request.NodesToRead.Length];
        long copied = 0;
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Read(request.NodesToRead[i], request.TimestampsToReturn);
            // A whole value is only referred to, a part is a copy: thousands of large ones must not be made for an answer that cannot be sent.
            if (request.NodesToRead[i].IndexRange is { Length: > 0 } && (copied += results[i].Value.LeastSize) > UaBinaryWriter.DefaultMaxSize)
                throw new UaException(StatusCodes.BadResponseTooLarge, "The parts asked for are larger than any answer", "Read.NodesToRead", "Ask for fewer at once");
        }
        return new ReadResponse { Results = results };
    }

    public WriteResponse Write(ServerSession session, WriteRequest request)
    {
        Operations.Require(request.NodesToWrite.Length, limits.MaxNodesPerWrite, "Write.NodesToWrite");
        CallContext context = session.Context();
        return new WriteResponse { Results = [.. request.NodesToWrite.Select(write => Write(context, write))] };
    }

    private DataValue Read(ReadValueId wanted, TimestampsToReturn timestamps)
    {
        if (space.Find(wanted.NodeId) is not { } node) return DataValue.FromStatus(StatusCodes.BadNodeIdUnknown);
        if (!AttributeIds.IsKnown(wanted.AttributeId)) return DataValue.FromStatus(StatusCodes.BadAttributeIdInvalid);
        if (wanted.DataEncoding.Name is { Length: > 0 } encoding)
        {
            if (wanted.AttributeId != AttributeIds.Value) return DataValue.FromStatus(StatusCodes.BadDataEncodingInvalid);
            if (encoding != "Default Binary") return DataValue.FromStatus(StatusCodes.BadDataEncodingUnsupported);
        }
        if (!NumericRange.TryParse(wanted.IndexRange, out NumericRange range)) return DataValue.FromStatus(StatusCodes.BadIndexRangeInvalid);
        DataValue value;
        try
        {
            value = AttributeReader.Read(node, wanted.AttributeId);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            report(new UaServerEvent(UaServerEventKind.HandlerFailed, null, StatusCodes.BadInternalError, $"The source of {node} failed: {failure.Message}"));
            return DataValue.FromStatus(StatusCodes.BadInternalError);
        }
        DataValue part = Timestamped.Only(range.Cut(value), timestamps);
        // Times belong to values of variables; other attributes have none (Part 4 §7.11).
        return wanted.AttributeId == AttributeIds.Value ? part : part with { SourceTimestamp = default, ServerTimestamp = default };
    }

    private StatusCode Write(CallContext context, WriteValue write)
    {
        if (space.Find(write.NodeId) is not { } node) return StatusCodes.BadNodeIdUnknown;
        if (!AttributeIds.IsKnown(write.AttributeId)) return StatusCodes.BadAttributeIdInvalid;
        if (!NumericRange.TryParse(write.IndexRange, out NumericRange range)) return StatusCodes.BadIndexRangeInvalid;
        if (write.AttributeId != AttributeIds.Value) return node.TryReadAttribute(write.AttributeId, out _) ? StatusCodes.BadNotWritable : StatusCodes.BadAttributeIdInvalid;
        if (node is not VariableNode variable) return StatusCodes.BadAttributeIdInvalid;
        if (!variable.Writable || variable.IsComputed) return StatusCodes.BadNotWritable;
        // Value alone: neither the status nor the times of a value are for clients to set (AccessLevel has no such bits).
        if (write.Value.Status.Value != StatusCodes.Good || write.Value.SourceTimestamp != default || write.Value.ServerTimestamp != default) return StatusCodes.BadWriteNotSupported;
        Variant written = write.Value.Value;
        if (!range.IsWhole && !range.TryReplace(variable.Value.Value, write.Value.Value, out written)) return StatusCodes.BadIndexRangeNoData;
        if (!variable.TypeRule.Allows(in written)) return StatusCodes.BadTypeMismatch;
        var value = new DataValue(written);
        StatusCode verdict = Ask(variable, context, value);
        if (verdict.IsGood) variable.SetValue(value);
        return verdict;
    }

    private StatusCode Ask(VariableNode variable, CallContext context, DataValue value)
    {
        if (variable.OnWrite is not { } handler) return StatusCodes.Good;
        try
        {
            return handler(context, value);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            report(new UaServerEvent(UaServerEventKind.HandlerFailed, context.Peer, StatusCodes.BadInternalError, $"The write handler of {variable} failed: {failure.Message}"));
            return StatusCodes.BadInternalError;
        }
    }
}
