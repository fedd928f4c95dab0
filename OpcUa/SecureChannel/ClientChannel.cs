using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>
/// The client's end of a secure channel (Part 4 OpenSecureChannel, Part 6 §6.7): requests go out, each answer comes back to the
/// one who asked, and the token is renewed in time. One loop receives, one renews; the rest is thread-safe.
/// </summary>
internal sealed partial class ClientChannel : IAsyncDisposable
{
    private readonly TaskCompletionSource<UaException> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stopping = new();
    private readonly PendingResponses pending;
    private readonly TimeProvider time;
    private readonly TransportConnection connection;
    private readonly MessageAssembler assembler;
    private readonly MessageSender sender;
    private readonly ChunkReceiver receiver;
    private readonly ClientHandshake handshake;
    private Task receiving = Task.CompletedTask;
    private Task renewing = Task.CompletedTask;
    private ChannelToken? token;
    private long chunksReceived;
    private long messagesReceived;
    private long aborted;
    private long renewed;
    private int disposed;

    private ClientChannel(ClientChannelOptions options, ClientHandshake handshake, TransportConnection connection, NegotiatedLimits agreed)
    {
        Options = options;
        pending = new PendingResponses(options.ResponseDropped);
        this.connection = connection;
        time = options.TimeProvider;
        assembler = new MessageAssembler(agreed, options.Limits, StatusCodes.BadResponseTooLarge, time);
        sender = new MessageSender(connection, agreed, StatusCodes.BadRequestTooLarge, time);
        receiver = new ChunkReceiver(time);
        this.handshake = handshake;
    }

    public ClientChannelOptions Options { get; }

    public uint ChannelId => token?.ChannelId ?? 0;

    /// <summary>Revised lifetime of the current token.</summary>
    public TimeSpan TokenLifetime => token?.Lifetime ?? TimeSpan.Zero;

    /// <summary>The server's certificate as it was validated last; null under policy None.</summary>
    public UaCertificate? ServerCertificate => handshake.ServerCertificate;

    /// <summary>Ends, without failing, with the reason when the channel is closed by anybody.</summary>
    public Task<UaException> Closed => closed.Task;

    public ChannelCounters Counters => new()
    {
        ChunksReceived = Interlocked.Read(ref chunksReceived),
        ChunksSent = sender.Chunks,
        BytesReceived = connection.BytesReceived,
        BytesSent = connection.BytesSent,
        MessagesReceived = Interlocked.Read(ref messagesReceived),
        MessagesSent = sender.Messages,
        MessagesAborted = Interlocked.Read(ref aborted),
        ResponsesDropped = pending.Dropped,
        ResponsesMismatched = pending.Mismatched,
        TokensRenewed = Interlocked.Read(ref renewed),
    };

    /// <summary>Why the channel ends, from the first moment on: before any waiting request hears of it.</summary>
    public UaException? Fault => connection.Fault;

    internal MessageSender Sender => sender;

