using System.Buffers;
using System.Buffers.Binary;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>
/// Cuts messages into chunks, seals and sends them, one message at a time (Part 6 §6.7.2). Thread-safe. The buffer of a chunk
/// is reused for the channel's life.
/// </summary>
internal sealed class MessageSender : IAsyncDisposable
{
    private const int LongestReason = 512;

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly TransportConnection connection;
    private readonly NegotiatedLimits agreed;
    private readonly StatusCode tooLarge;
    private readonly TimeProvider time;
    private readonly byte[] buffer;
    private readonly SequenceNumbers sequence = new();
    private ChannelToken? current;
    private ChannelToken? next;
    private ChannelToken? offered;
    private bool disposed;

    public MessageSender(TransportConnection connection, NegotiatedLimits agreed, StatusCode tooLarge, TimeProvider time)
    {
        this.connection = connection;
        this.agreed = agreed;
        this.tooLarge = tooLarge;
        this.time = time;
        buffer = ArrayPool<byte>.Shared.Rent(agreed.SendChunkSize);
    }

    public long Chunks { get; private set; }
    public long Messages { get; private set; }

    /// <summary>Largest body that the peer takes.</summary>
    public int LargestMessage => agreed.SendMessageSize;

    /// <summary>For tests of the wrap.</summary>
    internal SequenceNumbers Sequence => sequence;

    /// <summary>Protects whole messages with this token from now on; the one being sent keeps its own.</summary>
    public void Use(ChannelToken token) => Interlocked.Exchange(ref next, token)?.Sending.Dispose();

    /// <summary>Keeps a token ready that is taken up when the peer shows that it has it, or when the present one ends.</summary>
    public void Offer(ChannelToken token) => Interlocked.Exchange(ref offered, token)?.Sending.Dispose();

    /// <summary>The peer used the token that was offered.</summary>
    public void TakeUp(ChannelToken token)
    {
        if (Interlocked.CompareExchange(ref offered, null, token) == token)
            Use(token);
    }

    /// <summary>
    /// Sends a message of type MSG or CLO. Throws the limit's error before anything is sent, or the connection's fault, or
    /// BadTimeout when the messages ahead of it take longer than <paramref name="patience"/>.
    /// </summary>
    public async ValueTask SendAsync(MessageType type, uint requestId, ReadOnlyMemory<byte> body, TimeSpan patience, CancellationToken cancellation)
    {
        if (!await turn.WaitAsync(patience, cancellation).ConfigureAwait(false))
            throw new UaException(StatusCodes.BadTimeout, "The messages ahead were not sent in time", connection.Peer, "The peer reads slowly; send again later");
        try
        {
            var token = Token();
            var capacity = token.Sending.BodyCapacity(agreed.SendChunkSize);
            var chunks = Math.Max(1, (body.Length + capacity - 1) / capacity);
            if (body.Length > agreed.SendMessageSize || chunks > agreed.SendChunkCount)
                throw new UaException(tooLarge, $"A message of {body.Length} bytes in {chunks} chunks", connection.Peer,
                    $"The peer takes {agreed.SendMessageSize} bytes and {agreed.SendChunkCount} chunks; ask for less at a time");
            for (var i = 0; i < chunks; i++)
            {
                var part = body.Slice(i * capacity, Math.Min(capacity, body.Length - i * capacity));
                var final = i == chunks - 1;
                await SendChunkAsync(token, type, final ? ChunkType.Final : ChunkType.Continued, requestId, part).ConfigureAwait(false);
            }
            Messages++;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sends an abort chunk, which carries an error and a reason (Part 6 §6.7.3).</summary>
    public async ValueTask SendAbortAsync(uint requestId, StatusCode error, string reason)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(reason.Length <= LongestReason ? reason : reason[..LongestReason]);
        var body = new byte[2 * sizeof(uint) + text.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, error.Value);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(sizeof(uint)), text.Length);
        text.CopyTo(body, 2 * sizeof(uint));
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await SendChunkAsync(Token(), MessageType.Message, ChunkType.Abort, requestId, body).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sends an OPN chunk, which <paramref name="write"/> makes for the sequence number that is its turn.</summary>
    public async ValueTask SendOpenAsync(Func<uint, byte[]> write, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (disposed)
                throw Closed();
            var chunk = write(sequence.Next());
            if (chunk.Length > agreed.SendChunkSize)
                throw new UaException(tooLarge, $"An OpenSecureChannel message of {chunk.Length} bytes", connection.Peer, "Send fewer issuers with the own certificate");
            await connection.SendAsync(chunk).ConfigureAwait(false);
            Chunks++;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sends ERR, after which this side closes the connection (Part 6 §7.1.5).</summary>
    public async ValueTask SendErrorAsync(ErrorFrame frame)
    {
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await connection.SendAsync(frame.Encode()).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync().ConfigureAwait(false);
        if (!disposed)
        {
            disposed = true;
            current?.Sending.Dispose();
            next?.Sending.Dispose();
            offered?.Sending.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
        // The semaphore stays: somebody may still wait for a turn, and is told then.
        turn.Release();
    }

    private ChannelToken Token()
    {
        if (disposed)
            throw Closed();
        Change(Interlocked.Exchange(ref next, null));
        if (current is not null && current.Age(time) >= current.Lifetime)
            Change(Interlocked.Exchange(ref offered, null));
        return current ?? throw Closed();
    }

    private void Change(ChannelToken? newer)
    {
        if (newer is null)
            return;
        current?.Sending.Dispose();
        current = newer;
    }

    private ValueTask SendChunkAsync(ChannelToken token, MessageType type, ChunkType chunk, uint requestId, ReadOnlyMemory<byte> body)
    {
        var size = token.Sending.SealedSize(body.Length);
        FrameHeader.Write(buffer, type, chunk, size);
        var header = buffer.AsSpan(FrameHeader.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header, token.ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], token.TokenId);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence.Next());
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], requestId);
        body.Span.CopyTo(header[16..]);
        token.Sending.Seal(buffer, body.Length);
        Chunks++;
        return connection.SendAsync(buffer.AsMemory(0, size));
    }

    private UaException Closed() =>
        connection.Fault ?? new UaException(StatusCodes.BadSecureChannelClosed, "The channel is closed", connection.Peer, "Open another one");
}
