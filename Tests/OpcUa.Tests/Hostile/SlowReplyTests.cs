using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Replies that come a byte at a time: the deadline is for the whole operation, not for each byte.</summary>
[Collection(nameof(Alone))]
public sealed class SlowReplyTests
{
    [Fact]
    [Hostile(18)]
    public async Task Reply_of_one_byte_per_second_ends_with_the_operation_and_the_chunk()
    {
        var time = new FakeTimeProvider();
        using var server = new RawServer();
        var opening = ClientChannel.OpenAsync(new ClientChannelOptions { EndpointUrl = server.Url, TimeProvider = time }, TestContext.Current.CancellationToken);
        using var peer = await server.AcceptAsync();
        await peer.AcceptAsync();
        await using var client = await opening;
        var asked = client.RequestAsync(new byte[] { 1, 2, 3 }, 0, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        var (requestId, _) = await peer.ReadMessageAsync();
        var reply = peer.Chunk(new byte[1000], requestId);
        var start = time.GetTimestamp();
        TimeSpan? answered = null;

        for (var i = 0; i < 60 && !client.Closed.IsCompleted; i++)
        {
            if (await peer.FloodAsync(() => [reply[i]], 1))
                break;
            await ChannelRig.SettleAsync();
            if (asked.IsCompleted)
                answered ??= time.GetElapsedTime(start);
            time.Advance(TimeSpan.FromSeconds(1));
            await ChannelRig.SettleAsync();
        }

        Assert.Equal(StatusCodes.BadTimeout, (await Assert.ThrowsAsync<UaException>(() => asked.WaitAsync(ChannelRig.Patience, TestContext.Current.CancellationToken))).Status.Value);
        Assert.InRange(answered!.Value, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(7));
        Assert.Equal(StatusCodes.BadTimeout, (await client.Closed.WaitAsync(ChannelRig.Patience, TestContext.Current.CancellationToken)).Status.Value);
        Assert.InRange(time.GetElapsedTime(start), TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(13));
    }
}
