using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// An RSA certificate whose structure was checked: one whole DER value, not too large, an ordinary key. Whether it is trusted is
/// another question. Immutable.
/// </summary>
public sealed class UaCertificate
{
    /// <summary>Largest certificate that is looked at (Part 6 §6.7.2.3 leaves it to fit a chunk with its chain).</summary>
    public const int LargestDer = 7500;

    /// <summary>Most certificates in one blob, and in one chain.</summary>
    public const int LongestChain = 8;

    private const string SubjectAlternativeName = "2.5.29.17";

    private UaCertificate(byte[] der) => Der = der;

    public byte[] Der { get; }

    /// <summary>SHA-1 over the DER, by which a channel names its receiver (Part 6 §6.7.2.3).</summary>
    public byte[] Thumbprint { get; private init; } = [];

    /// <summary>The thumbprint in hexadecimal, as tools show it.</summary>
    public string ThumbprintText => Convert.ToHexString(Thumbprint);

    public string Subject { get; private init; } = "";
    public string CommonName { get; private init; } = "";
    public string Issuer { get; private init; } = "";
    public DateTimeOffset NotBefore { get; private init; }

    /// <summary>Last moment at which it is valid.</summary>
    public DateTimeOffset NotAfter { get; private init; }

    public IReadOnlyList<string> ApplicationUris { get; private init; } = [];
    public IReadOnlyList<string> DnsNames { get; private init; } = [];
    public IReadOnlyList<IPAddress> Addresses { get; private init; } = [];

    /// <summary>Bits of the RSA modulus, or 0 when the key is of another kind (an issuer's may be).</summary>
    public int KeyBits { get; private init; }

    internal byte[] SubjectName { get; private init; } = [];
    internal byte[] IssuerName { get; private init; } = [];
    internal byte[] SerialNumber { get; private init; } = [];
    internal byte[]? SubjectKey { get; private init; }
    internal byte[]? AuthorityKey { get; private init; }
    internal X509KeyUsageFlags? KeyUsage { get; private init; }
    internal IReadOnlyList<string>? ExtendedUsage { get; private init; }
    internal bool IsAuthority { get; private init; }
    internal SignedDer Signed { get; private init; } = SignedDer.Nothing;
    internal byte[] PublicKeyInfo { get; private init; } = [];

    internal bool IsSelfIssued => SubjectName.AsSpan().SequenceEqual(IssuerName);

    /// <summary>Reads exactly one certificate; false with the fault when it is none.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> der, out UaCertificate? certificate, out CertificateFault fault)
    {
        certificate = null;
        fault = TryReadChain(der, out var chain);
        if (fault == CertificateFault.None && chain.Count != 1)
            fault = CertificateFault.TrailingData;
        if (fault == CertificateFault.None)
            certificate = chain[0];
        return certificate is not null;
    }

    /// <summary>Reads one certificate, or throws the local reason with <paramref name="where"/>.</summary>
    public static UaCertificate Read(ReadOnlySpan<byte> der, string where) =>
        TryRead(der, out var certificate, out var fault)
            ? certificate!
            : throw new Types.UaException(fault.LocalStatus(), $"A certificate could not be read ({fault})", where, "A DER encoded X.509 certificate with an RSA key");

    /// <summary>Reads certificates that stand behind one another, the leaf first, with nothing else between or behind.</summary>
    internal static CertificateFault TryReadChain(ReadOnlySpan<byte> blob, out List<UaCertificate> chain)
    {
        chain = [];
        if (blob.IsEmpty)
            return CertificateFault.Missing;
        while (!blob.IsEmpty)
        {
            if (chain.Count == LongestChain)
                return CertificateFault.ChainTooDeep;
            if (!TryMeasure(blob, out var length))
                return chain.Count == 0 ? CertificateFault.Malformed : CertificateFault.TrailingData;
            if (length > LargestDer)
                return CertificateFault.TooLarge;
            try
            {
                chain.Add(ParsedCertificates.Get(blob[..length], Parse));
            }
            catch (Exception bad) when (bad is CryptographicException or AsnContentException or ArgumentException or OverflowException)
            {
                return chain.Count == 0 ? CertificateFault.Malformed : CertificateFault.TrailingData;
            }
            blob = blob[length..];
        }
        return HasOrdinaryKey(chain[0]) ? CertificateFault.None : CertificateFault.UnusualKey;
    }

