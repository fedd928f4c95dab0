using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>
/// A TCP connection that gives and takes whole chunks (Part 6 §7.1). One reader, and one writer at a time; <see cref="Abort"/>
/// may come from anywhere. A chunk lies in the receive buffer, where it may be decrypted in place.
/// </summary>
internal sealed class TransportConnection : IAsyncDisposable
{
    private const int FirstBuffer = 16 * 1024;

    private readonly Socket socket;
    private readonly TransportLimits limits;
    private readonly TimeProvider time;
    private readonly Deadline receiveDeadline;
    private readonly Deadline sendDeadline;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int start;
    private int end;
    private int receiveLimit = TransportLimits.SmallestChunk;
    private UaException? fault;
    private int disposed;

    public TransportConnection(Socket socket, TransportLimits limits, TimeProvider time)
    {
        this.socket = socket;
        this.limits = limits;
        this.time = time;
        try
        {
            socket.NoDelay = true;
            RemoteEndPoint = socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            // The peer has reset the connection already: the first receive says so.
        }
        Peer = RemoteEndPoint?.ToString() ?? "unknown";
        receiveDeadline = new Deadline(time, () => Abort(new UaException(StatusCodes.BadTimeout, "The peer did not finish what it began to send in time", Peer, "Check the network and the peer's load")));
        sendDeadline = new Deadline(time, () => Abort(new UaException(StatusCodes.BadTimeout, "The peer did not take what was sent in time", Peer, "Check the network and the peer's load")));
    }

    /// <summary>Address and port of the other side, for messages.</summary>
    public string Peer { get; }

    /// <summary>Null when the peer was gone before it could be asked.</summary>
    public System.Net.EndPoint? RemoteEndPoint { get; }

    /// <summary>Why the connection ended, once it has.</summary>
    public UaException? Fault => Volatile.Read(ref fault);

    public long BytesReceived { get; private set; }

    public long BytesSent { get; private set; }

    /// <summary>Largest chunk to receive; the protocol's least until Hello and Acknowledge have agreed.</summary>
    public void Agree(int largestChunk) => receiveLimit = largestChunk;

    /// <summary>
    /// The next chunk with its header, valid until the next call. Throws the fault that ended the connection; the peer's
    /// orderly close is <see cref="StatusCodes.BadConnectionClosed"/>.
    /// </summary>
    /// <param name="wait">For the first byte; from then on the chunk's own deadline runs, if that is sooner.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Memory<byte>> ReceiveAsync(TimeSpan wait)
    {
        if (TryTake(out var chunk))
            return chunk;

        var waitUntil = wait == Timeout.InfiniteTimeSpan ? (long?)null : time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        var begun = end > start;
        receiveDeadline.Set(begun ? Sooner(wait, limits.ChunkDeadline) : wait);
        try
        {
            do
            {
                MakeRoom();
                int count;
                try
                {
                    count = await socket.ReceiveAsync(buffer.AsMemory(end), SocketFlags.None).ConfigureAwait(false);
                }
                catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
                {
                    throw Fail(broken);
                }
                if (count == 0)
                    throw Fail(begun
                        ? new UaException(StatusCodes.BadConnectionClosed, "The peer closed the connection inside a chunk", Peer)
                        : new UaException(StatusCodes.BadConnectionClosed, "The peer closed the connection", Peer));
                end += count;
                BytesReceived += count;
                if (TryTake(out chunk))
                    return chunk;
                if (!begun)
                {
                    begun = true;
                    receiveDeadline.Set(waitUntil is { } until ? Sooner(Left(until), limits.ChunkDeadline) : limits.ChunkDeadline);
                }
            }
            while (true);
        }
        finally
        {
            receiveDeadline.Clear();
        }
    }

    /// <summary>Sends one chunk, or several whole ones.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var armed = false;
        try
        {
            while (!bytes.IsEmpty)
            {
                var sending = socket.SendAsync(bytes, SocketFlags.None);
                if (!sending.IsCompleted && !armed)
                {
                    sendDeadline.Set(limits.SendDeadline);
                    armed = true;
                }
                var count = await sending.ConfigureAwait(false);
                BytesSent += count;
                bytes = bytes[count..];
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw Fail(broken);
        }
        finally
        {
            if (armed)
                sendDeadline.Clear();
        }
    }

    /// <summary>Ends the connection at once; the pending receive and send throw <paramref name="reason"/>, if it is the first.</summary>
    public void Abort(UaException reason)
    {
        Interlocked.CompareExchange(ref fault, reason, null);
        socket.Dispose();
    }

    /// <summary>
    /// Ends the connection so that what was sent last still arrives: closes the sending half and waits for the peer to close
    /// the other, half a second and a megabyte at most. Only the reader may call it.
    /// </summary>
    public async ValueTask CloseAsync(UaException reason)
    {
        Interlocked.CompareExchange(ref fault, reason, null);
        receiveDeadline.Set(TimeSpan.FromMilliseconds(500));
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            var left = 1024 * 1024;
            while (left > 0)
            {
                var count = await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
                if (count == 0)
                    break;
                left -= count;
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // Nothing is left to be delivered.
        }
        finally
        {
            receiveDeadline.Clear();
            socket.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return ValueTask.CompletedTask;
        Abort(new UaException(StatusCodes.BadConnectionClosed, "This side closed the connection", Peer));
        receiveDeadline.Dispose();
        sendDeadline.Dispose();
        // The reader has returned by now: disposing is its owner's last act.
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        return ValueTask.CompletedTask;
    }

    private bool TryTake(out Memory<byte> chunk)
    {
        chunk = default;
        if (end - start < FrameHeader.Length)
            return false;
        var size = FrameHeader.Read(buffer.AsSpan(start), receiveLimit).Size;
        if (end - start < size)
            return false;
        chunk = buffer.AsMemory(start, size);
        start += size;
        return true;
    }

    // Room for the rest of the chunk that has begun, whose size TryTake has checked. A buffer that was too small once is
    // exchanged for one that holds two such chunks, so that a busy channel settles on one buffer and few system calls.
    private void MakeRoom()
    {
        var held = end - start;
        var needed = held < FrameHeader.Length ? FrameHeader.Length : FrameHeader.Read(buffer.AsSpan(start), receiveLimit).Size;
        if (held == 0)
            start = end = 0;
        if (needed <= buffer.Length)
        {
            if (start + needed <= buffer.Length)
                return;
            buffer.AsSpan(start, held).CopyTo(buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * needed);
            buffer.AsSpan(start, held).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        start = 0;
        end = held;
    }

    private UaException Fail(Exception cause)
    {
        var reason = cause as UaException ?? new UaException(StatusCodes.BadConnectionClosed, $"The connection broke: {cause.Message}", Peer, "Check the network and the peer", cause);
        return Interlocked.CompareExchange(ref fault, reason, null) ?? reason;
    }

    private TimeSpan Left(long until)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), until);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static TimeSpan Sooner(TimeSpan wait, TimeSpan other) => wait == Timeout.InfiniteTimeSpan || other < wait ? other : wait;
}
