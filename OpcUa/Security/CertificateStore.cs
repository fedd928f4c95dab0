namespace PatchEdge.OpcUa.Security;

/// <summary>Who this application is, for the certificate that its first run makes.</summary>
public sealed record ApplicationIdentity
{
    public required string ApplicationName { get; init; }
    public required string ApplicationUri { get; init; }
    public string Organization { get; init; } = "PatchEdge";

    /// <summary>Names and addresses besides this machine's own, localhost and 127.0.0.1.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];
    public int KeyBits { get; init; } = 2048;
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5 * 365);
}

/// <summary>
/// Certificates in directories that a person can look into and edit at any time: own, trusted/{certs,crl}, issuer/{certs,crl},
/// rejected.
/// </summary>
public sealed class CertificateStore(string root, TimeProvider time)
{
    public string Root { get; } = root;

    /// <summary>The own certificate and key; makes them on the first run.</summary>
    public ApplicationCertificate LoadOrCreateOwn(ApplicationIdentity identity) => throw new NotImplementedException($"{time}");

    public IReadOnlyList<UaCertificate> Trusted => throw new NotImplementedException();
    public IReadOnlyList<UaCertificate> Rejected => throw new NotImplementedException();

    /// <summary>Puts a certificate among the trusted.</summary>
    public void Trust(UaCertificate certificate) => throw new NotImplementedException();
}
