using System.Buffers.Binary;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>Certificates, thumbprints and keys of a channel whose peer does not deserve it.</summary>
[Collection(nameof(Alone))]
public sealed class SecuredChannelTests
{
    private const SecurityPolicy Policy = SecurityPolicy.Basic256Sha256;

    private static readonly PolicyProfile Profile = PolicyProfile.Of(Policy);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 one answer")]
    public async Task Untrusted_client_hears_one_code_and_the_server_knows_why_Part4_6_1_3()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        rig.Pki.ServerStore.Distrust(rig.Pki.Client.Certificate);

        var refused = await Assert.ThrowsAsync<UaException>(() => rig.ConnectAsync());

        Assert.Equal(StatusCodes.BadSecurityChecksFailed, refused.Status.Value);
        Assert.DoesNotContain("trust", refused.Message, StringComparison.OrdinalIgnoreCase);
        var local = await rig.Refused;
        Assert.Equal(StatusCodes.BadCertificateUntrusted, local.Status.Value);
        Assert.Contains(rig.Pki.ServerStore.TrustedDirectory, local.Message, StringComparison.Ordinal);
        Assert.Single(rig.Pki.ServerStore.Rejected);
    }

    [Fact]
    public async Task Untrusted_server_is_refused_before_anything_is_sent_to_it()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.Sign);
        rig.Pki.ClientStore.Distrust(rig.Pki.Server.Certificate);

        var refused = await Assert.ThrowsAsync<UaException>(() => rig.ConnectAsync());

        Assert.Equal(StatusCodes.BadCertificateUntrusted, refused.Status.Value);
        Assert.Equal(0, rig.Listener.ConnectionCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Hostile(33)]
    [Trait("Clause", "Part 4 OpenSecureChannel certificate")]
    public async Task Trust_list_edited_while_connected_counts_at_the_next_renewal(bool atServer)
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        await using var client = await rig.ConnectAsync();
        await client.RenewAsync(Token);
        if (atServer)
            rig.Pki.ServerStore.Distrust(rig.Pki.Client.Certificate);
        else
            rig.Pki.ClientStore.Distrust(rig.Pki.Server.Certificate);

        var refused = await Assert.ThrowsAsync<UaException>(() => client.RenewAsync(Token));

        Assert.Equal(atServer ? StatusCodes.BadSecurityChecksFailed : StatusCodes.BadCertificateUntrusted, refused.Status.Value);
    }

    [Fact]
    [Hostile(32)]
    [Trait("Clause", "Part 6 §6.7.2.3 thumbprint")]
    public async Task Message_for_the_owner_of_another_certificate_is_refused_Part6_6_7_2_3()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);

        var refused = await Assert.ThrowsAsync<UaException>(() =>
            rig.ConnectAsync(options => options with { ServerCertificate = rig.Pki.Large.Chain, ServerApplicationUri = "urn:test:large" }));

        Assert.Equal(StatusCodes.BadSecurityChecksFailed, refused.Status.Value);
        Assert.Contains("another certificate", (await rig.Refused).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://opcfoundation.org/UA/SecurityPolicy#Basic128Rsa15")]
    [InlineData("http://opcfoundation.org/UA/SecurityPolicy#Basic256")]
    [InlineData("http://opcfoundation.org/UA/SecurityPolicy#Aes128_Sha256_RsaOaep")]
    [Hostile(30)]
    public async Task Policy_that_is_withdrawn_or_not_offered_is_refused(string uri)
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();
        if (PolicyProfile.TryFind(uri, out var profile))
            await peer.SendAsync(OpenChunk.Write(profile, rig.Pki.Client, rig.Pki.Server.Certificate, 0, 1, 1, Request()));
        else
            await peer.SendAsync(WithPolicy(uri));

        await rig.ExpectClosedAsync(peer, StatusCodes.BadSecurityPolicyRejected);
    }

    [Fact]
    public async Task Mode_that_is_not_offered_is_refused()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        var refused = await Assert.ThrowsAsync<UaException>(() => rig.ConnectAsync(options => options with { SecurityMode = MessageSecurityMode.Sign }));
        Assert.Equal(StatusCodes.BadSecurityModeRejected, refused.Status.Value);
    }

    [Fact]
    [Trait("Clause", "Part 4 GetEndpoints without security")]
    public async Task Channel_without_security_is_for_discovery_when_none_is_offered()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        await using var client = await rig.ConnectAsync(options => options with { SecurityPolicy = SecurityPolicy.None, SecurityMode = MessageSecurityMode.None });
        Assert.True(rig.Listener.Channels.Single().IsForDiscoveryOnly);

        await using var strict = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt, change: options => options with { DiscoveryWithoutSecurity = false });
        var refused = await Assert.ThrowsAsync<UaException>(() => strict.ConnectAsync(options => options with { SecurityPolicy = SecurityPolicy.None, SecurityMode = MessageSecurityMode.None }));
        Assert.Equal(StatusCodes.BadSecurityPolicyRejected, refused.Status.Value);
    }

    // Ciphertext, signature, padding: whatever was touched, the peer hears the same bytes.
    [Fact]
    [Hostile(31)]
    [Trait("Clause", "Part 6 §6.7.2 receiver")]
    public async Task Every_tampered_opening_gets_the_same_answer()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        var good = OpenChunk.Write(Profile, rig.Pki.Client, rig.Pki.Server.Certificate, 0, 1, 1, Request());
        using var key = rig.Pki.Server.Certificate.OpenPublicKey();
        var answers = new HashSet<string>();
        for (var kind = 0; kind < 5; kind++)
        {
            var bad = (byte[])good.Clone();
            switch (kind)
            {
                case 0:
                    bad[^1] ^= 1;
                    break;
                case 1:
                    bad[^300] ^= 1;
                    break;
                case 2:
                    // A well encrypted block of nonsense: decrypts, and fails at the signature.
                    AsymmetricCipher.Encrypt(Profile, key, new byte[214]).CopyTo(bad, bad.Length - 256);
                    break;
                case 3:
                    new byte[256].CopyTo(bad, bad.Length - 256);
                    break;
                default:
                    // Signed by somebody else than the certificate in the header.
                    bad = SignedByAnother(rig, good);
                    break;
            }
            using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
            await peer.GreetAsync();
            await peer.SendAsync(bad);
            var error = await peer.ExpectErrorAsync(StatusCodes.BadSecurityChecksFailed);
            answers.Add(Convert.ToHexString(error.Encode()));
        }
        Assert.Single(answers);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(-1)]
    public async Task Tampered_message_closes_the_channel(int at)
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        using var relay = new TamperingRelay(rig.Listener.LocalEndPoint.Port, at);
        await using var client = await rig.ConnectAsync(options => options with { EndpointUrl = relay.Url });
        await ChannelTests.EchoAsync(client, 100);

        relay.Tamper = true;
        var failed = await Assert.ThrowsAsync<UaException>(() => ChannelTests.EchoAsync(client, 100));

        Assert.True(failed.Status.IsBad);
        var expected = at == 8 ? StatusCodes.BadTcpSecureChannelUnknown : StatusCodes.BadSecurityChecksFailed;
        Assert.Equal(expected, (await rig.Closed).Reason.Status.Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(-32)]
    [Trait("Clause", "Part 4 OpenSecureChannel nonce")]
    public async Task Nonce_that_is_short_or_zero_is_refused_Part6_6_7_5(int length)
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        var nonce = new byte[Math.Abs(length)];
        if (length > 0)
            nonce.AsSpan().Fill(1);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();

        await peer.SendAsync(OpenChunk.Write(Profile, rig.Pki.Client, rig.Pki.Server.Certificate, 0, 1, 1, Request(mode: MessageSecurityMode.SignAndEncrypt, nonce: nonce)));

        await peer.ExpectErrorAsync(StatusCodes.BadSecurityChecksFailed);
        Assert.Equal(StatusCodes.BadNonceInvalid, (await rig.Refused).Status.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Clause", "Part 4 OpenSecureChannel certificate")]
    public async Task Renewal_with_another_certificate_or_mode_closes_the_channel_Part4_OpenSecureChannel(bool certificate)
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.Sign,
            change: options => options with { Offered = [(Policy, MessageSecurityMode.Sign), (Policy, MessageSecurityMode.SignAndEncrypt)] });
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();
        await peer.SendAsync(OpenChunk.Write(Profile, rig.Pki.Client, rig.Pki.Server.Certificate, 0, 1, 1, Request()));
        var (_, answer) = await peer.ReadAsync();
        var channelId = BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(8));

        await peer.SendAsync(OpenChunk.Write(Profile, certificate ? rig.Pki.Large : rig.Pki.Client, rig.Pki.Server.Certificate, channelId, 2, 2,
            Request(SecurityTokenRequestType.Renew, certificate ? MessageSecurityMode.Sign : MessageSecurityMode.SignAndEncrypt)));

        await peer.ExpectErrorAsync(StatusCodes.BadSecurityChecksFailed);
    }

    private static byte[] Request(SecurityTokenRequestType type = SecurityTokenRequestType.Issue, MessageSecurityMode mode = MessageSecurityMode.Sign, byte[]? nonce = null)
    {
        var fresh = new byte[32];
        fresh.AsSpan().Fill(7);
        return RawPeer.Encode(RawPeer.OpenRequest(type, mode: mode, nonce: nonce ?? fresh));
    }

    private static byte[] WithPolicy(string uri)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(uri);
        var chunk = new byte[8 + 4 + 4 + name.Length + 8];
        FrameHeader.Write(chunk, MessageType.OpenSecureChannel, ChunkType.Final, chunk.Length);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(12), name.Length);
        name.CopyTo(chunk, 16);
        chunk.AsSpan(16 + name.Length).Fill(0xFF);
        return chunk;
    }

    // The client's certificate in the clear, and an inside that the holder of another key signed.
    private static byte[] SignedByAnother(ChannelRig rig, byte[] good)
    {
        var clear = good[..^(good.Length - ClearLength(rig))];
        using var key = rig.Pki.Server.Certificate.OpenPublicKey();
        var block = AsymmetricCipher.PlainBlock(Profile, key);
        var plain = new byte[(good.Length - clear.Length) / 256 * block];
        rig.Pki.Server.Sign(Profile, [.. clear, .. plain[..^256]]).CopyTo(plain, plain.Length - 256);
        return [.. clear, .. AsymmetricCipher.Encrypt(Profile, key, plain)];
    }

    private static int ClearLength(ChannelRig rig) => 8 + 4 + 4 + Profile.Uri.Length + 4 + rig.Pki.Client.Chain.Length + 4 + 20;
}
