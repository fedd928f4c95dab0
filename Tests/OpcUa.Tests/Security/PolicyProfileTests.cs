using System.Security.Cryptography;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.SecureChannel;

namespace PatchEdge.OpcUa.Tests.Security;

/// <summary>The table of algorithms and lengths (Part 7 §6.6), and what of it shows on the wire.</summary>
public sealed class PolicyProfileTests
{
    [Theory]
    [InlineData(SecurityPolicy.Basic256Sha256, "Basic256Sha256", "Pkcs1", "OaepSHA1", 42, 32)]
    [InlineData(SecurityPolicy.Aes128_Sha256_RsaOaep, "Aes128_Sha256_RsaOaep", "Pkcs1", "OaepSHA1", 42, 16)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss, "Aes256_Sha256_RsaPss", "Pss", "OaepSHA256", 66, 32)]
    [Trait("Clause", "Part 7 §6.6 policies")]
    public void Policy_has_the_algorithms_and_lengths_of_its_profile(SecurityPolicy policy, string name, string signature, string encryption, int overhead, int cipherKey)
    {
        var profile = PolicyProfile.Of(policy);
        Assert.Equal($"http://opcfoundation.org/UA/SecurityPolicy#{name}", profile.Uri);
        Assert.Equal((signature, encryption), (profile.SignaturePadding.ToString(), profile.EncryptionPadding.ToString()));
        Assert.Equal((overhead, cipherKey, 32), (profile.EncryptionOverhead, profile.CipherKeyLength, profile.NonceLength));
        Assert.Equal((2048, 4096, 32, 16), (PolicyProfile.ShortestKeyBits, PolicyProfile.LongestKeyBits, PolicyProfile.MacLength, PolicyProfile.CipherBlock));
        var keys = DirectionKeys.Derive(profile, new byte[32], new byte[32]);
        Assert.Equal((32, cipherKey, 16), (keys.Signing.Length, keys.Encrypting.Length, keys.InitializationVector.Length));
        using var rsa = RSA.Create(2048);
        Assert.Equal(256 - overhead, AsymmetricCipher.PlainBlock(profile, rsa));
        Assert.Equal(256, AsymmetricCipher.Encrypt(profile, rsa, new byte[256 - overhead]).Length);
        Assert.Equal(512, AsymmetricCipher.Encrypt(profile, rsa, new byte[256 - overhead + 1]).Length);
    }

    [Theory]
    [InlineData(MessageSecurityMode.Sign)]
    [InlineData(MessageSecurityMode.SignAndEncrypt)]
    [Trait("Clause", "Part 6 §6.7.4 opening")]
    public void Opening_is_signed_and_encrypted_in_either_mode(MessageSecurityMode mode)
    {
        using var pki = new TestPki();
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var body = RawPeer.Encode(RawPeer.OpenRequest(mode: mode, nonce: RandomNumberGenerator.GetBytes(32)));
        var chunk = OpenChunk.Write(profile, pki.Client, pki.Server.Certificate, 0, 51, 1, body);
        Assert.Equal(-1, chunk.AsSpan().IndexOf(body.AsSpan(body.Length - 40)));
        var clear = 8 + 4 + 4 + profile.Uri.Length + 4 + pki.Client.Chain.Length + 4 + 20;
        Assert.Equal(0, (chunk.Length - clear) % 256);
        var read = OpenChunk.Read(chunk, pki.Server);
        Assert.Equal(body, read.Body);
        Assert.Equal(51u, read.SequenceNumber);
    }

    [Fact]
    [Trait("Clause", "Part 6 §6.7.2.5 sign only")]
    public void Chunk_that_is_only_signed_has_no_padding()
    {
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var keys = DirectionKeys.Derive(profile, new byte[32], new byte[32]);
        using var seal = ChunkSeal.ForSending(profile, false, keys);
        for (var body = 0; body < 40; body++)
        {
            Assert.Equal(24 + body + 32, seal.SealedSize(body));
            var chunk = new byte[24 + body + 32];
            seal.Seal(chunk, body);
            Assert.Equal(HMACSHA256.HashData(keys.Signing, chunk.AsSpan(0, 24 + body)), chunk[(24 + body)..]);
        }
    }

    [Fact]
    [Trait("Clause", "Part 4 OpenSecureChannel nonce")]
    public async Task Each_opening_and_renewal_has_a_nonce_of_its_own()
    {
        var nonces = new List<string>();
        var options = new ClientChannelOptions { EndpointUrl = "opc.tcp://localhost/", SecurityPolicy = SecurityPolicy.Basic256Sha256, SecurityMode = MessageSecurityMode.Sign };
        using var pki = new TestPki();
        options = options with { OwnCertificate = pki.Client, ServerCertificate = pki.Server.Chain, Validator = pki.ClientValidator };
        var client = new ClientHandshake(options);
        var server = new ServerHandshake(new ServerListenerOptions
        {
            Address = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            Offered = [(SecurityPolicy.Basic256Sha256, MessageSecurityMode.Sign)],
            OwnCertificate = pki.Server,
            Validator = pki.ServerValidator,
            OnRequest = ChannelRig.EchoAsync,
        }, 9);
        var sequence = new SequenceNumbers();
        ChannelToken? token = null;
        for (uint id = 1; id <= 20; id++)
        {
            var done = client.Begin(id == 1 ? SecurityTokenRequestType.Issue : SecurityTokenRequestType.Renew, id, out var body);
            nonces.Add(Convert.ToHexString(((OpenSecureChannelRequest)ServiceMessages.DecodeRequest(body)).ClientNonce!));
            server.Take(client.Write(id == 1 ? 0 : 9u, id, id, body), sequence);
            var answer = OpenChunk.Read(server.WriteAnswer(id), pki.Client);
            nonces.Add(Convert.ToHexString(((OpenSecureChannelResponse)ServiceMessages.DecodeResponse(answer.Body)).ServerNonce!));
            var issued = client.Complete(answer, token);
            token = issued!.Value.Token;
            issued.Value.Done.TrySetResult();
            await done;
        }
        Assert.Equal(40, nonces.Distinct().Count());
        Assert.All(nonces, nonce => Assert.Equal(64, nonce.Length));
    }
}
