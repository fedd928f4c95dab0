using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>A server against a peer that breaks the rules of chunks and connections.</summary>
[Collection(nameof(Alone))]
public sealed class HostileClientTests
{
    private static readonly byte[] Body = [1, 2, 3];

    [Theory]
    [InlineData(0u, StatusCodes.BadTcpMessageTypeInvalid)]
    [InlineData(7u, StatusCodes.BadTcpMessageTypeInvalid)]
    [InlineData(8193u, StatusCodes.BadTcpMessageTooLarge)]
    [InlineData(0x7FFFFFFFu, StatusCodes.BadTcpMessageTooLarge)]
    [InlineData(0xFFFFFFFFu, StatusCodes.BadTcpMessageTooLarge)]
    [Hostile(1)]
    [Trait("Clause", "Part 6 §7.1.2.2 size")]
    public async Task Hello_of_impossible_size_is_refused_Part6_7_1_2_2(uint size, uint expected)
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        var header = new byte[8];
        "HELF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), size);

        await peer.SendAsync(header);

        await rig.ExpectClosedAsync(peer, expected);
    }

    [Fact]
    [Hostile(1)]
    public async Task Chunk_over_the_agreed_size_is_refused_Part6_7_1_5()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync(sendBuffer: 8192);
        await peer.SendAsync(peer.Open(RawPeer.OpenRequest()));
        await peer.ReadOpenAsync();

        await peer.SendAsync(peer.Chunk(new byte[8192 - 24 + 1], 2));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpMessageTooLarge);
    }

    [Theory]
    [InlineData("GET ")]
    [InlineData("MSGX")]
    [InlineData("OPNC")]
    [InlineData("HELC")]
    [Trait("Clause", "Part 6 §6.7.2.2 chunk types")]
    public async Task Unknown_message_or_chunk_type_is_refused_Part6_7_1_2_2(string type)
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync((byte[])[.. System.Text.Encoding.ASCII.GetBytes(type), 32, 0, 0, 0]);

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpMessageTypeInvalid);
    }

    [Theory]
    [InlineData(8191u, 65536u)]
    [InlineData(65536u, 8191u)]
    [InlineData(0u, 65536u)]
    [Trait("Clause", "Part 6 §7.1.2.3 buffers")]
    public async Task Hello_with_buffers_below_8192_is_refused_Part6_7_1_2_3(uint receive, uint send)
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(new HelloFrame { ReceiveBufferSize = receive, SendBufferSize = send, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "opc.tcp://x/" }.Encode());

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpNotEnoughResources);
    }

    [Fact]
    [Trait("Clause", "Part 6 §7.1.2.3 URL")]
    public async Task Hello_with_an_endpoint_URL_of_4096_bytes_is_refused_Part6_7_1_2_3()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(new HelloFrame { ReceiveBufferSize = 65536, SendBufferSize = 65536, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = new string('a', 4096) }.Encode());

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpEndpointUrlInvalid);
    }

    [Fact]
    [Trait("Clause", "Part 6 §7.1.3 order")]
    public async Task Second_Hello_is_refused_Part6_7_1_3()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();

        await peer.SendAsync(new HelloFrame { ReceiveBufferSize = 65536, SendBufferSize = 65536, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "opc.tcp://x/" }.Encode());

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpMessageTypeInvalid);
    }

    [Fact]
    [Trait("Clause", "Part 6 §7.1.3 order")]
    public async Task Message_before_the_channel_is_open_is_refused_Part6_6_7_4()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();

        await peer.SendAsync(peer.Chunk(Body, 1));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpMessageTypeInvalid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Hostile(20)]
    public async Task Peer_that_does_not_open_its_channel_within_5_seconds_is_closed(bool afterHello)
    {
        var time = new FakeTimeProvider();
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        if (afterHello)
            await peer.GreetAsync();
        var closed = peer.ExpectCloseAsync();

        await ChannelRig.AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), closed);

        Assert.Equal(StatusCodes.BadTimeout, (await rig.Refused).Status.Value);
        Assert.InRange(time.GetUtcNow() - time.Start, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
        Assert.Equal(0, await rig.ConnectionsAsync(0));
    }

    [Fact]
    [Hostile(18)]
    public async Task Peer_of_one_byte_per_second_does_not_outlast_the_deadline_of_its_chunk()
    {
        var time = new FakeTimeProvider();
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        var chunk = peer.Chunk(new byte[1000], 2);
        var sent = 0;

        while (rig.Listener.ConnectionCount > 0)
        {
            Assert.True(sent < 200, "The deadline was put off by each byte");
            await peer.FloodAsync(() => [chunk[sent++]], 1);
            await ChannelRig.SettleAsync();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(StatusCodes.BadTimeout, (await rig.Closed).Reason.Status.Value);
    }

    [Fact]
    [Hostile(18)]
    public async Task Message_that_is_never_finished_does_not_outlast_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        await peer.SendAsync(peer.Chunk(Body, 2, ChunkType.Continued));
        await peer.SendAsync(peer.Chunk(Body, 3));
        await peer.ReadMessageAsync();

        await ChannelRig.AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), peer.ExpectCloseAsync());

        Assert.Equal(StatusCodes.BadTimeout, (await rig.Closed).Reason.Status.Value);
    }

    [Fact]
    [Hostile(2)]
    [Trait("Clause", "Part 6 §6.7.3 limits")]
    public async Task Endless_continued_chunks_stop_at_the_message_limit_Part6_6_7_3()
    {
        await using var rig = new ChannelRig(limits: new TransportLimits { RequestSize = 256 * 1024, PartialBytes = 16 * 1024 * 1024 });
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        var flooding = peer.FloodAsync(() => peer.Chunk(new byte[60_000], 2, ChunkType.Continued), 100);

        var (channel, reason) = await rig.Closed;
        await flooding;
        Assert.Equal(StatusCodes.BadRequestTooLarge, reason.Status.Value);
        Assert.InRange(channel.Counters.ChunksReceived, 1, 8);
    }

    [Fact]
    [Hostile(2)]
    [Trait("Clause", "Part 6 §6.7.3 limits")]
    public async Task Endless_empty_chunks_stop_at_the_chunk_limit_Part6_6_7_3()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.FloodAsync(() => peer.Chunk([], 2, ChunkType.Continued), 65);

        await rig.ExpectClosedAsync(peer, StatusCodes.BadRequestTooLarge);
    }

    [Fact]
    [Hostile(4)]
    [Trait("Clause", "Part 6 §6.7.2 interleaving")]
    public async Task Unfinished_messages_are_capped_in_number_and_bytes()
    {
        await using var rig = new ChannelRig();
        using var many = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        var requestId = 1u;
        await many.FloodAsync(() => many.Chunk(Body, ++requestId, ChunkType.Continued), 17);
        await rig.ExpectClosedAsync(many, StatusCodes.BadTcpNotEnoughResources);

        await using var small = new ChannelRig(limits: new TransportLimits { PartialBytes = 2 * 1024 * 1024 });
        using var large = await RawPeer.OpenAsync(small.Listener.LocalEndPoint.Port);
        var chunks = 0u;
        await large.FloodAsync(() => large.Chunk(new byte[60_000], 2 + chunks++ % 4, ChunkType.Continued), 60);
        Assert.Equal(StatusCodes.BadTcpNotEnoughResources, (await small.Closed).Reason.Status.Value);
        Assert.Equal(0, (await small.Closed).Channel.PartialBytes);
    }

    [Fact]
    [Hostile(3)]
    [Trait("Clause", "Part 6 §6.7.3 abort")]
    [Trait("Clause", "Part 6 §6.7.2 interleaving")]
    public async Task Abort_chunk_drops_its_own_request_alone_Part6_6_7_3()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(peer.Chunk([1], 2, ChunkType.Continued));
        await peer.SendAsync(peer.Chunk([2], 3, ChunkType.Continued));
        await peer.SendAsync(peer.Chunk([0, 0, 0, 0x80, 0, 0, 0, 0], 2, ChunkType.Abort));
        await peer.SendAsync(peer.Chunk([3], 3));

        var (requestId, body) = await peer.ReadMessageAsync();
        Assert.Equal(3u, requestId);
        Assert.Equal([2, 3], body);
        Assert.Equal(1, rig.Listener.Channels.Single().Counters.MessagesAborted);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Hostile(13)]
    public async Task Wrong_channel_or_token_id_closes_the_channel_Part6_6_7_2_3(bool channel, bool token)
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(peer.Chunk(Body, 2, channelId: channel ? peer.ChannelId + 1 : null, tokenId: token ? peer.TokenId + 1 : null));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpSecureChannelUnknown);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(3u)]
    [InlineData(0u)]
    [InlineData(1023u)]
    [InlineData(uint.MaxValue)]
    [Hostile(12)]
    [Trait("Clause", "Part 6 §6.7.2.4 one more")]
    public async Task Sequence_gap_repeat_or_false_wrap_closes_the_channel_Part6_6_7_2_4(uint second)
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(peer.Chunk(Body, 2, sequenceNumber: second));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadSequenceNumberInvalid);
    }

    [Fact]
    public async Task Issue_on_an_open_channel_is_refused_Part4_OpenSecureChannel()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(peer.Open(RawPeer.OpenRequest()));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpSecureChannelUnknown);
    }

    [Fact]
    public async Task Renewal_of_another_channel_is_refused_Part4_OpenSecureChannel()
    {
        await using var rig = new ChannelRig();
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);

        await peer.SendAsync(peer.Open(RawPeer.OpenRequest(SecurityTokenRequestType.Renew), channelId: peer.ChannelId + 1));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpSecureChannelUnknown);
    }

    [Fact]
    public async Task Response_that_the_client_would_not_take_is_refused_before_it_is_sent_Part6_7_1_2_3()
    {
        var told = new TaskCompletionSource<UaException>();
        await using var rig = new ChannelRig(handler: async (channel, requestId, request) =>
        {
            request.Dispose();
            told.SetResult(await Assert.ThrowsAsync<UaException>(() => channel.SendAsync(requestId, new byte[100_001]).AsTask()));
            await channel.SendAsync(requestId, new byte[100_000]);
        });
        await using var client = await rig.ConnectAsync(options => options with { Limits = new TransportLimits { ResponseSize = 100_000 } });

        using var response = await client.RequestAsync(Body, 0, ChannelRig.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(StatusCodes.BadResponseTooLarge, (await told.Task).Status.Value);
        Assert.Equal(100_000, response.Length);
    }

    [Fact]
    [Hostile(18, AllocatedMiB = 48)]
    public async Task Peer_that_does_not_read_is_closed_at_the_send_deadline()
    {
        var time = new FakeTimeProvider();
        var sending = new TaskCompletionSource<Task>();
        await using var rig = new ChannelRig(time: time, handler: (channel, requestId, request) =>
        {
            request.Dispose();
            sending.TrySetResult(channel.SendAsync(requestId, new byte[32 * 1024 * 1024]).AsTask());
            return ValueTask.CompletedTask;
        });
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        await peer.SendAsync(peer.Chunk(Body, 2));
        var send = await sending.Task;

        await ChannelRig.AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), rig.Closed, limit: 20_000);

        Assert.Equal(StatusCodes.BadTimeout, (await Assert.ThrowsAsync<UaException>(() => send)).Status.Value);
    }

    [Fact]
    [Hostile(19)]
    public async Task Flood_of_openings_pushes_out_the_oldest_without_a_session()
    {
        await using var rig = new ChannelRig(change: options => options with { MaxConnections = 4 });
        using var working = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        rig.Listener.Channels.Single().HasSession = true;
        var flood = new List<RawPeer>();
        for (var i = 0; i < 20; i++)
            flood.Add(await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port));

        await working.SendAsync(working.Chunk(Body, 2));
        Assert.Equal(Body, (await working.ReadMessageAsync()).Body);
        await flood[0].ExpectCloseAsync();
        Assert.InRange(await rig.ConnectionsAsync(4), 1, 4);
        flood.ForEach(peer => peer.Dispose());
    }

    [Fact]
    [Hostile(19)]
    public async Task When_all_connections_have_sessions_the_newest_is_turned_away()
    {
        await using var rig = new ChannelRig(change: options => options with { MaxConnectionsPerAddress = 1 });
        using var working = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        rig.Listener.Channels.Single().HasSession = true;

        using var newest = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);

        await newest.ExpectCloseAsync();
        Assert.Equal(StatusCodes.BadTcpServerTooBusy, (await rig.Refused).Status.Value);
        await working.SendAsync(working.Chunk(Body, 2));
        Assert.Equal(Body, (await working.ReadMessageAsync()).Body);
    }
}
