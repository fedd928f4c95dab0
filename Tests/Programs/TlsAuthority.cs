using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.Programs;

/// <summary>A certificate authority of a test's own, and what it vouches for, as PEM files.</summary>
public sealed class TlsAuthority : IDisposable
{
    private readonly TemporaryFolder folder;
    private readonly string name;
    private readonly X509Certificate2 certificate;

    /// <param name="folder">Where the files go.</param>
    /// <param name="name">Names them; two authorities in a folder need two names.</param>
    public TlsAuthority(TemporaryFolder folder, string name = "ca")
    {
        (this.folder, this.name) = (folder, name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=PatchEdge test authority {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        certificate = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
        File = folder.Write($"{name}.pem", certificate.ExportCertificatePem());
    }

    /// <summary>PEM file of the authority's own certificate.</summary>
    public string File { get; }

    /// <summary>A server's certificate and key, for the loopback unless a name is given.</summary>
    /// <param name="host">The only name in it; null is localhost and 127.0.0.1.</param>
    /// <param name="ended">It is over since yesterday.</param>
    public (string Certificate, string Key) Issue(string? host = null, bool ended = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host ?? "localhost"}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host ?? "localhost");
        if (host is null)
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(certificate, now.AddDays(-2).AddMinutes(1), ended ? now.AddDays(-1) : now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        var file = $"{name}-{host ?? "loopback"}{(ended ? "-ended" : "")}";
        return (folder.Write($"{file}.pem", issued.ExportCertificatePem()), folder.WriteSecret($"{file}.key.pem", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose() => certificate.Dispose();
}
