using System.Buffers;

namespace PatchEdge.OpcUa.Transport;

/// <summary>
/// One whole message body, contiguous, in a buffer from the shared pool. Whoever holds it disposes it, once it has decoded
/// what it needs; the memory is somebody else's afterwards.
/// </summary>
internal sealed class PooledMessage : IDisposable
{
    private byte[]? buffer;

    public PooledMessage(int capacity) => buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    private byte[] Buffer => buffer ?? throw new ObjectDisposedException(nameof(PooledMessage));

    /// <summary>Adds a chunk's body; grows by doubling, so that the copying stays within twice the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = Length + bytes.Length;
        if (needed > Buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * Buffer.Length));
            Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Buffer);
            buffer = larger;
        }
        bytes.CopyTo(Buffer.AsSpan(Length));
        Length = needed;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
