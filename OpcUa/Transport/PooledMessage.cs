using System.Buffers;

namespace PatchEdge.OpcUa.Transport;

/// <summary>
/// One whole message body, contiguous, in a buffer from a pool. Whoever holds it disposes it, once it has decoded
/// what it needs; the memory is somebody else's afterwards.
/// </summary>
internal sealed class PooledMessage : IDisposable
{
    // The shared pool would keep a buffer of each size for every thread, since one thread fills a message and another lets it go.
    // Larger ones than these are rare, and the collector's.
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(maxArrayLength: 4 * 1024 * 1024, maxArraysPerBucket: 8);

    private byte[]? buffer;

    public PooledMessage(int capacity) => buffer = Pool.Rent(capacity);

    public int Length { get; private set; }

    /// <summary>Bytes that fit before it has to grow.</summary>
    public int Capacity => Buffer.Length;

    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    private byte[] Buffer => buffer ?? throw new ObjectDisposedException(nameof(PooledMessage));

    /// <summary>Adds a chunk's body; grows by doubling, so that the copying stays within twice the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = Length + bytes.Length;
        if (needed > Buffer.Length)
        {
            var larger = Pool.Rent(Math.Max(needed, 2 * Buffer.Length));
            Span.CopyTo(larger);
            Pool.Return(Buffer);
            buffer = larger;
        }
        bytes.CopyTo(Buffer.AsSpan(Length));
        Length = needed;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } rented)
            Pool.Return(rented);
    }
}
