using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>A client against a peer that breaks the rules of chunks and connections.</summary>
[Collection(nameof(Alone))]
public sealed class HostileServerTests : IDisposable
{
    private static readonly byte[] Request = [9, 9, 9];

    private readonly RawServer server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData(8191u, 65536u, StatusCodes.BadTcpNotEnoughResources)]
    [InlineData(65536u, 0u, StatusCodes.BadTcpNotEnoughResources)]
    [InlineData(65537u, 65536u, StatusCodes.BadTcpInternalError)]
    [InlineData(65536u, 0xFFFFFFFFu, StatusCodes.BadTcpInternalError)]
    [Hostile(15)]
    [Trait("Clause", "Part 6 §7.1.2.3 buffers")]
    [Trait("Clause", "Part 6 §7.1.2.4 acknowledge")]
    public async Task Acknowledge_below_8192_or_above_what_was_asked_is_refused_Part6_7_1_2_4(uint receive, uint send, uint expected)
    {
        var opening = OpenAsync();
        using var peer = await server.AcceptAsync();
        await peer.ReadAsync();

        await peer.SendAsync(new AcknowledgeFrame { ReceiveBufferSize = receive, SendBufferSize = send, MaxMessageSize = 0, MaxChunkCount = 0 }.Encode());

        Assert.Equal(expected, (await FailsAsync(opening)).Status.Value);
    }

    [Theory]
    [InlineData("ACKF", 0xFFFFFFFFu)]
    [InlineData("ACKF", 4u)]
    [InlineData("ACKF", 12u)]
    [InlineData("HELF", 28u)]
    [InlineData("HTTP", 28u)]
    [Hostile(1)]
    [Trait("Clause", "Part 6 §7.1.3 order")]
    public async Task Anything_but_an_Acknowledge_closes_the_connection_Part6_7_1_3(string type, uint size)
    {
        var opening = OpenAsync();
        using var peer = await server.AcceptAsync();
        await peer.ReadAsync();
        var frame = new byte[28];
        System.Text.Encoding.ASCII.GetBytes(type, frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), size);

        await peer.SendAsync(frame);

        Assert.True((await FailsAsync(opening)).Status.IsBad);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    [Hostile(17)]
    public async Task Error_message_is_reported_with_its_code_and_a_harmless_reason_Part6_7_1_2_5()
    {
        var opening = OpenAsync();
        using var peer = await server.AcceptAsync();
        await peer.ReadAsync();

        await peer.SendAsync(new ErrorFrame(StatusCodes.BadTcpServerTooBusy, "come \u001b[31mback").Encode());

        var failure = await FailsAsync(opening);
        Assert.Equal(StatusCodes.BadTcpServerTooBusy, failure.Status.Value);
        Assert.Contains("come ?[31mback", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Hostile(18)]
    public async Task Server_that_says_nothing_is_given_up_at_the_opening_deadline()
    {
        var time = new FakeTimeProvider();
        var opening = OpenAsync(time);
        using var peer = await server.AcceptAsync();
        await peer.ReadAsync();

        await ChannelRig.AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), Task.WhenAny(opening));

        Assert.Equal(StatusCodes.BadTimeout, (await FailsAsync(opening)).Status.Value);
    }

    [Fact]
    [Hostile(18)]
    public async Task Server_of_one_byte_per_second_does_not_outlast_the_opening_deadline()
    {
        var time = new FakeTimeProvider();
        var opening = OpenAsync(time);
        using var peer = await server.AcceptAsync();
        await peer.ReadAsync();
        var frame = new AcknowledgeFrame { ReceiveBufferSize = 65536, SendBufferSize = 65536, MaxMessageSize = 0, MaxChunkCount = 0 }.Encode();

        for (var i = 0; i < frame.Length && !opening.IsCompleted; i++)
        {
            await peer.FloodAsync(() => [frame[i]], 1);
            await ChannelRig.SettleAsync();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(StatusCodes.BadTimeout, (await FailsAsync(opening)).Status.Value);
        Assert.InRange(time.GetUtcNow() - time.Start, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(17));
    }

    [Fact]
    [Hostile(2)]
    public async Task Endless_continued_chunks_stop_at_the_message_limit_Part6_6_7_3()
    {
        var (client, peer) = await ConnectAsync(options => options with { Limits = new TransportLimits { ResponseSize = 300_000, PartialBytes = 300_000 } });
        await using var _ = client;
        using var __ = peer;
        var asking = AskAsync(client);
        var (requestId, _) = await peer.ReadMessageAsync();

        await peer.FloodAsync(() => peer.Chunk(new byte[60_000], requestId, ChunkType.Continued), 100);

        Assert.Equal(StatusCodes.BadResponseTooLarge, (await FailsAsync(asking)).Status.Value);
        Assert.Equal(StatusCodes.BadResponseTooLarge, (await client.Closed).Status.Value);
        Assert.InRange(client.Counters.ChunksReceived, 1, 7);
    }

    [Fact]
    [Hostile(2)]
    public async Task Endless_chunks_for_a_request_given_up_stop_at_the_limit_too()
    {
        var (client, peer) = await ConnectAsync(options => options with { Limits = new TransportLimits { ResponseSize = 300_000, PartialBytes = 300_000 } });
        await using var _ = client;
        using var __ = peer;
        await Assert.ThrowsAsync<UaException>(() => client.RequestAsync(Request, 0, TimeSpan.FromMilliseconds(1), Token));
        var (requestId, _) = await peer.ReadMessageAsync();

        await peer.FloodAsync(() => peer.Chunk(new byte[60_000], requestId, ChunkType.Continued), 100);

        Assert.Equal(StatusCodes.BadResponseTooLarge, (await client.Closed.WaitAsync(ChannelRig.Patience, Token)).Status.Value);
    }

    [Fact]
    [Hostile(3)]
    [Trait("Clause", "Part 6 §6.7.3 abort")]
    [Trait("Clause", "Part 6 §6.7.2 interleaving")]
    public async Task Abort_chunk_fails_its_own_request_alone_Part6_6_7_3()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        var first = AskAsync(client);
        var (firstId, _) = await peer.ReadMessageAsync();
        var second = AskAsync(client);
        var (secondId, _) = await peer.ReadMessageAsync();
        var error = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(error, StatusCodes.BadResponseTooLarge);

        await peer.SendAsync(peer.Chunk([1], firstId, ChunkType.Continued));
        await peer.SendAsync(peer.Chunk([2], secondId, ChunkType.Continued));
        await peer.SendAsync(peer.Chunk(error, firstId, ChunkType.Abort));
        await peer.SendAsync(peer.Chunk([3], secondId));

        Assert.Equal(StatusCodes.BadResponseTooLarge, (await FailsAsync(first)).Status.Value);
        using var answer = await second.WaitAsync(ChannelRig.Patience, Token);
        Assert.Equal([2, 3], answer.Memory.ToArray());
        Assert.Equal(1, client.Counters.MessagesAborted);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1000u)]
    [InlineData(0x80000000u)]
    [Hostile(4)]
    public async Task Answer_to_a_request_that_was_never_sent_closes_the_channel(uint requestId)
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;

        await peer.SendAsync(peer.Chunk([1], requestId));

        Assert.Equal(StatusCodes.BadSecurityChecksFailed, (await client.Closed.WaitAsync(ChannelRig.Patience, Token)).Status.Value);
        Assert.Equal(0, client.Counters.MessagesReceived);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    [Hostile(14)]
    public async Task Duplicate_and_late_answers_are_dropped_and_counted()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        await Assert.ThrowsAsync<UaException>(() => client.RequestAsync(Request, 0, TimeSpan.FromMilliseconds(1), Token));
        var (late, _) = await peer.ReadMessageAsync();
        var asking = AskAsync(client);
        var (requestId, _) = await peer.ReadMessageAsync();

        await peer.SendAsync(peer.Chunk([1], late));
        await peer.SendAsync(peer.Chunk([2], requestId));
        await peer.SendAsync(peer.Chunk([3], requestId));
        using var answer = await asking.WaitAsync(ChannelRig.Patience, Token);
        var again = AskAsync(client);
        var (thirdId, _) = await peer.ReadMessageAsync();
        await peer.SendAsync(peer.Chunk([4], thirdId));
        using var third = await again.WaitAsync(ChannelRig.Patience, Token);

        Assert.Equal([2], answer.Memory.ToArray());
        Assert.Equal([4], third.Memory.ToArray());
        Assert.Equal(2, client.Counters.ResponsesDropped);
    }

    [Fact]
    [Hostile(14)]
    public async Task Answer_of_another_type_is_dropped_and_counted_and_a_fault_passes()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        var asking = client.RequestAsync(Request, ReadResponse.BinaryEncodingId, ChannelRig.Patience, Token);
        var (first, _) = await peer.ReadMessageAsync();
        await peer.SendAsync(peer.Chunk(RawPeer.Encode(new WriteResponse()), first));
        Assert.Equal(StatusCodes.BadUnknownResponse, (await FailsAsync(asking)).Status.Value);

        asking = client.RequestAsync(Request, ReadResponse.BinaryEncodingId, ChannelRig.Patience, Token);
        var (second, _) = await peer.ReadMessageAsync();
        await peer.SendAsync(peer.Chunk(RawPeer.Encode(new ServiceFault()), second));
        using var fault = await asking;

        Assert.Equal(1, client.Counters.ResponsesMismatched);
        Assert.False(client.Closed.IsCompleted);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(3u)]
    [Hostile(12)]
    [Trait("Clause", "Part 6 §6.7.2.4 one more")]
    public async Task Sequence_gap_repeat_or_false_wrap_closes_the_channel_Part6_6_7_2_4(uint second)
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        var asking = AskAsync(client);
        var (requestId, _) = await peer.ReadMessageAsync();

        await peer.SendAsync(peer.Chunk([1], requestId, sequenceNumber: second));

        Assert.Equal(StatusCodes.BadSequenceNumberInvalid, (await FailsAsync(asking)).Status.Value);
        Assert.Equal(StatusCodes.BadSequenceNumberInvalid, (await client.Closed.WaitAsync(ChannelRig.Patience, Token)).Status.Value);
        await peer.ExpectCloseAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Hostile(13)]
    public async Task Wrong_channel_or_token_id_closes_the_channel_Part6_6_7_2_3(bool channel, bool token)
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        var asking = AskAsync(client);
        var (requestId, _) = await peer.ReadMessageAsync();

        await peer.SendAsync(peer.Chunk([1], requestId, channelId: channel ? 8u : null, tokenId: token ? 99u : null));

        Assert.Equal(StatusCodes.BadTcpSecureChannelUnknown, (await FailsAsync(asking)).Status.Value);
        Assert.Equal(StatusCodes.BadTcpSecureChannelUnknown, (await client.Closed.WaitAsync(ChannelRig.Patience, Token)).Status.Value);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task Renewal_that_repeats_the_token_id_closes_the_channel_Part4_OpenSecureChannel()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        var renewing = client.RenewAsync(Token);

        await peer.AnswerOpenAsync();

        Assert.Equal(StatusCodes.BadTcpSecureChannelUnknown, (await FailsAsync(renewing)).Status.Value);
        await client.Closed.WaitAsync(ChannelRig.Patience, Token);
    }

    [Fact]
    public async Task Bad_result_of_the_opening_is_the_callers_error()
    {
        var opening = OpenAsync();
        using var peer = await server.AcceptAsync();

        await peer.AcceptAsync(changeOpen: response => response with { ResponseHeader = new ResponseHeader { ServiceResult = StatusCodes.BadSecurityPolicyRejected } });

        Assert.Equal(StatusCodes.BadSecurityPolicyRejected, (await FailsAsync(opening)).Status.Value);
    }

    [Fact]
    public async Task Request_that_the_server_would_not_take_is_refused_before_it_is_sent_Part6_7_1_2_4()
    {
        var opening = OpenAsync();
        using var peer = await server.AcceptAsync();
        await peer.AcceptAsync(answer => answer with { MaxMessageSize = 10_000, MaxChunkCount = 1 });
        await using var client = await opening;

        var refused = await Assert.ThrowsAsync<UaException>(() => client.RequestAsync(new byte[10_001], 0, ChannelRig.Patience, Token));

        Assert.Equal(StatusCodes.BadRequestTooLarge, refused.Status.Value);
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    public async Task Lost_connection_fails_every_waiting_request_with_one_reason()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        var asking = Enumerable.Range(0, 10).Select(_ => AskAsync(client)).ToList();
        await peer.ReadMessageAsync();

        peer.Dispose();

        foreach (var one in asking)
            Assert.Equal(StatusCodes.BadConnectionClosed, (await FailsAsync(one)).Status.Value);
        Assert.Equal(StatusCodes.BadConnectionClosed, (await Assert.ThrowsAsync<UaException>(() => AskAsync(client))).Status.Value);
    }

    [Fact]
    public async Task Cancelled_request_ends_at_once_and_its_answer_is_dropped()
    {
        var (client, peer) = await ConnectAsync();
        await using var _ = client;
        using var __ = peer;
        using var cancel = new CancellationTokenSource();
        var asking = client.RequestAsync(Request, 0, ChannelRig.Patience, cancel.Token);
        var (requestId, _) = await peer.ReadMessageAsync();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await peer.SendAsync(peer.Chunk([1], requestId));
        var next = AskAsync(client);
        var (nextId, _) = await peer.ReadMessageAsync();
        await peer.SendAsync(peer.Chunk([2], nextId));
        using var answer = await next.WaitAsync(ChannelRig.Patience, Token);

        Assert.Equal(1, client.Counters.ResponsesDropped);
    }

    private Task<ClientChannel> OpenAsync(TimeProvider? time = null, Func<ClientChannelOptions, ClientChannelOptions>? change = null)
    {
        var options = new ClientChannelOptions { EndpointUrl = server.Url, TimeProvider = time ?? TimeProvider.System };
        return ClientChannel.OpenAsync(change?.Invoke(options) ?? options, Token);
    }

    private async Task<(ClientChannel Client, RawPeer Peer)> ConnectAsync(Func<ClientChannelOptions, ClientChannelOptions>? change = null)
    {
        var opening = OpenAsync(null, change);
        var peer = await server.AcceptAsync();
        await peer.AcceptAsync();
        return (await opening, peer);
    }

    private static Task<PooledMessage> AskAsync(ClientChannel client) => client.RequestAsync(Request, 0, ChannelRig.Patience, Token);

    private static Task<UaException> FailsAsync(Task task) => Assert.ThrowsAsync<UaException>(() => task.WaitAsync(ChannelRig.Patience, Token));
}
