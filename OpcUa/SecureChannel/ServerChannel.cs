using System.Net;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>
/// The server's end of one connection and its secure channel (Part 4 OpenSecureChannel, Part 6 §6.7). One loop receives and hands
/// whole requests to the handler; sending is thread-safe.
/// </summary>
internal sealed class ServerChannel : IAsyncDisposable
{
    private readonly ServerListenerOptions options;
    private readonly TransportConnection connection;
    private readonly TimeProvider time;
    private readonly long acceptedAt;
    private readonly ChunkReceiver receiver;
    private MessageAssembler? assembler;
    private MessageSender? sender;
    private ServerHandshake? handshake;
    private UaException? closing;
    private long chunksReceived;
    private long messagesReceived;
    private long aborted;
    private long renewed;

    internal ServerChannel(ServerListenerOptions options, TransportConnection connection, uint channelId)
    {
        this.options = options;
        this.connection = connection;
        time = options.TimeProvider;
        acceptedAt = time.GetTimestamp();
        receiver = new ChunkReceiver(time);
        ChannelId = channelId;
        Address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
    }

    public uint ChannelId { get; }
    public SecurityPolicy SecurityPolicy => handshake?.Profile.Policy ?? SecurityPolicy.None;
    public MessageSecurityMode SecurityMode => handshake?.Mode ?? MessageSecurityMode.Invalid;

    /// <summary>Opened without security by a server that offers only secured endpoints: answer discovery, refuse the rest.</summary>
    public bool IsForDiscoveryOnly => handshake?.IsForDiscoveryOnly ?? false;

    /// <summary>The client's certificate as validated; null under policy None.</summary>
    public UaCertificate? ClientCertificate => handshake?.Client;

    /// <summary>URL of the client's Hello.</summary>
    public string EndpointUrl { get; private set; } = "";

    /// <summary>Address and port of the client, for messages.</summary>
    public string Peer => connection.Peer;

    /// <summary>True from the first token on.</summary>
    public bool IsOpen => handshake?.Current is not null;

    /// <summary>Set by the server when a session is activated on the channel; one without goes first when room is needed.</summary>
    public bool HasSession { get; set; }

    /// <summary>For the server's own state of this channel.</summary>
    public object? Tag { get; set; }

    /// <summary>Largest response body that the client takes.</summary>
    public int MaxResponseSize => sender?.LargestMessage ?? 0;

    public ChannelCounters Counters => new()
    {
        ChunksReceived = Interlocked.Read(ref chunksReceived),
        ChunksSent = sender?.Chunks ?? 0,
        BytesReceived = connection.BytesReceived,
        BytesSent = connection.BytesSent,
        MessagesReceived = Interlocked.Read(ref messagesReceived),
        MessagesSent = sender?.Messages ?? 0,
        MessagesAborted = Interlocked.Read(ref aborted),
        TokensRenewed = Interlocked.Read(ref renewed),
    };

    /// <summary>The connection has ended, and the loop is about to.</summary>
    internal bool IsEnding => connection.Fault is not null;

    internal IPAddress Address { get; }
    internal long AcceptedAt => acceptedAt;
    internal MessageSender? Sender => sender;

    /// <summary>Bytes of unfinished requests that are held now.</summary>
    internal long PartialBytes => assembler?.PartialBytes ?? 0;

    /// <summary>
    /// Sends an encoded response. Throws BadResponseTooLarge, before anything is sent, when the client would not take it: send
    /// a ServiceFault then. Throws the channel's fault when it has closed.
    /// </summary>
    public ValueTask SendAsync(uint requestId, ReadOnlyMemory<byte> response) =>
        Opened().SendAsync(MessageType.Message, requestId, response, Timeout.InfiniteTimeSpan, CancellationToken.None);

    /// <summary>Sends an abort chunk for a request: the client gets its error for this one request (Part 6 §6.7.3).</summary>
    public ValueTask SendAbortAsync(uint requestId, StatusCode error, string reason) => Opened().SendAbortAsync(requestId, error, reason);

    /// <summary>Cuts the connection without a word.</summary>
    public void Abort(UaException reason) => connection.Abort(reason);

    /// <summary>Has the receive loop send an Error message with the reason and close; what is being sent is finished first.</summary>
    public async ValueTask CloseAsync(UaException reason)
    {
        Volatile.Write(ref closing, reason);
        if (sender is { } open)
            await open.SendErrorAsync(WireFault.ToFrame(reason)).ConfigureAwait(false);
        connection.Abort(reason);
    }

