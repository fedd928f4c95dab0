using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Webhooks;

/// <summary>Whom an https far end must be vouched for by: the authorities of a file, or those of the system. Name and time of its certificate are always checked.</summary>
internal static class WebhookTrust
{
    private const int LargestFile = 1024 * 1024;

    /// <param name="authorities">PEM file; null takes the system's.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static SslClientAuthenticationOptions Options(string? authorities)
    {
        var options = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (authorities is null)
            return options;
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(Load(authorities));
        return options;
    }

    /// <exception cref="ConfigurationException">Missing, too large, or without a certificate.</exception>
    public static X509Certificate2Collection Load(string file)
    {
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > LargestFile })
                throw Refused(file, $"is larger than {LargestFile / 1024} KiB");
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? authorities : throw Refused(file, "holds no certificate in PEM form");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Refused(file, $"cannot be used: {exception.Message}");
        }
    }

    private static ConfigurationException Refused(string file, string why) => new(new ConfigurationError(file, 0, "authorities", null, why));
}
