using System.Buffers.Binary;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Security;

[Collection(nameof(Alone))]
public sealed class SecretAndSignatureTests : IDisposable
{
    private static readonly byte[] Nonce = RandomNumberGenerator.GetBytes(32);

    private readonly TestPki pki = new();

    public static TheoryData<SecurityPolicy> Policies() => [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss];

    public void Dispose() => pki.Dispose();

    [Theory]
    [MemberData(nameof(Policies))]
    [Trait("Clause", "Part 4 §7.40.2.2 password")]
    public void Password_of_any_length_is_read_by_the_server_alone_Part4_7_40_2_2(SecurityPolicy policy)
    {
        var profile = PolicyProfile.Of(policy);
        foreach (var password in (string[])["", "s3cret", "pässwörd ☃", new string('x', 1000)])
        {
            foreach (var server in (ApplicationCertificate[])[pki.Server, pki.Large])
            {
                var secret = PasswordSecret.Encrypt(profile, server.Certificate, password, Nonce);
                Assert.Equal(0, secret.Length % server.KeyLength);
                Assert.Equal(password, PasswordSecret.Decrypt(profile, server, profile.EncryptionUri, secret, Nonce));
            }
        }
    }

    [Fact]
    [Hostile(31)]
    public void Every_failure_to_read_a_password_is_the_same()
    {
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var good = PasswordSecret.Encrypt(profile, pki.Server.Certificate, "s3cret", Nonce);
        using var key = pki.Server.Certificate.OpenPublicKey();
        var wrongLength = new byte[4 + 32];
        BinaryPrimitives.WriteInt32LittleEndian(wrongLength, 33);
        var negative = new byte[4 + 32];
        BinaryPrimitives.WriteInt32LittleEndian(negative, -1);
        byte[] notText = [.. BitConverter.GetBytes(33), 0xFF, .. Nonce];
        var tampered = (byte[])good.Clone();
        tampered[5] ^= 1;
        var messages = new HashSet<string>();

        foreach (var secret in (byte[][])
        [
            [], good[..^1], tampered, [.. good, .. good], new byte[256 * 17], PasswordSecret.Encrypt(profile, pki.Client.Certificate, "s3cret", Nonce),
            AsymmetricCipher.Encrypt(profile, key, wrongLength), AsymmetricCipher.Encrypt(profile, key, negative), AsymmetricCipher.Encrypt(profile, key, notText),
            AsymmetricCipher.Encrypt(profile, key, [1]), PasswordSecret.Encrypt(profile, pki.Server.Certificate, "s3cret", new byte[32]),
        ])
            messages.Add(Assert.Throws<UaException>(() => PasswordSecret.Decrypt(profile, pki.Server, profile.EncryptionUri, secret, Nonce)).Message);
        messages.Add(Assert.Throws<UaException>(() => PasswordSecret.Decrypt(profile, pki.Server, "http://other", good, Nonce)).Message);
        messages.Add(Assert.Throws<UaException>(() => PasswordSecret.Decrypt(profile, pki.Server, profile.EncryptionUri, good, RandomNumberGenerator.GetBytes(32))).Message);

        Assert.Single(messages);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    [Trait("Clause", "Part 4 CreateSession signature")]
    public void Signature_covers_the_leaf_certificate_and_the_nonce_Part4_5_6_2(SecurityPolicy policy)
    {
        var profile = PolicyProfile.Of(policy);
        byte[] chain = [.. pki.Server.Der, .. pki.Large.Der];
        var signature = SessionSignature.Create(profile, pki.Client, chain, Nonce);

        Assert.True(Verify(profile.SignatureUri, pki.Server.Der, Nonce, signature));
        Assert.False(Verify(profile.SignatureUri, pki.Large.Der, Nonce, signature));
        Assert.False(Verify(profile.SignatureUri, pki.Server.Der, new byte[32], signature));
        Assert.False(Verify("http://www.w3.org/2000/09/xmldsig#rsa-sha1", pki.Server.Der, Nonce, signature));
        Assert.False(Verify(profile.SignatureUri, pki.Server.Der, Nonce, signature[..^1]));
        Assert.False(Verify(profile.SignatureUri, pki.Server.Der, Nonce, []));

        bool Verify(string algorithm, byte[] certificate, byte[] nonce, byte[] bytes) =>
            SessionSignature.Verify(profile, pki.Client.Certificate, certificate, nonce, algorithm, bytes);
    }

    [Fact]
    [Hostile(30)]
    [Trait("Clause", "Part 7 §6.6 policies")]
    public void Withdrawn_policies_do_not_exist()
    {
        foreach (var name in (string[])["Basic128Rsa15", "Basic256", "", "none"])
            Assert.False(PolicyProfile.TryFind($"http://opcfoundation.org/UA/SecurityPolicy#{name}", out _));
        Assert.False(PolicyProfile.TryFind(null, out _));
    }
}
