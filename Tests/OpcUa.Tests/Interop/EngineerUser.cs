using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>The one user that the servers of these tests know, by a password or by a certificate.</summary>
public sealed class EngineerUser : IDisposable
{
    public const string Name = "engineer";
    public const string Password = "secret, with ü";

    public EngineerUser(string commonName = Name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var subject = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(subject);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subject));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        Certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(30));
        KeyPem = key.ExportPkcs8PrivateKeyPem();
    }

    public X509Certificate2 Certificate { get; }
    public string KeyPem { get; }

    public void Dispose() => Certificate.Dispose();
}
