using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>The other end of a socket, free to break every rule. Reads and writes have a deadline.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private uint sequence;

    public uint ChannelId { get; set; }
    public uint TokenId { get; set; } = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RawPeer> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Token);
        return new RawPeer(socket);
    }

    /// <summary>Connects, greets and opens a channel without security.</summary>
    public static async Task<RawPeer> OpenAsync(int port, uint receiveBuffer = 65536)
    {
        var peer = await ConnectAsync(port);
        await peer.GreetAsync(receiveBuffer);
        await peer.SendAsync(peer.Open(OpenRequest()));
        var (_, answer) = await peer.ReadOpenAsync();
        peer.ChannelId = answer.SecurityToken.ChannelId;
        peer.TokenId = answer.SecurityToken.TokenId;
        return peer;
    }

    public static OpenSecureChannelRequest OpenRequest(SecurityTokenRequestType type = SecurityTokenRequestType.Issue, uint lifetime = 60_000,
        MessageSecurityMode mode = MessageSecurityMode.None, byte[]? nonce = null) => new()
    {
        RequestType = type,
        SecurityMode = mode,
        ClientNonce = nonce,
        RequestedLifetime = lifetime,
    };

    public static byte[] Encode(IEncodable message)
    {
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, message);
        return writer.WrittenSpan.ToArray();
    }

    public async Task GreetAsync(uint receiveBuffer = 65536, uint sendBuffer = 65536)
    {
        await SendAsync(new HelloFrame { ReceiveBufferSize = receiveBuffer, SendBufferSize = sendBuffer, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "opc.tcp://localhost/" }.Encode());
        Assert.Equal(MessageType.Acknowledge, (await ReadAsync()).Type);
    }

    public byte[] Open(IEncodable message, uint requestId = 1, uint? channelId = null) =>
        OpenChunk.Write(PolicyProfile.Of(SecurityPolicy.None), null, null, channelId ?? ChannelId, NextSequence(), requestId, Encode(message));

    /// <summary>A chunk without security; what is not given is right.</summary>
    public byte[] Chunk(ReadOnlySpan<byte> body, uint requestId, ChunkType type = ChunkType.Final, uint? sequenceNumber = null, MessageType message = MessageType.Message, uint? channelId = null, uint? tokenId = null)
    {
        var chunk = new byte[24 + body.Length];
        FrameHeader.Write(chunk, message, type, chunk.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(8), channelId ?? ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(12), tokenId ?? TokenId);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(16), sequenceNumber ?? NextSequence());
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(20), requestId);
        body.CopyTo(chunk.AsSpan(24));
        return chunk;
    }

    /// <summary>A whole message in as many chunks as it takes.</summary>
    public async Task SendMessageAsync(ReadOnlyMemory<byte> body, uint requestId)
    {
        const int Most = 60_000;
        for (; body.Length > Most; body = body[Most..])
            await SendAsync(Chunk(body.Span[..Most], requestId, ChunkType.Continued));
        await SendAsync(Chunk(body.Span, requestId));
    }

    /// <summary>A server's half of the opening without security, over whatever answer the test wants.</summary>
    public async Task AcceptAsync(Func<AcknowledgeFrame, AcknowledgeFrame>? change = null, Func<OpenSecureChannelResponse, OpenSecureChannelResponse>? changeOpen = null)
    {
        var (type, chunk) = await ReadAsync();
        Assert.Equal(MessageType.Hello, type);
        var hello = HelloFrame.Decode(chunk.AsSpan(8));
        var answer = new AcknowledgeFrame { ReceiveBufferSize = hello.SendBufferSize, SendBufferSize = hello.ReceiveBufferSize, MaxMessageSize = 0, MaxChunkCount = 0 };
        await SendAsync((change?.Invoke(answer) ?? answer).Encode());
        await AnswerOpenAsync(changeOpen);
    }

    public async Task AnswerOpenAsync(Func<OpenSecureChannelResponse, OpenSecureChannelResponse>? change = null)
    {
        var (type, chunk) = await ReadAsync();
        Assert.Equal(MessageType.OpenSecureChannel, type);
        var open = OpenChunk.Read(chunk, null);
        var response = new OpenSecureChannelResponse { SecurityToken = new ChannelSecurityToken { ChannelId = 7, TokenId = TokenId, RevisedLifetime = 600_000 } };
        response = change?.Invoke(response) ?? response;
        ChannelId = response.SecurityToken.ChannelId;
        TokenId = response.SecurityToken.TokenId;
        await SendAsync(Open(response, open.RequestId));
    }

    public uint NextSequence() => ++sequence;

    public void StartAfter(uint number) => sequence = number;

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, Token).AsTask().WaitAsync(ChannelRig.Patience, Token)..];
    }

    /// <summary>Sends while the other side lets it; true if it stopped letting before <paramref name="count"/> repetitions.</summary>
    public async Task<bool> FloodAsync(Func<byte[]> next, int count)
    {
        try
        {
            for (var i = 0; i < count; i++)
                await SendAsync(next());
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>The next chunk; type default and no bytes when the other side has closed.</summary>
    public async Task<(MessageType Type, byte[] Chunk)> ReadAsync()
    {
        try
        {
            var header = new byte[8];
            if (!await FillAsync(header))
                return (default, []);
            var chunk = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4))];
            header.CopyTo(chunk, 0);
            Assert.True(await FillAsync(chunk.AsMemory(8)), "The connection ended inside a chunk");
            return ((MessageType)(BinaryPrimitives.ReadUInt32LittleEndian(header) & 0xFFFFFF), chunk);
        }
        catch (SocketException)
        {
            return (default, []);
        }
    }

    public async Task<(uint RequestId, OpenSecureChannelResponse Response)> ReadOpenAsync()
    {
        var (type, chunk) = await ReadAsync();
        Assert.Equal(MessageType.OpenSecureChannel, type);
        var open = OpenChunk.Read(chunk, null);
        return (open.RequestId, Assert.IsType<OpenSecureChannelResponse>(ServiceMessages.DecodeResponse(open.Body)));
    }

    /// <summary>Reads on until the Error message, which must be this one, and the close behind it.</summary>
    public async Task<ErrorFrame> ExpectErrorAsync(StatusCode status)
    {
        while (true)
        {
            var (type, chunk) = await ReadAsync();
            Assert.True(chunk.Length > 0, $"Closed without an Error message; expected {status}");
            if (type != MessageType.Error)
                continue;
            var error = ErrorFrame.Decode(chunk.AsSpan(8));
            Assert.Equal(status, error.Error);
            await ExpectCloseAsync();
            return error;
        }
    }

    public async Task ExpectCloseAsync()
    {
        while ((await ReadAsync()).Chunk.Length > 0)
        {
        }
    }

    /// <summary>Body of a whole single-chunk message.</summary>
    public async Task<(uint RequestId, byte[] Body)> ReadMessageAsync()
    {
        var (type, chunk) = await ReadAsync();
        Assert.Equal(MessageType.Message, type);
        return (BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(20)), chunk[24..]);
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> FillAsync(Memory<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = await socket.ReceiveAsync(target, SocketFlags.None, Token).AsTask().WaitAsync(ChannelRig.Patience, Token);
            if (count == 0)
                return false;
            target = target[count..];
        }
        return true;
    }
}

/// <summary>A listening socket for one hostile server.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp);

    public RawServer()
    {
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        socket.Listen(4);
    }

    public string Url => $"opc.tcp://localhost:{((IPEndPoint)socket.LocalEndPoint!).Port}/";

    public async Task<RawPeer> AcceptAsync() =>
        new(await socket.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(ChannelRig.Patience));

    public void Dispose() => socket.Dispose();
}
