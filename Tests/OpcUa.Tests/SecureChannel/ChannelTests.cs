using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

public sealed class ChannelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<SecurityPolicy, MessageSecurityMode> Combinations()
    {
        var all = new TheoryData<SecurityPolicy, MessageSecurityMode> { { SecurityPolicy.None, MessageSecurityMode.None } };
        foreach (var policy in (SecurityPolicy[])[SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss])
        {
            all.Add(policy, MessageSecurityMode.Sign);
            all.Add(policy, MessageSecurityMode.SignAndEncrypt);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Message_of_any_length_comes_back_as_it_was_sent(SecurityPolicy policy, MessageSecurityMode mode)
    {
        await using var rig = new ChannelRig(policy, mode);
        await using var channel = await rig.ConnectAsync();

        for (var length = 0; length < 40; length++)
            await EchoAsync(channel, length);
        foreach (var length in (int[])[65000, 65488, 65536, 200_000, 2 * 1024 * 1024])
            await EchoAsync(channel, length);
        await channel.RenewAsync(Token);
        await EchoAsync(channel, 1000);
    }

    [Theory]
    [InlineData(SecurityPolicy.Basic256Sha256)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss)]
    [Trait("Clause", "Part 6 §6.7.4 opening")]
    [Trait("Clause", "Part 6 §6.7.2.5 padding")]
    public async Task Key_longer_than_2048_bits_carries_the_extra_padding_size(SecurityPolicy policy)
    {
        await using var rig = new ChannelRig(policy, MessageSecurityMode.SignAndEncrypt, change: options => options);
        await using var large = new ChannelRig(policy, MessageSecurityMode.SignAndEncrypt, change: options => options with { OwnCertificate = rig.Pki.Large });
        await using var toLarge = await large.ConnectAsync(options => options with { ServerCertificate = rig.Pki.Large.Chain, ServerApplicationUri = "urn:test:large" });
        await EchoAsync(toLarge, 100);
        await using var fromLarge = await rig.ConnectAsync(options => options with { OwnCertificate = rig.Pki.Large });
        await EchoAsync(fromLarge, 100);
    }

    [Fact]
    public async Task Many_requests_at_once_each_get_their_own_answer()
    {
        await using var rig = new ChannelRig(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        await using var channel = await rig.ConnectAsync();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => EchoAsync(channel, 100 + i * 997)));

        Assert.Equal(200, channel.Counters.MessagesReceived);
        Assert.Equal(0, channel.Counters.ResponsesDropped);
    }

    internal static async Task EchoAsync(ClientChannel channel, int length)
    {
        var request = new byte[length];
        new Random(length).NextBytes(request);
        using var response = await channel.RequestAsync(request, 0, ChannelRig.Patience, TestContext.Current.CancellationToken);
        Assert.True(response.Span.SequenceEqual(request), $"{length} bytes came back changed");
    }
}
