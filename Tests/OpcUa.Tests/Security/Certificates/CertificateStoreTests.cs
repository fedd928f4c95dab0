using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Security.Certificates;

[Collection(nameof(Alone))]
public sealed class CertificateStoreTests : IDisposable
{
    private static readonly ApplicationIdentity Identity = new() { ApplicationName = "Gateway", ApplicationUri = "urn:plant:gateway", HostNames = ["gateway.plant", "192.0.2.7"] };

    private readonly TestDirectory directory = new();
    private readonly FakeTimeProvider time = new(TestAuthority.Now);
    private readonly CertificateStore store;

    public CertificateStoreTests() => store = new CertificateStore(directory.Path, time);

    public void Dispose() => directory.Dispose();

    [Fact]
    [Trait("Clause", "Part 6 §6.2.2 first run")]
    public void First_run_makes_a_certificate_with_the_fields_of_Part6_6_2_2()
    {
        using var own = store.LoadOrCreateOwn(Identity);

        var certificate = own.Certificate;
        Assert.Equal(2048, certificate.KeyBits);
        Assert.Equal(["urn:plant:gateway"], certificate.ApplicationUris);
        Assert.Contains("localhost", certificate.DnsNames);
        Assert.Contains("gateway.plant", certificate.DnsNames);
        Assert.Contains(Environment.MachineName, certificate.DnsNames, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(["127.0.0.1", "192.0.2.7"], certificate.Addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("1.2.840.113549.1.1.11", certificate.Signed.Algorithm);
        Assert.Null(CertificateUsage.MissingFor(CertificateRole.Server, certificate));
        Assert.Null(CertificateUsage.MissingFor(CertificateRole.Client, certificate));
        Assert.InRange(certificate.NotAfter, TestAuthority.Now.AddYears(4), TestAuthority.Now.AddYears(6));
    }

    [Fact]
    public void Next_run_loads_the_same_certificate()
    {
        using var first = store.LoadOrCreateOwn(Identity);
        using var second = new CertificateStore(directory.Path, time).LoadOrCreateOwn(Identity);
        Assert.Equal(first.Der, second.Der);
        Assert.True(first.IsNew);
        Assert.False(second.IsNew);
        Assert.Contains(first.Certificate.ThumbprintText, first.TrustAdvice, StringComparison.Ordinal);
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        using var key = first.Certificate.OpenPublicKey();
        Assert.True(AsymmetricCipher.Verify(profile, key, [1, 2], second.Sign(profile, [1, 2])));
    }

    [Fact]
    [Hostile(35)]
    public void Private_key_is_for_its_owner_alone_and_refused_otherwise()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are a Unix matter");
        store.LoadOrCreateOwn(Identity).Dispose();
        var key = Path.Combine(store.OwnDirectory, "private-key.pem");
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));

