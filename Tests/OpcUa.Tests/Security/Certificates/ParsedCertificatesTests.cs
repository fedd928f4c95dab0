using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.OpcUa.Tests.Security.Certificates;

/// <summary>What is remembered of a certificate is what its bytes say, never what was thought of it.</summary>
[Collection(nameof(Alone))]
public sealed class ParsedCertificatesTests
{
    private readonly byte[] der = TestAuthority.SelfSigned(new Leaf());
    private int parsed;

    [Fact]
    public void Same_bytes_are_parsed_once_and_other_bytes_are_another_certificate()
    {
        var first = Get(der);
        Assert.Same(first, Get((byte[])der.Clone()));
        Assert.Equal(1, parsed);
        var other = Get(TestAuthority.SelfSigned(new Leaf { ApplicationUri = "urn:other" }));
        Assert.NotSame(first, other);
        Assert.Equal(2, parsed);
    }

    [Fact]
    public void Bytes_that_are_no_certificate_are_not_remembered()
    {
        byte[] noise = [0x30, 3, 2, 1, 1];
        for (var i = 1; i <= 2; i++)
        {
            Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => Get(noise));
            Assert.Equal(i, parsed);
        }
    }

    [Fact]
    public void Flood_of_certificates_takes_bounded_room_and_the_good_one_is_read_again()
    {
        var good = UaCertificate.Read(der, "test");
        // Each differs in its bytes; that they are no certificates is nothing to the memory of them.
        for (var i = 0; i < 20_000; i++)
            ParsedCertificates.Get(BitConverter.GetBytes(i), _ => good);
        Assert.InRange(ParsedCertificates.Count, 1, 256);
        Assert.True(Get(der).IsSame(good));
        Assert.Equal(1, parsed);
    }

    [Fact]
    public void Verdict_is_formed_anew_each_time()
    {
        using var directory = new TestDirectory();
        var time = new FakeTimeProvider(TestAuthority.Now);
        var store = new CertificateStore(directory.Path, time);
        var validator = new CertificateValidator(store, time);
        var root = TestAuthority.Root("Cache");
        var leaf = root.Issue(new Leaf());
        var expected = new CertificateExpectation { Policy = SecurityPolicy.Basic256Sha256, Role = CertificateRole.Server };
        var lists = Path.Combine(store.Root, "trusted", "crl", "root.crl");

        Assert.Equal(CertificateFault.Untrusted, validator.Validate((byte[])[.. leaf, .. root.Der], expected).Fault);
        store.Trust(root.Certificate);
        File.WriteAllBytes(lists, root.Revoke([]));
        Assert.True(validator.Validate(leaf, expected).IsAccepted);
        File.WriteAllBytes(lists, root.Revoke([leaf]));
        Assert.Equal(CertificateFault.Revoked, validator.Validate(leaf, expected).Fault);
        File.WriteAllBytes(lists, root.Revoke([]));
        time.Advance(TimeSpan.FromDays(400));
        Assert.False(validator.Validate(leaf, expected).IsAccepted);
        time.SetUtcNow(time.GetUtcNow());
        store.Distrust(root.Certificate);
        Assert.False(validator.Validate(leaf, expected).IsAccepted);
    }

    private UaCertificate Get(byte[] bytes) => ParsedCertificates.Get(bytes, copy =>
    {
        parsed++;
        return UaCertificate.Parse(copy);
    });
}
