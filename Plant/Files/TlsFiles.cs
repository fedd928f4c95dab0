using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.Plant.Files;

/// <summary>What a listener proves who it is with.</summary>
/// <param name="Certificate">PEM file of the certificate, with its chain.</param>
/// <param name="Key">PEM file of its private key.</param>
public sealed record TlsFiles(string Certificate, string Key)
{
    /// <summary>The section <c>tls</c> with <c>certificate</c> and <c>key</c>; null when there is none.</summary>
    public static TlsFiles? Read(ConfigurationSection? tls) => tls is null ? null : new TlsFiles(tls.FilePath("certificate"), tls.FilePath("key"));

    /// <exception cref="ConfigurationException">The two cannot be used together.</exception>
    public X509Certificate2 Load()
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(Certificate, Key);
            // Windows can use a key only from a store or from PKCS #12.
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException(new ConfigurationError(Certificate, 0, "tls", null, $"certificate and key cannot be used: {exception.Message}"));
        }
    }
}
