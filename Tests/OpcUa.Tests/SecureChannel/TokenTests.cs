using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>The life of security tokens, by a clock that the test moves.</summary>
[Collection(nameof(Alone))]
public sealed class TokenTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(100);

    private readonly FakeTimeProvider time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Clause", "Part 4 OpenSecureChannel renewal")]
    public async Task Client_renews_at_75_percent_of_the_revised_lifetime_Part4_OpenSecureChannel()
    {
        await using var rig = new ChannelRig(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt, time, change: options => options with { LongestLifetime = Lifetime });
        var renewed = new SemaphoreSlim(0);
        await using var client = await rig.ConnectAsync(options => options with { TokenRenewed = _ => renewed.Release() });
        Assert.Equal(Lifetime, client.TokenLifetime);
        await ChannelRig.SettleAsync();

        time.Advance(TimeSpan.FromSeconds(74));
        await ChannelRig.SettleAsync();
        Assert.Equal(0, client.Counters.TokensRenewed);
        for (var i = 1; i <= 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(i == 1 ? 1 : 75));
            Assert.True(await renewed.WaitAsync(ChannelRig.Patience, Token));
            await ChannelTests.EchoAsync(client, 1000);
            Assert.Equal(i, client.Counters.TokensRenewed);
            await ChannelRig.SettleAsync();
        }
    }

    [Fact]
    [Trait("Clause", "Part 4 OpenSecureChannel switch")]
    public async Task Server_answers_under_the_old_token_until_the_client_uses_the_new_Part4_OpenSecureChannel()
    {
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        var old = peer.TokenId;
        await peer.SendAsync(peer.Open(RawPeer.OpenRequest(SecurityTokenRequestType.Renew), 2));
        var fresh = (await peer.ReadOpenAsync()).Response.SecurityToken.TokenId;
        Assert.NotEqual(old, fresh);

        Assert.Equal(old, await TokenOfAnswerAsync(peer, old, 3));
        Assert.Equal(fresh, await TokenOfAnswerAsync(peer, fresh, 4));
        Assert.Equal(fresh, await TokenOfAnswerAsync(peer, old, 5));
    }

    [Fact]
    [Trait("Clause", "Part 4 OpenSecureChannel switch")]
    public async Task Server_takes_up_the_new_token_by_itself_when_the_old_one_ends_Part4_OpenSecureChannel()
    {
        var answer = new TaskCompletionSource<(ServerChannel, uint)>();
        await using var rig = new ChannelRig(time: time, handler: (channel, requestId, request) =>
        {
            request.Dispose();
            answer.SetResult((channel, requestId));
            return ValueTask.CompletedTask;
        });
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        await peer.SendAsync(peer.Chunk([1], 2));
        var (channel, requestId) = await answer.Task;
        time.Advance(TimeSpan.FromSeconds(45));
        await peer.SendAsync(peer.Open(RawPeer.OpenRequest(SecurityTokenRequestType.Renew), 3));
        var fresh = (await peer.ReadOpenAsync()).Response.SecurityToken.TokenId;

        time.Advance(TimeSpan.FromSeconds(15));
        await channel.SendAsync(requestId, new byte[1]);

        Assert.Equal(fresh, BitConverter.ToUInt32((await peer.ReadAsync()).Chunk, 12));
    }

    [Theory]
    [InlineData(74, true)]
    [InlineData(76, false)]
    [Hostile(13)]
    [Trait("Clause", "Part 4 OpenSecureChannel overlap")]
    public async Task Old_token_is_accepted_up_to_125_percent_of_its_lifetime_Part4_OpenSecureChannel(int seconds, bool accepted)
    {
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        var old = peer.TokenId;
        time.Advance(TimeSpan.FromSeconds(45));
        await peer.SendAsync(peer.Open(RawPeer.OpenRequest(SecurityTokenRequestType.Renew), 2));
        await peer.ReadOpenAsync();
        await ChannelRig.SettleAsync();

        time.Advance(TimeSpan.FromSeconds(seconds - 45));
        await peer.SendAsync(peer.Chunk([1], 3, tokenId: old));

        if (accepted)
            Assert.Equal(3u, (await peer.ReadMessageAsync()).RequestId);
        else
            await peer.ExpectErrorAsync(StatusCodes.BadSecureChannelTokenUnknown);
    }

    [Fact]
    [Hostile(13)]
    [Trait("Clause", "Part 4 OpenSecureChannel overlap")]
    public async Task Channel_that_is_not_renewed_ends_at_125_percent()
    {
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        await ChannelRig.SettleAsync();

        time.Advance(TimeSpan.FromSeconds(74));
        await ChannelRig.SettleAsync();
        Assert.False(rig.Closed.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(StatusCodes.BadTimeout, (await rig.Closed).Reason.Status.Value);
    }

    [Fact]
    public async Task Client_gives_up_a_server_that_never_answers_the_renewal_when_its_token_ends()
    {
        using var server = new RawServer();
        var opening = ClientChannel.OpenAsync(new ClientChannelOptions { EndpointUrl = server.Url, TimeProvider = time, RequestedLifetime = Lifetime }, Token);
        using var peer = await server.AcceptAsync();
        await peer.AcceptAsync(changeOpen: response => response with { SecurityToken = response.SecurityToken with { RevisedLifetime = 100_000 } });
        await using var client = await opening;

        await ChannelRig.AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), client.Closed);

        Assert.Equal(StatusCodes.BadTimeout, (await client.Closed).Status.Value);
        Assert.InRange(time.GetUtcNow() - time.Start, TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(150));
    }

    [Theory]
    [InlineData(1u, 10)]
    [InlineData(0u, 3600)]
    [InlineData(uint.MaxValue, 3600)]
    [InlineData(60_000u, 60)]
    public async Task Lifetime_is_revised_into_the_servers_bounds(uint asked, int seconds)
    {
        await using var rig = new ChannelRig(time: time);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();
        await peer.SendAsync(peer.Open(RawPeer.OpenRequest(lifetime: asked)));
        Assert.Equal((uint)seconds * 1000, (await peer.ReadOpenAsync()).Response.SecurityToken.RevisedLifetime);
    }

    [Fact]
    [Trait("Clause", "Part 6 §6.7.2.4 wrap")]
    public async Task Sequence_numbers_wrap_above_4294966271_to_less_than_1024_on_both_sides_Part6_6_7_2_4()
    {
        await using var rig = new ChannelRig(SecurityPolicy.Basic256Sha256, MessageSecurityMode.Sign);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        var numbers = new SequenceNumbers();
        numbers.StartAfter(uint.MaxValue - 1025);
        var sent = Enumerable.Range(0, 4).Select(_ => numbers.Next()).ToList();
        Assert.Equal([uint.MaxValue - 1024, uint.MaxValue - 1023, 1u, 2u], sent);

        foreach (var (last, next, follows) in (IEnumerable<(uint, uint, bool)>)
        [
            (uint.MaxValue - 1024, 5, false), (uint.MaxValue - 1023, 5, true), (uint.MaxValue - 1023, 1023, true), (uint.MaxValue - 1023, 1024, false),
            (uint.MaxValue, 0, true), (uint.MaxValue - 1, uint.MaxValue, true), (10, 11, true), (10, 10, false), (10, 9, false), (10, 0, false),
        ])
        {
            var receiver = new SequenceNumbers();
            receiver.Accept(last);
            if (follows)
                receiver.Accept(next);
            else
                Assert.Equal(StatusCodes.BadSequenceNumberInvalid, Assert.Throws<UaException>(() => receiver.Accept(next)).Status.Value);
        }
    }

    [Fact]
    [Trait("Clause", "Part 6 §6.7.2.4 no reset")]
    public async Task Renewals_under_load_lose_no_answer_and_never_reset_the_sequence_Part6_6_7_2_4()
    {
        await using var rig = new ChannelRig(SecurityPolicy.Aes128_Sha256_RsaOaep, MessageSecurityMode.SignAndEncrypt);
        await using var client = await rig.ConnectAsync();
        using var stop = new CancellationTokenSource();

        var work = Enumerable.Range(0, 4).Select(async worker =>
        {
            var count = 0;
            while (!stop.IsCancellationRequested)
                await ChannelTests.EchoAsync(client, 1 + (worker * 7919 + count++ * 104729) % 150_000);
            return count;
        }).ToList();
        for (var i = 0; i < 20; i++)
            await client.RenewAsync(Token);
        await stop.CancelAsync();
        var counts = await Task.WhenAll(work);

        Assert.True(counts.Sum() > 4);
        Assert.Equal(20, client.Counters.TokensRenewed);
        Assert.False(client.Closed.IsCompleted);
    }

    private static async Task<uint> TokenOfAnswerAsync(RawPeer peer, uint tokenId, uint requestId)
    {
        await peer.SendAsync(peer.Chunk([1], requestId, tokenId: tokenId));
        return BitConverter.ToUInt32((await peer.ReadAsync()).Chunk, 12);
    }
}