    /// <summary>Connects, says Hello, opens the channel; throws <see cref="UaException"/> with the local reason.</summary>
    public static async Task<ClientChannel> OpenAsync(ClientChannelOptions options, CancellationToken cancellation)
    {
        options.Limits.Validate();
        var address = EndpointAddress.Parse(options.EndpointUrl);
        var handshake = new ClientHandshake(options);
        using var timeout = new CancellationTokenSource(options.OpenTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        ClientChannel? channel = null;
        try
        {
            var socket = await address.ConnectAsync(either.Token).ConfigureAwait(false);
            var connection = new TransportConnection(socket, options.Limits, options.TimeProvider);
            NegotiatedLimits agreed;
            try
            {
                agreed = await ClientHandshake.GreetAsync(connection, options, either.Token).ConfigureAwait(false);
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            connection.Agree(agreed.ReceiveChunkSize);
            channel = new ClientChannel(options, handshake, connection, agreed);
            channel.receiving = channel.ReceiveAsync();
            await channel.IssueAsync(SecurityTokenRequestType.Issue, either.Token).ConfigureAwait(false);
            channel.renewing = channel.RenewInTimeAsync();
            return channel;
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await DisposeAsync(channel).ConfigureAwait(false);
            throw new OperationCanceledException(cancellation);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            await DisposeAsync(channel).ConfigureAwait(false);
            throw new UaException(StatusCodes.BadTimeout, $"No secure channel within {options.OpenTimeout.TotalSeconds:0.#} s", options.EndpointUrl,
                "Check the network and the server's load");
        }
        catch
        {
            await DisposeAsync(channel).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Sends an encoded request (type id and body) and returns the encoded response, which the caller disposes. Many may wait
    /// at a time. Throws <see cref="UaException"/>: BadTimeout when nothing came in time (the channel stays open),
    /// BadRequestTooLarge, BadUnknownResponse, or the fault that closed the channel. <paramref name="request"/> must stay
    /// untouched until the call ends. <paramref name="responseTypeId"/> is the binary encoding id (namespace 0) that the answer
    /// must have, or 0 for any; a ServiceFault always passes.
    /// </summary>
    public async Task<PooledMessage> RequestAsync(ReadOnlyMemory<byte> request, uint responseTypeId, TimeSpan timeout, CancellationToken cancellation)
    {
        var startedAt = time.GetTimestamp();
        var response = pending.Register(responseTypeId, out var requestId);
        try
        {
            await sender.SendAsync(MessageType.Message, requestId, request, timeout, cancellation).ConfigureAwait(false);
            if (response.IsCompleted)
                return await response.ConfigureAwait(false);
            var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - time.GetElapsedTime(startedAt);
            return await response.WaitAsync(left > TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan ? left : TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (!pending.Forget(requestId))
                return await response.ConfigureAwait(false);
            throw new UaException(StatusCodes.BadTimeout, $"No answer within {timeout.TotalSeconds:0.###} s", $"request {requestId} to {connection.Peer}",
                "The server may be under load; send it again later");
        }
        catch when (!response.IsCompleted || response.IsCompletedSuccessfully)
        {
            // Cancelled, or not sent: the answer, if it was taken for this request already, goes back to the pool.
            if (!pending.Forget(requestId))
                DiscardWhenDone(response);
            throw;
        }
    }

    /// <summary>
    /// Sends a request whose answer goes to the receiver, in order with the other answers of the channel. It has no deadline of its
    /// own: the receiver hears at the latest when the channel closes. Throws when the request could not be sent; nothing is
    /// received then.
    /// </summary>
    public async ValueTask PostAsync(ReadOnlyMemory<byte> request, uint responseTypeId, IResponseReceiver receiver, CancellationToken cancellation)
    {
        pending.Register(responseTypeId, receiver, out var requestId);
        try
        {
            await sender.SendAsync(MessageType.Message, requestId, request, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        }
        catch
        {
            // Whoever is told first tells the receiver; the other stays silent.
            if (pending.Forget(requestId))
                throw;
        }
    }

    /// <summary>Renews the token now, ahead of its time.</summary>
    public async Task RenewAsync(CancellationToken cancellation)
    {
        if (connection.Fault is { } ended)
            throw ended;
        using var timeout = new CancellationTokenSource(Options.OpenTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token, stopping.Token);
        try
        {
            await IssueAsync(SecurityTokenRequestType.Renew, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (connection.Fault is { } fault)
        {
            throw fault;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new UaException(StatusCodes.BadTimeout, "The token was not renewed in time", connection.Peer, "The server may be under load");
        }
    }

    /// <summary>Sends CloseSecureChannel, which has no answer, and closes the connection.</summary>
    public async Task CloseAsync()
    {
        if (!closed.Task.IsCompleted)
        {
            try
            {
                using var writer = new Encoding.UaBinaryWriter();
                ServiceMessages.Encode(writer, new CloseSecureChannelRequest { RequestHeader = new RequestHeader { Timestamp = time.GetUtcNow().UtcDateTime } });
                await sender.SendAsync(MessageType.CloseSecureChannel, pending.TakeId(), writer.WrittenMemory, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
            }
            catch (UaException)
            {
                // A connection that cannot take it is closing anyway.
            }
        }
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the connection at once, without a word to the peer; every waiting request fails with the reason.</summary>
    public void Abort(UaException reason) => connection.Abort(reason);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stopping.CancelAsync().ConfigureAwait(false);
        connection.Abort(new UaException(StatusCodes.BadConnectionClosed, "This side closed the channel", connection.Peer));
        await receiving.ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
        await sender.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        stopping.Dispose();
    }

    private static async ValueTask DisposeAsync(ClientChannel? channel)
    {
        if (channel is not null)
            await channel.DisposeAsync().ConfigureAwait(false);
    }

    private static void DiscardWhenDone(Task<PooledMessage> response) =>
        response.ContinueWith(static done =>
        {
            if (done.IsCompletedSuccessfully)
                done.GetAwaiter().GetResult().Dispose();
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task IssueAsync(SecurityTokenRequestType type, CancellationToken cancellation)
    {
        var requestId = pending.TakeId();
        var answered = handshake.Begin(type, requestId, out var body);
        await sender.SendOpenAsync(number => handshake.Write(ChannelId, number, requestId, body), cancellation).ConfigureAwait(false);
        await answered.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task RenewInTimeAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                var lifetime = TokenLifetime;
                var age = token!.Age(time);
                var wait = lifetime * 0.75 - age;
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time, stopping.Token).ConfigureAwait(false);
                try
                {
                    await RenewAsync(stopping.Token).ConfigureAwait(false);
                }
                catch (UaException late) when (late.Status == StatusCodes.BadTimeout && token.Age(time) < lifetime && connection.Fault is null)
                {
                    // Asked again until the token ends: one late answer is no reason to give up the connection.
                }
            }
        }
        catch (UaException refused)
        {
            connection.Abort(refused);
        }
        catch (OperationCanceledException)
        {
            // The channel is closing.
        }
    }
}
