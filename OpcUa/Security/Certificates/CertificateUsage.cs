using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>What the usage extensions of a certificate allow (Part 6 §6.2.2, §6.2.3).</summary>
internal static class CertificateUsage
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private const string AnyUsage = "2.5.29.37.0";

    private const X509KeyUsageFlags Application =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment;

    /// <summary>What is missing, or null. An application certificate needs its key usages; the extended ones count where they stand.</summary>
    public static string? MissingFor(CertificateRole role, UaCertificate certificate)
    {
        var needed = role == CertificateRole.User ? X509KeyUsageFlags.DigitalSignature : Application;
        if (certificate.KeyUsage is { } usage ? (usage & needed) != needed : role != CertificateRole.User)
            return role == CertificateRole.User ? "key usage digitalSignature" : "key usages digitalSignature, keyEncipherment and dataEncipherment";
        if (role == CertificateRole.User || certificate.ExtendedUsage is not { } extended || extended.Contains(AnyUsage))
            return null;
        var (oid, name) = role == CertificateRole.Server ? (ServerAuthentication, "serverAuth") : (ClientAuthentication, "clientAuth");
        return extended.Contains(oid) ? null : $"extended key usage {name}";
    }

    /// <summary>Whether the certificate may sign others.</summary>
    public static bool MayIssue(UaCertificate certificate) =>
        certificate.IsAuthority && (certificate.KeyUsage is not { } usage || usage.HasFlag(X509KeyUsageFlags.KeyCertSign));
}
