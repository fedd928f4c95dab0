using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// Certificates in directories that a person can look into and edit at any time: own, trusted/{certs,crl}, issuer/{certs,crl},
/// rejected. Nothing is cached: what a person changed counts at the next look. Thread-safe.
/// </summary>
public sealed class CertificateStore
{
    /// <summary>Most certificates kept among the rejected; the oldest goes first.</summary>
    public const int MostRejected = 128;

    private const int MostFiles = 2000;

    private readonly TimeProvider time;
    private readonly Lock gate = new();

    /// <param name="root">Directory of the store; made, with those in it, where missing.</param>
    /// <param name="time">For the dates of certificates that it makes.</param>
    public CertificateStore(string root, TimeProvider time)
    {
        Root = Path.GetFullPath(root);
        this.time = time;
        if (!Directory.Exists(OwnDirectory))
            PrivateFile.CreateDirectory(OwnDirectory);
        foreach (var directory in (string[])[TrustedDirectory, TrustedLists, IssuerDirectory, IssuerLists, RejectedDirectory])
            Directory.CreateDirectory(directory);
    }

    public string Root { get; }
    public string OwnDirectory => Path.Combine(Root, "own");
    public string TrustedDirectory => Path.Combine(Root, "trusted", "certs");
    public string IssuerDirectory => Path.Combine(Root, "issuer", "certs");
    public string RejectedDirectory => Path.Combine(Root, "rejected");

    /// <summary>Certificates whose owners are trusted, and issuers all of whose certificates are.</summary>
    public IReadOnlyList<UaCertificate> Trusted => Certificates(TrustedDirectory);

    /// <summary>Issuers that only complete a chain.</summary>
    public IReadOnlyList<UaCertificate> Issuers => Certificates(IssuerDirectory);

    /// <summary>Certificates that were presented and not trusted, for a person to decide on.</summary>
    public IReadOnlyList<UaCertificate> Rejected => Certificates(RejectedDirectory);

    internal IReadOnlyList<RevocationList> RevocationLists =>
        [.. Files(TrustedLists).Concat(Files(IssuerLists)).SelectMany(CertificateFile.ReadLists)];

    private string TrustedLists => Path.Combine(Root, "trusted", "crl");
    private string IssuerLists => Path.Combine(Root, "issuer", "crl");

    /// <summary>
    /// The own certificate and key; makes them on the first run. Throws <see cref="UaException"/> when others could read the key,
    /// or when the files do not fit together.
    /// </summary>
    public ApplicationCertificate LoadOrCreateOwn(ApplicationIdentity identity)
    {
        lock (gate)
            return OwnCertificateFiles.Load(OwnDirectory) ?? OwnCertificateFiles.Make(OwnDirectory, identity, time.GetUtcNow());
    }

    /// <summary>Puts a certificate among the trusted, and takes it from the rejected.</summary>
    public void Trust(UaCertificate certificate)
    {
        lock (gate)
        {
            PrivateFile.Write(Path.Combine(TrustedDirectory, FileName(certificate)), certificate.Der);
            File.Delete(Path.Combine(RejectedDirectory, FileName(certificate)));
        }
    }

    /// <summary>Takes every copy of a certificate from the trusted; its owner's channels end at their next renewal.</summary>
    public void Distrust(UaCertificate certificate)
    {
        lock (gate)
        {
            foreach (var file in Files(TrustedDirectory).Where(file => CertificateFile.Read(file).Any(certificate.IsSame)))
                File.Delete(file);
        }
    }

    /// <summary>Keeps a certificate for a person to decide on; returns the file's path within the store.</summary>
    internal string Reject(UaCertificate certificate)
    {
        var name = FileName(certificate);
        lock (gate)
        {
            var path = Path.Combine(RejectedDirectory, name);
            if (!File.Exists(path))
            {
                var files = new DirectoryInfo(RejectedDirectory).GetFiles();
                foreach (var oldest in files.OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal).Take(Math.Max(0, files.Length - MostRejected + 1)))
                    oldest.Delete();
                PrivateFile.Write(path, certificate.Der);
            }
        }
        return Path.Combine("rejected", name);
    }

    // The name is the peer's choice: only letters and digits of it go into a path, and the thumbprint keeps names apart.
    private static string FileName(UaCertificate certificate)
    {
        var name = new string([.. certificate.CommonName.Where(char.IsAsciiLetterOrDigit).Take(40)]);
        return $"{name}-{certificate.ThumbprintText}.der".TrimStart('-');
    }

    private static List<UaCertificate> Certificates(string directory) => [.. Files(directory).SelectMany(CertificateFile.Read)];

    private static IEnumerable<string> Files(string directory) =>
        Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory).Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal)).Take(MostFiles).Order(StringComparer.Ordinal)
            : [];
}
