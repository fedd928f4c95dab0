using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>Certificates and revocation lists in files: DER, or PEM with one or several.</summary>
internal static class CertificateFile
{
    private const int LargestCertificateFile = 128 * 1024;
    private const int LargestListFile = 4 * 1024 * 1024;

    /// <summary>All certificates in a file; none when it holds something else or is too large to be looked at.</summary>
    public static IReadOnlyList<UaCertificate> Read(string path)
    {
        var found = new List<UaCertificate>();
        foreach (var der in Blocks(path, "CERTIFICATE", LargestCertificateFile))
        {
            if (UaCertificate.TryReadIssuer(der) is { } certificate)
                found.Add(certificate);
        }
        return found;
    }

    /// <summary>All revocation lists in a file; none when it holds something else.</summary>
    public static IReadOnlyList<RevocationList> ReadLists(string path)
    {
        var found = new List<RevocationList>();
        foreach (var der in Blocks(path, "X509 CRL", LargestListFile))
        {
            try
            {
                found.Add(RevocationList.Read(der));
            }
            catch (Exception bad) when (bad is System.Formats.Asn1.AsnContentException or CryptographicException)
            {
                // A file that is no list revokes nothing, and its issuer's certificates stay refused for want of one.
            }
        }
        return found;
    }

    private static List<byte[]> Blocks(string path, string label, int limit)
    {
        byte[] bytes;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > limit)
                return [];
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
        if (bytes.AsSpan().IndexOf("-----BEGIN"u8) < 0)
            return [bytes];

        var blocks = new List<byte[]>();
        ReadOnlySpan<char> text = System.Text.Encoding.ASCII.GetString(bytes);
        while (PemEncoding.TryFind(text, out var fields))
        {
            if (text[fields.Label].SequenceEqual(label))
                blocks.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }
        return blocks;
    }
}
