using System.Net;
using System.Net.Sockets;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Transport;

[Collection(nameof(Alone))]
public sealed class FrameTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Hostile(1)]
    [Trait("Clause", "Part 6 §7.1.2.2 size")]
    public async Task Header_that_announces_too_much_reserves_nothing_Part6_7_1_2_2()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen(1);
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port), Token);
        await using var connection = new TransportConnection(await listener.AcceptAsync(Token), new TransportLimits(), TimeProvider.System);
        await peer.SendAsync((byte[])[.. "MSGF"u8, 0, 0, 0, 0x7F], SocketFlags.None, Token);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refused = await Assert.ThrowsAsync<UaException>(() => connection.ReceiveAsync(TimeSpan.FromSeconds(10)).AsTask());

        Assert.Equal(StatusCodes.BadTcpMessageTooLarge, refused.Status.Value);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, long.MinValue, 200_000);
    }

    [Fact]
    public void Frames_come_back_as_they_were_written()
    {
        var hello = new HelloFrame { ProtocolVersion = 1, ReceiveBufferSize = 2, SendBufferSize = 3, MaxMessageSize = 4, MaxChunkCount = 5, EndpointUrl = "opc.tcp://Zürich:4840/" };
        Assert.Equal(hello, HelloFrame.Decode(hello.Encode().AsSpan(8)));
        var acknowledge = new AcknowledgeFrame { ProtocolVersion = 1, ReceiveBufferSize = 2, SendBufferSize = 3, MaxMessageSize = 4, MaxChunkCount = 5 };
        Assert.Equal(acknowledge, AcknowledgeFrame.Decode(acknowledge.Encode().AsSpan(8)));
        var error = new ErrorFrame(StatusCodes.BadTimeout, "late");
        Assert.Equal(error, ErrorFrame.Decode(error.Encode().AsSpan(8)));
        var reverse = new ReverseHelloFrame("urn:server", "opc.tcp://line1:4840/");
        Assert.Equal(reverse, ReverseHelloFrame.Decode(reverse.Encode().AsSpan(8)));
    }

    [Fact]
    public void Hello_has_the_bytes_of_Part6_7_1_2_3()
    {
        var frame = new HelloFrame { ReceiveBufferSize = 65535, SendBufferSize = 8192, MaxMessageSize = 0, MaxChunkCount = 2, EndpointUrl = "opc" }.Encode();

        Assert.Equal("48454C46" + "23000000" + "00000000" + "FFFF0000" + "00200000" + "00000000" + "02000000" + "03000000" + "6F7063", Convert.ToHexString(frame));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(4097)]
    public void Error_reason_of_impossible_length_is_ignored_and_its_code_counts_Part6_7_1_2_5(int length)
    {
        byte[] body = [.. BitConverter.GetBytes(StatusCodes.BadTcpServerTooBusy), .. BitConverter.GetBytes(length), .. new byte[5000]];
        Assert.Equal(new ErrorFrame(StatusCodes.BadTcpServerTooBusy, ""), ErrorFrame.Decode(body));
    }

    [Fact]
    public void Every_cut_frame_is_a_decoding_error()
    {
        var hello = new HelloFrame { ReceiveBufferSize = 2, SendBufferSize = 3, MaxMessageSize = 4, MaxChunkCount = 5, EndpointUrl = "opc.tcp://x/" }.Encode();
        for (var length = 8; length < hello.Length; length++)
            Assert.Throws<UaException>(() => HelloFrame.Decode(hello.AsSpan(8..length)));
    }

    [Fact]
    [Trait("Clause", "Part 6 §7.1.2.3 no limit")]
    public void No_limit_of_the_peer_never_lifts_our_own()
    {
        var limits = new TransportLimits();
        var (server, answer) = NegotiatedLimits.ForServer(limits, new HelloFrame { ReceiveBufferSize = uint.MaxValue, SendBufferSize = uint.MaxValue, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "" });
        Assert.Equal(limits.ChunkSize, server.ReceiveChunkSize);
        Assert.Equal(limits.RequestSize, server.ReceiveMessageSize);
        Assert.Equal(64, server.ReceiveChunkCount);
        Assert.Equal(int.MaxValue, server.SendMessageSize);
        Assert.Equal((uint)limits.RequestSize, answer.MaxMessageSize);

        var client = NegotiatedLimits.ForClient(limits, NegotiatedLimits.Hello(limits, ""), new AcknowledgeFrame { ReceiveBufferSize = 8192, SendBufferSize = 8192, MaxMessageSize = 0, MaxChunkCount = 0 });
        Assert.Equal(8192, client.ReceiveChunkSize);
        Assert.Equal(limits.ResponseSize, client.ReceiveMessageSize);
        Assert.InRange(client.ReceiveChunkCount, limits.ResponseSize / 8192, limits.ResponseSize / 7000);
    }

    [Theory]
    [InlineData(8191)]
    [InlineData(2_000_000)]
    [Trait("Clause", "Part 6 §6.7.3 limits")]
    public void Limit_out_of_range_names_itself_and_what_is_allowed(int chunk)
    {
        var refused = Assert.Throws<ArgumentException>(() => new TransportLimits { ChunkSize = chunk }.Validate());
        Assert.Contains("TransportLimits.ChunkSize", refused.Message, StringComparison.Ordinal);
        Assert.Contains("8192 to 1048576", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Clause", "Part 6 §6.7.3 limits")]
    public void Limits_by_default_are_those_that_the_documentation_promises()
    {
        var limits = new TransportLimits();
        Assert.Equal((64 * 1024, 64, 2 * 1024 * 1024, 16 * 1024 * 1024, 16 * 1024 * 1024),
            (limits.ChunkSize, limits.ChunkCount, limits.RequestSize, limits.ResponseSize, limits.PartialBytes));
        var decoding = PatchEdge.OpcUa.Encoding.DecodingLimits.Request;
        Assert.Equal((64 * 1024, 100, 10), (decoding.MaxStringBytes, decoding.MaxNesting, decoding.MaxDiagnosticInfoNesting));
    }
}
