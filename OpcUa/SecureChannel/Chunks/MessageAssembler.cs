using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>
/// Joins chunks to messages (Part 6 §6.7.2, §6.7.3), several at a time, within bounds of bytes, chunks and messages that hold
/// whatever the peer sends. Belongs to the receive loop alone.
/// </summary>
internal sealed class MessageAssembler(NegotiatedLimits agreed, TransportLimits limits, StatusCode tooLarge, TimeProvider time) : IDisposable
{
    // When this side was busy the rest may have arrived meanwhile and wait to be read.
    private static readonly TimeSpan LastChance = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<uint, Partial> partials = [];
    private long partialBytes;
    private long oldestStart;

    // Size of the message that came last in more than one chunk; the next is likely to be about as large.
    private int lastLarge;

    /// <summary>Bytes of unfinished messages that are held now.</summary>
    public long PartialBytes => partialBytes;

    public int OpenMessages => partials.Count;

    /// <summary>Time left for the oldest unfinished message; infinite when there is none.</summary>
    public TimeSpan DueIn
    {
        get
        {
            if (partials.Count == 0)
                return Timeout.InfiniteTimeSpan;
            var left = limits.MessageDeadline - time.GetElapsedTime(oldestStart);
            return left > LastChance ? left : LastChance;
        }
    }

    /// <summary>
    /// Adds a chunk's body; returns the message when this was its last, which the caller disposes. With
    /// <paramref name="keep"/> false the message is counted against the limits but not kept, and comes back empty.
    /// </summary>
    public PooledMessage? Add(uint requestId, ReadOnlySpan<byte> body, bool final, bool keep)
    {
        if (!partials.Remove(requestId, out var partial))
        {
            if (!final && partials.Count >= limits.OpenMessages)
                throw new UaException(StatusCodes.BadTcpNotEnoughResources, $"More than {limits.OpenMessages} messages were begun and not finished", "message chunk", "Finish one message before the next");
            partial = new Partial(null, 0, 0, time.GetTimestamp());
        }

        var size = partial.Size + body.Length;
        if (size > agreed.ReceiveMessageSize || partial.Chunks + 1 > agreed.ReceiveChunkCount)
        {
            Drop(partial);
            throw new UaException(tooLarge, $"A message grew past {agreed.ReceiveMessageSize} bytes or {agreed.ReceiveChunkCount} chunks", "message chunk", "Ask for less at a time, or raise the limit on this side");
        }

        var message = partial.Message;
        if (keep)
        {
            // Room for a whole message at once saves the growing. For one at a time: whoever begins many gets what he sends.
            message ??= new PooledMessage(final || partials.Count > 0 ? body.Length : Math.Max(body.Length, lastLarge));
            message.Append(body);
        }
        else
        {
            message?.Dispose();
            message = null;
        }
        partialBytes -= partial.Held;
        if (final)
        {
            if (partial.Chunks > 0)
                lastLarge = size;
            FindOldest();
            return message ?? new PooledMessage(0);
        }

        partial = new Partial(message, size, partial.Chunks + 1, partial.StartedAt);
        partials[requestId] = partial;
        partialBytes += partial.Held;
        if (partials.Count == 1)
            oldestStart = partial.StartedAt;
        if (partialBytes > limits.PartialBytes)
            throw new UaException(StatusCodes.BadTcpNotEnoughResources, $"Unfinished messages hold more than {limits.PartialBytes} bytes", "message chunk", "Finish one message before the next");
        return null;
    }

    /// <summary>Forgets a message that its sender gave up; the others are untouched.</summary>
    public void Abort(uint requestId)
    {
        if (!partials.Remove(requestId, out var partial))
            return;
        Drop(partial);
        FindOldest();
    }

    public void Dispose()
    {
        foreach (var partial in partials.Values)
            partial.Message?.Dispose();
        partials.Clear();
        partialBytes = 0;
    }

    private void Drop(Partial partial)
    {
        partialBytes -= partial.Held;
        partial.Message?.Dispose();
    }

    private void FindOldest()
    {
        if (partials.Count > 0)
            oldestStart = partials.Values.Min(partial => partial.StartedAt);
    }

    private readonly record struct Partial(PooledMessage? Message, int Size, int Chunks, long StartedAt)
    {
        public int Held => Message is null ? 0 : Size;
    }
}
