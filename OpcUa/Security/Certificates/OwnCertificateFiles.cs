using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// The own certificate in its directory: either certificate.{der,crt,cer,pem} with private-key.{pem,der,key}, or one
/// certificate.{pfx,p12} without a password. PEM may hold issuers behind the certificate.
/// </summary>
internal static class OwnCertificateFiles
{
    private static readonly string[] CertificateNames = ["certificate.der", "certificate.crt", "certificate.cer", "certificate.pem"];
    private static readonly string[] KeyNames = ["private-key.pem", "private-key.der", "private-key.key"];
    private static readonly string[] BundleNames = ["certificate.pfx", "certificate.p12"];

    /// <summary>Null when the directory holds none of the files.</summary>
    public static ApplicationCertificate? Load(string directory)
    {
        if (Find(directory, BundleNames) is { } bundle)
            return LoadBundle(bundle);
        var certificate = Find(directory, CertificateNames);
        var key = Find(directory, KeyNames);
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw Unusable(directory, certificate is null ? "there is a private key but no certificate" : "there is a certificate but no private key");
        PrivateFile.RequirePrivate(key);
        return Join(certificate, CertificateFile.Read(certificate), ReadKey(key));
    }

    public static ApplicationCertificate Make(string directory, ApplicationIdentity identity, DateTimeOffset now)
    {
        var (der, key) = identity.MakeCertificate(now);
        // The key first: a crash in between leaves a state that Load names, never a certificate that looks whole.
        PrivateFile.Write(Path.Combine(directory, KeyNames[0]), System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        PrivateFile.Write(Path.Combine(directory, CertificateNames[0]), der);
        return new ApplicationCertificate(UaCertificate.Read(der, "own certificate"), key, []) { IsNew = true };
    }

    private static ApplicationCertificate LoadBundle(string path)
    {
        PrivateFile.RequirePrivate(path);
        try
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, null, X509KeyStorageFlags.EphemeralKeySet | X509KeyStorageFlags.Exportable);
            var own = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw Unusable(path, "it holds no private key");
            var key = own.GetRSAPrivateKey() ?? throw Unusable(path, "its key is not RSA");
            var issuers = all.Where(certificate => certificate != own).Select(certificate => UaCertificate.Read(certificate.RawData, path));
            var joined = Join(path, [UaCertificate.Read(own.RawData, path), .. issuers], key);
            foreach (var certificate in all)
                certificate.Dispose();
            return joined;
        }
        catch (CryptographicException bad)
        {
            throw Unusable(path, bad.Message);
        }
    }

    private static ApplicationCertificate Join(string path, IReadOnlyList<UaCertificate> chain, RSA key)
    {
        if (chain.Count == 0)
            throw Unusable(path, "it holds no certificate");
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(chain[0].PublicKeyInfo))
            throw Unusable(path, "its private key belongs to another certificate");
        return new ApplicationCertificate(chain[0], key, [.. chain.Skip(1)]);
    }

    private static RSA ReadKey(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var key = RSA.Create();
        try
        {
            if (bytes.AsSpan().StartsWith("-----BEGIN"u8))
                key.ImportFromPem(System.Text.Encoding.ASCII.GetString(bytes));
            else
                key.ImportPkcs8PrivateKey(bytes, out _);
            return key;
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw Unusable(path, bad.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string? Find(string directory, string[] names) =>
        names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static UaException Unusable(string path, string why) =>
        new(StatusCodes.BadCertificateInvalid, $"The own certificate in {path} cannot be used: {why}", "certificate store",
            "Put certificate and private key there, or remove both to have new ones made");
}
