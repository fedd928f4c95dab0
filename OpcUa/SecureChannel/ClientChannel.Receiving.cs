using System.Buffers.Binary;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <content>The receive loop: the only reader of the connection, and the one that ends the channel.</content>
internal sealed partial class ClientChannel
{
    private async Task ReceiveAsync()
    {
        await Task.Yield();
        UaException reason;
        try
        {
            while (true)
            {
                var chunk = await connection.ReceiveAsync(assembler.DueIn).ConfigureAwait(false);
                Interlocked.Increment(ref chunksReceived);
                Take(chunk);
            }
        }
        catch (UaException fault)
        {
            reason = connection.Fault ?? fault;
        }
        catch (Exception bug)
        {
            reason = new UaException(StatusCodes.BadInternalError, "The channel's loop failed", connection.Peer, "Report this with the log", bug);
        }
        connection.Abort(reason);
        receiver.Dispose();
        assembler.Dispose();
        handshake.Fail(reason);
        pending.Close(reason);
        await stopping.CancelAsync().ConfigureAwait(false);
        closed.TrySetResult(reason);
    }

    private void Take(Memory<byte> chunk)
    {
        var header = FrameHeader.Read(chunk.Span, chunk.Length);
        switch (header.Type)
        {
            case MessageType.Message:
                TakeMessage(chunk, header.Chunk);
                break;
            case MessageType.OpenSecureChannel:
                TakeOpen(chunk);
                break;
            case MessageType.Error:
                throw ErrorFrame.Decode(chunk.Span[FrameHeader.Length..]).ToException();
            case MessageType.CloseSecureChannel:
                receiver.Open(chunk, out _);
                throw new UaException(StatusCodes.BadSecureChannelClosed, "The server closed the channel", connection.Peer, "Open another one");
            default:
                throw new UaException(StatusCodes.BadTcpMessageTypeInvalid, $"A message of type {header.Type} on an open connection", connection.Peer, "The connection is closed; connect again");
        }
    }

    private void TakeMessage(Memory<byte> chunk, ChunkType type)
    {
        var body = receiver.Open(chunk, out var requestId);
        if (!pending.WasIssued(requestId))
            throw new UaException(StatusCodes.BadSecurityChecksFailed, $"An answer to request {requestId}, which was never sent", connection.Peer, "The connection is closed; connect again");
        if (type == ChunkType.Abort)
        {
            Interlocked.Increment(ref aborted);
            assembler.Abort(requestId);
            pending.Fail(requestId, ReadAbort(body.Span));
            return;
        }
        if (assembler.Add(requestId, body.Span, type == ChunkType.Final, keep: pending.IsWaiting(requestId)) is { } message)
        {
            Interlocked.Increment(ref messagesReceived);
            pending.Complete(requestId, message);
        }
    }

    private void TakeOpen(Memory<byte> chunk)
    {
        var open = OpenChunk.Read(chunk.Span, Options.OwnCertificate);
        receiver.Sequence.Accept(open.SequenceNumber);
        if (handshake.Complete(open, token) is not { } issued)
            return;
        var isRenewal = token is not null;
        receiver.Install(issued.Token);
        sender.Use(issued.Token);
        token = issued.Token;
        if (isRenewal)
        {
            Interlocked.Increment(ref renewed);
            Options.TokenRenewed?.Invoke(issued.Token.Lifetime);
        }
        issued.Done.TrySetResult();
    }

    private static UaException ReadAbort(ReadOnlySpan<byte> body)
    {
        var error = body.Length >= sizeof(uint) ? new StatusCode(BinaryPrimitives.ReadUInt32LittleEndian(body)) : new StatusCode(StatusCodes.BadDecodingError);
        return new UaException(error.IsBad ? error : StatusCodes.BadRequestInterrupted, "The server gave up its answer", "abort chunk", "Ask for less at a time");
    }
}