    /// <summary>The receive loop: ends when the connection does, never throws, returns why.</summary>
    internal async Task<UaException> RunAsync()
    {
        UaException reason;
        try
        {
            await GreetAsync().ConfigureAwait(false);
            while (true)
            {
                var chunk = await connection.ReceiveAsync(Patience()).ConfigureAwait(false);
                Interlocked.Increment(ref chunksReceived);
                if (Take(chunk, out var requestId) is { } request)
                    await options.OnRequest(this, requestId, request).ConfigureAwait(false);
                else if (handshake!.HasAnswer)
                    await sender!.SendOpenAsync(handshake.WriteAnswer, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (UaException fault)
        {
            reason = Volatile.Read(ref closing) ?? connection.Fault ?? fault;
        }
        catch (Exception bug)
        {
            reason = new UaException(StatusCodes.BadInternalError, "The server failed", "request handler", "See the server's log for the cause", bug);
        }
        await EndAsync(reason).ConfigureAwait(false);
        return reason;
    }

    /// <summary>The receive loop's own last act; nobody else calls it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (sender is not null)
            await sender.DisposeAsync().ConfigureAwait(false);
        receiver.Dispose();
        assembler?.Dispose();
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task GreetAsync()
    {
        var chunk = await connection.ReceiveAsync(options.Limits.OpenDeadline).ConfigureAwait(false);
        if (FrameHeader.Read(chunk.Span, chunk.Length).Type != MessageType.Hello)
            throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, "The first message is no Hello", Peer, "Speak opc.tcp on this port");
        var hello = HelloFrame.Decode(chunk.Span[FrameHeader.Length..]);
        EndpointUrl = hello.EndpointUrl;
        var (agreed, answer) = NegotiatedLimits.ForServer(options.Limits, hello);
        connection.Agree(agreed.ReceiveChunkSize);
        assembler = new MessageAssembler(agreed, options.Limits, StatusCodes.BadRequestTooLarge, time);
        sender = new MessageSender(connection, agreed, StatusCodes.BadResponseTooLarge, time);
        handshake = new ServerHandshake(options, ChannelId);
        await connection.SendAsync(answer.Encode()).ConfigureAwait(false);
    }

    // Until it is open the deadline of opening runs; then that of the oldest unfinished message, or the token's end.
    private TimeSpan Patience()
    {
        if (!IsOpen)
        {
            var left = options.Limits.OpenDeadline - time.GetElapsedTime(acceptedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
        var due = assembler!.DueIn;
        var token = receiver.AcceptedFor;
        return due == Timeout.InfiniteTimeSpan || token < due ? token : due;
    }

    private PooledMessage? Take(Memory<byte> chunk, out uint requestId)
    {
        requestId = 0;
        var header = FrameHeader.Read(chunk.Span, chunk.Length);
        switch (header.Type)
        {
            case MessageType.Message when IsOpen:
                return TakeMessage(chunk, header.Chunk, out requestId);
            case MessageType.OpenSecureChannel:
                TakeOpen(chunk);
                return null;
            case MessageType.CloseSecureChannel when IsOpen:
                receiver.Open(chunk, out _);
                throw new UaException(StatusCodes.BadSecureChannelClosed, "The client closed the channel", Peer);
            default:
                throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, $"A message of type {header.Type} is out of order", Peer, "Hello, then OpenSecureChannel, then messages");
        }
    }

    private PooledMessage? TakeMessage(Memory<byte> chunk, ChunkType type, out uint requestId)
    {
        var body = receiver.Open(chunk, out requestId);
        // A message under the new token shows that the client has it: from now on answers use it too (Part 4, OpenSecureChannel).
        if (handshake!.TakeUp(receiver.InUse!))
            sender!.TakeUp(receiver.InUse!);
        if (type == ChunkType.Abort)
        {
            Interlocked.Increment(ref aborted);
            assembler!.Abort(requestId);
            return null;
        }
        var request = assembler!.Add(requestId, body.Span, type == ChunkType.Final, keep: true);
        if (request is not null)
            Interlocked.Increment(ref messagesReceived);
        return request;
    }

    private void TakeOpen(Memory<byte> chunk)
    {
        var isRenewal = IsOpen;
        var token = handshake!.Take(chunk.Span, receiver.Sequence);
        receiver.Install(token);
        if (isRenewal)
        {
            Interlocked.Increment(ref renewed);
            sender!.Offer(token);
        }
        else
        {
            sender!.Use(token);
        }
    }

    private MessageSender Opened() =>
        IsOpen ? sender! : throw new UaException(StatusCodes.BadSecureChannelClosed, "The channel is not open", Peer, "Wait for the client to open it");

    private async Task EndAsync(UaException reason)
    {
        // The peer hears of a fault that it made; of one that ended the connection it cannot, and of its own closing it need not.
        if (connection.Fault is null && reason.Status != StatusCodes.BadSecureChannelClosed)
        {
            try
            {
                var frame = WireFault.ToFrame(reason);
                if (sender is not null)
                    await sender.SendErrorAsync(frame).ConfigureAwait(false);
                else
                    await connection.SendAsync(frame.Encode()).ConfigureAwait(false);
            }
            catch (UaException)
            {
                // The connection broke meanwhile; the first reason stands.
            }
        }
        if (connection.Fault is null)
            await connection.CloseAsync(reason).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }
}
