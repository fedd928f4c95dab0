using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.OpcUa.Security;

/// <summary>Who this application is, for the certificate that its first run makes.</summary>
public sealed record ApplicationIdentity
{
    public required string ApplicationName { get; init; }

    /// <summary>A URN or URL that is this installation's alone.</summary>
    public required string ApplicationUri { get; init; }

    public string Organization { get; init; } = "PatchEdge";

    /// <summary>Names and addresses besides this machine's own, localhost and 127.0.0.1.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>2,048 to 4,096, as the policies allow.</summary>
    public int KeyBits { get; init; } = 2048;

    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5 * 365);

    /// <summary>A self-signed certificate with the fields that Part 6 §6.2.2 demands. The caller owns the key.</summary>
    internal (byte[] Der, RSA Key) MakeCertificate(DateTimeOffset now)
    {
        if (KeyBits < PolicyProfile.ShortestKeyBits || KeyBits > PolicyProfile.LongestKeyBits)
            throw new ArgumentException($"{nameof(ApplicationIdentity)}.{nameof(KeyBits)} is {KeyBits}; allowed: 2048 to 4096.");
        var key = RSA.Create(KeyBits);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(ApplicationName);
        name.AddOrganizationName(Organization);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(subjectKey);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subjectKey));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.KeyEncipherment
            | X509KeyUsageFlags.DataEncipherment | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(CertificateUsage.ServerAuthentication), new Oid(CertificateUsage.ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(Names().Build());
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
        return (certificate.RawData, key);
    }

    private SubjectAlternativeNameBuilder Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(ApplicationUri));
        var hosts = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Environment.MachineName, "localhost", "127.0.0.1" };
        hosts.UnionWith(HostNames);
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        return names;
    }
}
