using System.Collections.Concurrent;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Requests that wait for their answers, by request id. Thread-safe.</summary>
/// <param name="report">Hears of each answer that is let go.</param>
internal sealed class PendingResponses(Action<string, StatusCode>? report)
{
    private const uint ServiceFaultId = 397;

    private readonly ConcurrentDictionary<uint, Entry> waiting = new();
    private uint lastId;
    private long dropped;
    private long mismatched;
    private UaException? closed;

    public long Dropped => Interlocked.Read(ref dropped);
    public long Mismatched => Interlocked.Read(ref mismatched);

    public Task<PooledMessage> Register(uint typeId, out uint requestId)
    {
        var waiter = new Waiter();
        Register(typeId, waiter, out requestId);
        return waiter.Task;
    }

    public void Register(uint typeId, IResponseReceiver receiver, out uint requestId)
    {
        do
            requestId = Interlocked.Increment(ref lastId);
        while (requestId == 0);
        var entry = new Entry(typeId, receiver);
        waiting[requestId] = entry;
        // Whoever closed in between did not see this entry.
        if (Volatile.Read(ref closed) is { } fault && waiting.TryRemove(requestId, out _))
            entry.Receiver.Fail(fault);
    }

    /// <summary>Request ids serve OpenSecureChannel too, whose answers come another way.</summary>
    public uint TakeId()
    {
        uint requestId;
        do
            requestId = Interlocked.Increment(ref lastId);
        while (requestId == 0);
        return requestId;
    }

    public bool IsWaiting(uint requestId) => waiting.ContainsKey(requestId);

    /// <summary>Whether a request with this id was ever sent, so that an answer may be late; anything else is no answer.</summary>
    public bool WasIssued(uint requestId) => requestId != 0 && unchecked((int)(Volatile.Read(ref lastId) - requestId)) >= 0;

    /// <summary>Hands over the answer, or drops and counts it: nobody waits any more, or it is of another type.</summary>
    public void Complete(uint requestId, PooledMessage message)
    {
        if (!waiting.TryRemove(requestId, out var entry))
        {
            message.Dispose();
            Drop(requestId);
            return;
        }
        if (entry.TypeId != 0 && PeekType(message) is var type && type != entry.TypeId && type != ServiceFaultId)
        {
            Interlocked.Increment(ref mismatched);
            message.Dispose();
            report?.Invoke($"a message of type i={type} in answer to request {requestId}, which asks for one of type i={entry.TypeId}", StatusCodes.BadUnknownResponse);
            entry.Receiver.Fail(new UaException(StatusCodes.BadUnknownResponse, $"A message of type i={type} came for one of type i={entry.TypeId}", "response",
                "The request may be sent again"));
            return;
        }
        entry.Receiver.Receive(message);
    }

    public void Fail(uint requestId, UaException fault)
    {
        if (waiting.TryRemove(requestId, out var entry))
            entry.Receiver.Fail(fault);
        else
            Drop(requestId);
    }

    /// <summary>The caller gave up; false when the answer had been taken for it already, so that the task completes at once.</summary>
    public bool Forget(uint requestId) => waiting.TryRemove(requestId, out _);

    public void Close(UaException fault)
    {
        Volatile.Write(ref closed, fault);
        foreach (var requestId in waiting.Keys)
        {
            if (waiting.TryRemove(requestId, out var entry))
                entry.Receiver.Fail(fault);
        }
    }

    private void Drop(uint requestId)
    {
        Interlocked.Increment(ref dropped);
        report?.Invoke($"an answer to request {requestId}, for which nobody waits any more", StatusCodes.BadRequestCancelledByClient);
    }

    private static uint PeekType(PooledMessage message)
    {
        try
        {
            return ServiceMessages.PeekEncodingId(message.Span);
        }
        catch (UaException)
        {
            return 0;
        }
    }

    private readonly record struct Entry(uint TypeId, IResponseReceiver Receiver);

    /// <summary>Wakes one caller, away from the receiving loop.</summary>
    private sealed class Waiter() : TaskCompletionSource<PooledMessage>(TaskCreationOptions.RunContinuationsAsynchronously), IResponseReceiver
    {
        public void Receive(PooledMessage message) => TrySetResult(message);
        public void Fail(UaException fault) => TrySetException(fault);
    }
}
