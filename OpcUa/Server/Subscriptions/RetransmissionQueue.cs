using System.Buffers;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>
/// Encoded notification messages until they are acknowledged (Part 4 §5.13.1.1). Bounded by count and bytes: the oldest goes
/// first, and Republish then answers BadMessageNotAvailable. Its subscription guards it.
/// </summary>
internal sealed class RetransmissionQueue(int maxCount, int maxBytes) : IDisposable
{
    private readonly List<(uint SequenceNumber, byte[] Rented, int Length)> messages = [];
    private long bytes;

    public int Count => messages.Count;

    public void Add(uint sequenceNumber, ReadOnlySpan<byte> message)
    {
        while (messages.Count > 0 && (messages.Count >= maxCount || bytes + message.Length > maxBytes)) RemoveAt(0);
        byte[] rented = ArrayPool<byte>.Shared.Rent(message.Length);
        message.CopyTo(rented);
        messages.Add((sequenceNumber, rented, message.Length));
        bytes += message.Length;
    }

    public bool Remove(uint sequenceNumber)
    {
        int index = messages.FindIndex(message => message.SequenceNumber == sequenceNumber);
        if (index < 0) return false;
        RemoveAt(index);
        return true;
    }

    /// <summary>A copy, for it may be acknowledged while it is being sent again.</summary>
    public byte[]? Find(uint sequenceNumber)
    {
        int index = messages.FindIndex(message => message.SequenceNumber == sequenceNumber);
        return index < 0 ? null : messages[index].Rented.AsSpan(0, messages[index].Length).ToArray();
    }

    /// <summary>Sequence numbers, oldest first.</summary>
    public uint[] Available()
    {
        var numbers = new uint[messages.Count];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = messages[i].SequenceNumber;
        return numbers;
    }

    public void Dispose()
    {
        while (messages.Count > 0) RemoveAt(messages.Count - 1);
    }

    private void RemoveAt(int index)
    {
        (_, byte[] rented, int length) = messages[index];
        messages.RemoveAt(index);
        bytes -= length;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
