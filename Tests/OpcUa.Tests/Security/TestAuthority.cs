using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.OpcUa.Tests.Security;

/// <summary>Issues certificates and revocation lists, right ones and wrong ones. Keys are made once for all tests.</summary>
internal sealed class TestAuthority
{
    private static readonly Lazy<RSA[]> Keys = new(() => [.. Enumerable.Range(0, 4).Select(_ => RSA.Create(2048))]);
    private static long nextSerial = 1000;

    private readonly X509Certificate2 certificate;

    private TestAuthority(X509Certificate2 certificate) => this.certificate = certificate;

    public static DateTimeOffset Now { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static RSA LeafKey => Keys.Value[0];

    public byte[] Der => certificate.RawData;

    public UaCertificate Certificate => UaCertificate.Read(Der, "test");

    /// <summary>A certificate that signed itself; an authority when <paramref name="change"/> leaves it one.</summary>
    public static TestAuthority Root(string name = "Root", int key = 1, Action<CertificateRequest>? change = null, DateTimeOffset? until = null)
    {
        var request = AuthorityRequest(name, Keys.Value[key], change);
        return new TestAuthority(request.CreateSelfSigned(Now.AddYears(-10), until ?? Now.AddYears(10)));
    }

    public TestAuthority Intermediate(string name = "Intermediate", int key = 2, Action<CertificateRequest>? change = null, DateTimeOffset? until = null)
    {
        var request = AuthorityRequest(name, Keys.Value[key], change);
        using var issued = Sign(request, Now.AddYears(-5), until ?? Now.AddYears(5));
        return new TestAuthority(issued.CopyWithPrivateKey(Keys.Value[key]));
    }

    /// <summary>An application's certificate under this authority.</summary>
    public byte[] Issue(Leaf leaf)
    {
        using var issued = Sign(LeafRequest(leaf), leaf.From ?? Now.AddDays(-1), leaf.Until ?? Now.AddYears(1));
        return issued.RawData;
    }

    public static byte[] SelfSigned(Leaf leaf)
    {
        using var made = LeafRequest(leaf).CreateSelfSigned(leaf.From ?? Now.AddDays(-1), leaf.Until ?? Now.AddYears(1));
        return made.RawData;
    }

    /// <summary>A revocation list that names these certificates.</summary>
    public byte[] Revoke(byte[][] revoked, DateTimeOffset? nextUpdate = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var der in revoked)
            builder.AddEntry(X509CertificateLoader.LoadCertificate(der), Now.AddDays(-1));
        return builder.Build(certificate, BigInteger.One, nextUpdate ?? Now.AddDays(30), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, Now.AddDays(-2));
    }

    private static CertificateRequest AuthorityRequest(string name, RSA key, Action<CertificateRequest>? change)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (change is not null)
        {
            change(request);
            return request;
        }
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static CertificateRequest LeafRequest(Leaf leaf)
    {
        var request = new CertificateRequest("CN=Application", leaf.Key ?? LeafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(leaf.ApplicationUri));
        names.AddDnsName(leaf.HostName);
        names.AddIpAddress(IPAddress.Parse("192.0.2.1"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(leaf.Usage, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(leaf.ExtendedUsage)], false));
        if (leaf.Ballast > 0)
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.99999.1", new byte[leaf.Ballast], false));
        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset until)
    {
        var generator = X509SignatureGenerator.CreateForRSA(certificate.GetRSAPrivateKey()!, RSASignaturePadding.Pkcs1);
        var serial = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(serial, Interlocked.Increment(ref nextSerial));
        return request.Create(certificate.SubjectName, generator, from, until, serial);
    }
}

/// <summary>What a test wants different about an application's certificate.</summary>
internal sealed record Leaf
{
    public RSA? Key { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public string ApplicationUri { get; init; } = "urn:app";
    public string HostName { get; init; } = "line1";
    public string ExtendedUsage { get; init; } = CertificateUsage.ServerAuthentication;
    public int Ballast { get; init; }

    public X509KeyUsageFlags Usage { get; init; } =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment;
}