        foreach (var extra in (UnixFileMode[])[UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite])
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | extra);
            var refused = Assert.Throws<UaException>(() => store.LoadOrCreateOwn(Identity));
            Assert.Contains($"chmod 600 '{key}'", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("certificate.pem", "private-key.pem")]
    [InlineData("certificate.der", "private-key.der")]
    [InlineData("certificate.crt", "private-key.key")]
    [InlineData("certificate.pfx", null)]
    public void Own_certificate_is_read_from_PEM_DER_and_PKCS12(string certificateFile, string? keyFile)
    {
        using var made = new CertificateWithKey(TestAuthority.SelfSigned(new Leaf()));
        var content = Path.GetExtension(certificateFile) switch
        {
            ".pem" or ".crt" => System.Text.Encoding.ASCII.GetBytes(made.Certificate.ExportCertificatePem()),
            ".pfx" => made.Certificate.Export(X509ContentType.Pkcs12),
            _ => made.Certificate.RawData,
        };
        PrivateFile.Write(Path.Combine(store.OwnDirectory, certificateFile), content);
        if (keyFile is not null)
            PrivateFile.Write(Path.Combine(store.OwnDirectory, keyFile), keyFile.EndsWith(".der", StringComparison.Ordinal)
                ? TestAuthority.LeafKey.ExportPkcs8PrivateKey()
                : System.Text.Encoding.ASCII.GetBytes(TestAuthority.LeafKey.ExportRSAPrivateKeyPem()));

        using var own = store.LoadOrCreateOwn(Identity);

        Assert.Equal(made.Certificate.RawData, own.Der);
        Assert.NotEmpty(own.Sign(PolicyProfile.Of(SecurityPolicy.Aes256_Sha256_RsaPss), [1]));
    }

    [Fact]
    public void Certificate_with_another_ones_key_or_without_any_is_refused()
    {
        PrivateFile.Write(Path.Combine(store.OwnDirectory, "certificate.der"), TestAuthority.SelfSigned(new Leaf()));
        Assert.Throws<UaException>(() => store.LoadOrCreateOwn(Identity));
        using var other = RSA.Create(2048);
        PrivateFile.Write(Path.Combine(store.OwnDirectory, "private-key.der"), other.ExportPkcs8PrivateKey());
        Assert.Contains("another certificate", Assert.Throws<UaException>(() => store.LoadOrCreateOwn(Identity)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Hostile(34)]
    [Trait("Clause", "Part 12 §7 stores")]
    public void Rejected_store_keeps_128_and_drops_the_oldest()
    {
        var first = UaCertificate.Read(TestAuthority.SelfSigned(new Leaf()), "test");
        store.Reject(first);
        foreach (var file in Directory.GetFiles(store.RejectedDirectory))
            File.SetLastWriteTimeUtc(file, TestAuthority.Now.UtcDateTime.AddYears(-20));
        for (var i = 0; i < 140; i++)
            store.Reject(UaCertificate.Read(TestAuthority.SelfSigned(new Leaf { ApplicationUri = $"urn:flood:{i}" }), "test"));

        Assert.Equal(CertificateStore.MostRejected, store.Rejected.Count);
        Assert.DoesNotContain(store.Rejected, first.IsSame);
    }

    [Fact]
    public void Name_that_the_peer_chose_stays_within_the_directory()
    {
        using var key = RSA.Create(2048);
        using var hostile = new CertificateRequest("CN=\"../../etc/passwd\u0000\r\n\"", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TestAuthority.Now, TestAuthority.Now.AddYears(1));

        var path = store.Reject(UaCertificate.Read(hostile.RawData, "test"));

        Assert.Equal(store.RejectedDirectory, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(store.Root, path))));
        Assert.Single(store.Rejected);
    }

    [Fact]
    [Trait("Clause", "Part 12 §7 stores")]
    public void Trusting_moves_and_distrusting_removes()
    {
        var certificate = UaCertificate.Read(TestAuthority.SelfSigned(new Leaf()), "test");
        store.Reject(certificate);
        store.Trust(certificate);
        Assert.Empty(store.Rejected);
        Assert.True(Assert.Single(store.Trusted).IsSame(certificate));
        store.Distrust(certificate);
        Assert.Empty(store.Trusted);
    }

    [Fact]
    public void File_that_is_no_certificate_harms_nobody()
    {
        File.WriteAllText(Path.Combine(store.TrustedDirectory, "notes.txt"), "call Anna");
        File.WriteAllText(Path.Combine(store.TrustedDirectory, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        File.WriteAllBytes(Path.Combine(store.TrustedDirectory, "huge.der"), new byte[1_000_000]);
        File.WriteAllText(Path.Combine(store.TrustedDirectory, "good.pem"), PemEncoding.WriteString("CERTIFICATE", TestAuthority.SelfSigned(new Leaf())));
        Assert.Single(store.Trusted);
    }

    private sealed class CertificateWithKey(byte[] der) : IDisposable
    {
        public X509Certificate2 Certificate { get; } = X509CertificateLoader.LoadCertificate(der).CopyWithPrivateKey(TestAuthority.LeafKey);

        public void Dispose() => Certificate.Dispose();
    }
}
