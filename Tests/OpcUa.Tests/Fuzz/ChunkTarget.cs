using System.Net;
using System.Net.Sockets;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// What stands between a socket and a message (Part 6 §7.1, §6.7.2): the reader of chunks, the frames of the greeting, the chunk's
/// seal and sequence, the assembler. An input is all that a peer ever sends.
/// </summary>
internal sealed class ChunkTarget : FuzzTarget
{
    private const uint ChannelId = 7;
    private const uint TokenId = 1;

    private static readonly TransportLimits Limits = new() { ChunkSize = 8192, RequestSize = 64 * 1024, PartialBytes = 128 * 1024, OpenMessages = 4 };

    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);

    public ChunkTarget()
    {
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(1);
        Seeds = [.. Conversations()];
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override async ValueTask FeedAsync(byte[] input)
    {
        using var sending = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await sending.ConnectAsync(listener.LocalEndPoint!);
        await using var connection = new TransportConnection(await listener.AcceptAsync(), Limits, TimeProvider.System);
        await sending.SendAsync(input, SocketFlags.None);
        sending.Shutdown(SocketShutdown.Send);
        // Resets rather than lingers: thousands of these are opened.
        sending.LingerState = new LingerOption(true, 0);

        var hello = new HelloFrame { ReceiveBufferSize = 8192, SendBufferSize = 8192, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "" };
        var agreed = NegotiatedLimits.ForServer(Limits, hello).Limits;
        using var assembler = new MessageAssembler(agreed, Limits, StatusCodes.BadRequestTooLarge, TimeProvider.System);
        using var receiver = new ChunkReceiver(TimeProvider.System);
        receiver.Install(ChannelToken.Derive(PolicyProfile.Of(SecurityPolicy.None), false, ChannelId, TokenId, TimeSpan.FromHours(1), TimeProvider.System.GetTimestamp(), [], []));
        try
        {
            while (true)
            {
                var chunk = await connection.ReceiveAsync(Deadline);
                if (chunk.Length > Limits.ChunkSize)
                    throw new InvalidOperationException($"A chunk of {chunk.Length} bytes was let in.");
                Take(chunk, hello, receiver, assembler);
                if (assembler.PartialBytes > Limits.PartialBytes || assembler.OpenMessages > Limits.OpenMessages)
                    throw new InvalidOperationException($"{assembler.OpenMessages} unfinished messages with {assembler.PartialBytes} bytes are held.");
            }
        }
        catch (UaException ended)
        {
            if (ended.Status == StatusCodes.BadTimeout)
                throw new TimeoutException("The reader waits for more than will ever come.", ended);
        }
    }

    public override ValueTask DisposeAsync()
    {
        listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Take(Memory<byte> chunk, HelloFrame hello, ChunkReceiver receiver, MessageAssembler assembler)
    {
        var header = FrameHeader.Read(chunk.Span, chunk.Length);
        var body = chunk[FrameHeader.Length..];
        switch (header.Type)
        {
            case MessageType.Hello:
                Bounded([], 0, _ => NegotiatedLimits.ForServer(Limits, HelloFrame.Decode(body.Span)));
                break;
            case MessageType.Acknowledge:
                Bounded([], 0, _ => NegotiatedLimits.ForClient(Limits, hello, AcknowledgeFrame.Decode(body.Span)));
                break;
            case MessageType.Error:
                Bounded([], 0, _ => ErrorFrame.Decode(body.Span).ToException());
                break;
            case MessageType.ReverseHello:
                Bounded([], 0, _ => ReverseHelloFrame.Decode(body.Span));
                break;
            case MessageType.OpenSecureChannel:
                receiver.Sequence.Accept(OpenChunk.Read(chunk.Span, null).SequenceNumber);
                break;
            case MessageType.CloseSecureChannel:
                receiver.Open(chunk, out _);
                break;
            default:
                var content = receiver.Open(chunk, out var requestId);
                if (header.Chunk == ChunkType.Abort)
                    assembler.Abort(requestId);
                else
                    assembler.Add(requestId, content.Span, header.Chunk == ChunkType.Final, keep: true)?.Dispose();
                break;
        }
    }

    private static IEnumerable<byte[]> Conversations()
    {
        var request = RawPeer.Encode(new ReadRequest { NodesToRead = [new ReadValueId { NodeId = VariableIds.Server_ServerStatus_State }] });
        byte[] greeting = new HelloFrame { ReceiveBufferSize = 65536, SendBufferSize = 65536, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "opc.tcp://localhost/" }.Encode();
        yield return greeting;
        yield return new AcknowledgeFrame { ReceiveBufferSize = 8192, SendBufferSize = 8192, MaxMessageSize = 0, MaxChunkCount = 0 }.Encode();
        yield return new ErrorFrame(StatusCodes.BadTcpServerTooBusy, "later").Encode();
        yield return new ReverseHelloFrame("urn:server", "opc.tcp://server:4840/").Encode();
        var whole = Peer();
        yield return [.. greeting, .. whole.Open(RawPeer.OpenRequest()), .. whole.Chunk(request, 2), .. whole.Chunk(request, 3), .. whole.Chunk([], 4, message: MessageType.CloseSecureChannel)];
        var parts = Peer();
        yield return
        [
            .. parts.Chunk(request.AsSpan(0, 9), 2, ChunkType.Continued), .. parts.Chunk(request.AsSpan(0, 5), 3, ChunkType.Continued),
            .. parts.Chunk(request.AsSpan(9, 9), 2, ChunkType.Continued), .. parts.Chunk([], 3, ChunkType.Abort), .. parts.Chunk(request.AsSpan(18), 2),
        ];
        var large = Peer();
        yield return [.. large.Chunk(new byte[8000], 2, ChunkType.Continued), .. large.Chunk(new byte[8000], 2, ChunkType.Continued), .. large.Chunk(new byte[100], 2)];

        static RawPeer Peer() => new(null!) { ChannelId = ChannelId, TokenId = TokenId };
    }
}