    /// <summary>Reads a certificate whose own key may be of any kind, as an issuer's may; null when it is none.</summary>
    internal static UaCertificate? TryReadIssuer(ReadOnlySpan<byte> der) =>
        TryReadChain(der, out var chain) is CertificateFault.None or CertificateFault.UnusualKey && chain.Count == 1 ? chain[0] : null;

    /// <summary>The first certificate of a chain of them, by its outer length; what is no DER at all comes back whole.</summary>
    internal static ReadOnlySpan<byte> Leaf(ReadOnlySpan<byte> chain) => TryMeasure(chain, out var length) ? chain[..length] : chain;

    /// <summary>The RSA key; the caller disposes it.</summary>
    internal RSA OpenPublicKey()
    {
        var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(PublicKeyInfo, out _);
        return key;
    }

    internal bool IsSame(UaCertificate other) => Der.AsSpan().SequenceEqual(other.Der);

    public override string ToString() => $"{Subject} [{ThumbprintText}]";

    private static bool TryMeasure(ReadOnlySpan<byte> blob, out int length)
    {
        length = 0;
        if (!AsnDecoder.TryReadEncodedValue(blob, AsnEncodingRules.DER, out var tag, out _, out _, out var consumed) || tag != Asn1Tag.Sequence)
            return false;
        length = consumed;
        return true;
    }

    internal static UaCertificate Parse(byte[] der)
    {
        using var x509 = X509CertificateLoader.LoadCertificate(der);
        var names = new AlternativeNames();
        X509KeyUsageFlags? usage = null;
        List<string>? extended = null;
        byte[]? subjectKey = null;
        byte[]? authorityKey = null;
        var authority = false;
        foreach (var extension in x509.Extensions)
        {
            switch (extension)
            {
                case X509KeyUsageExtension found:
                    usage = found.KeyUsages;
                    break;
                case X509EnhancedKeyUsageExtension found:
                    extended = [.. found.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value ?? "")];
                    break;
                case X509BasicConstraintsExtension found:
                    authority = found.CertificateAuthority;
                    break;
                case X509SubjectKeyIdentifierExtension found:
                    subjectKey = found.SubjectKeyIdentifierBytes.ToArray();
                    break;
                case X509AuthorityKeyIdentifierExtension found:
                    authorityKey = found.KeyIdentifier?.ToArray();
                    break;
                case { Oid.Value: SubjectAlternativeName }:
                    names = AlternativeNames.Read(extension.RawData);
                    break;
            }
        }

        return new UaCertificate(der)
        {
            Thumbprint = Sha1(der),
            Subject = x509.Subject,
            CommonName = x509.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            Issuer = x509.Issuer,
            NotBefore = new DateTimeOffset(x509.NotBefore.ToUniversalTime()),
            NotAfter = new DateTimeOffset(x509.NotAfter.ToUniversalTime()),
            ApplicationUris = names.Uris,
            DnsNames = names.DnsNames,
            Addresses = names.Addresses,
            KeyBits = RsaModulusBits(x509.PublicKey),
            SubjectName = x509.SubjectName.RawData,
            IssuerName = x509.IssuerName.RawData,
            SerialNumber = x509.SerialNumberBytes.ToArray(),
            SubjectKey = subjectKey,
            AuthorityKey = authorityKey,
            KeyUsage = usage,
            ExtendedUsage = extended,
            IsAuthority = authority,
            Signed = SignedDer.Read(der),
            PublicKeyInfo = x509.PublicKey.ExportSubjectPublicKeyInfo(),
        };
    }

    [SuppressMessage("Security", "CA5350", Justification = "A name for the certificate that the protocol fixes, not a protection.")]
    private static byte[] Sha1(byte[] der) => SHA1.HashData(der);

    // A modulus of some thousand bits and a small odd exponent: anything else would only serve to keep this side busy.
    private static bool HasOrdinaryKey(UaCertificate certificate) => certificate.KeyBits is >= 512 and <= 16384;

    private static int RsaModulusBits(PublicKey key)
    {
        if (key.Oid.Value != "1.2.840.113549.1.1.1")
            return 0;
        var fields = new AsnReader(key.EncodedKeyValue.RawData, AsnEncodingRules.DER).ReadSequence();
        var modulus = fields.ReadInteger();
        var exponent = fields.ReadInteger();
        var ordinary = modulus.Sign > 0 && !modulus.IsEven && !exponent.IsEven && exponent >= 3 && exponent <= uint.MaxValue;
        return ordinary ? (int)modulus.GetBitLength() : 0;
    }
}
