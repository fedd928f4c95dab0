namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>
/// Remembers the latest client nonces, so that one sent twice is refused (Part 4, CreateSession). It holds a fixed number: who
/// floods it makes it forget, never grow.
/// </summary>
internal sealed class NonceMemory(int capacity)
{
    private readonly Lock gate = new();
    private readonly Queue<(ulong, ulong)> order = new(capacity);
    private readonly HashSet<(ulong, ulong)> known = new(capacity);

    public int Count
    {
        get
        {
            lock (gate) return known.Count;
        }
    }

    /// <summary>False when the nonce was seen before. Its first 16 bytes stand for it: at least 32 random ones are required.</summary>
    public bool TryAdd(ReadOnlySpan<byte> nonce)
    {
        var key = (BitConverter.ToUInt64(nonce), BitConverter.ToUInt64(nonce[8..]));
        lock (gate)
        {
            if (!known.Add(key)) return false;
            order.Enqueue(key);
            if (order.Count > capacity) known.Remove(order.Dequeue());
            return true;
        }
    }
}
