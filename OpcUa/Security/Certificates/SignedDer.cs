using System.Formats.Asn1;
using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>The outer shape that certificates and revocation lists share (RFC 5280 §4.1, §5.1): content, algorithm, signature.</summary>
internal sealed record SignedDer(ReadOnlyMemory<byte> Content, string Algorithm, byte[] Signature)
{
    private const string RsaSsaPss = "1.2.840.113549.1.1.10";

    public static SignedDer Nothing { get; } = new(ReadOnlyMemory<byte>.Empty, "", []);

    /// <summary>True when the signature's hash is one that the policies allow; MD5 and SHA-1 are not.</summary>
    public bool IsStrong => Scheme is not null;

    // PSS is read with SHA-256 only: its parameters would name the hash, and nobody in the field uses another.
    private (HashAlgorithmName Hash, RSASignaturePadding? Padding)? Scheme => Algorithm switch
    {
        "1.2.840.113549.1.1.11" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        "1.2.840.113549.1.1.12" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        "1.2.840.113549.1.1.13" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        RsaSsaPss => (HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        "1.2.840.10045.4.3.2" => (HashAlgorithmName.SHA256, null),
        "1.2.840.10045.4.3.3" => (HashAlgorithmName.SHA384, null),
        "1.2.840.10045.4.3.4" => (HashAlgorithmName.SHA512, null),
        _ => null,
    };

    public static SignedDer Read(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var content = outer.PeekEncodedValue();
        outer.ReadEncodedValue();
        var algorithm = outer.PeekEncodedValue();
        var name = outer.ReadSequence().ReadObjectIdentifier();
        var signature = outer.ReadBitString(out var unused);
        outer.ThrowIfNotEmpty();
        if (unused != 0 || !algorithm.Span.SequenceEqual(SignedAlgorithm(content).Span))
            throw new AsnContentException("The algorithm beside the signature is not the one under it.");
        return new SignedDer(content, name, signature);
    }

    // Stands behind the version and, in a certificate, the serial number. Both must name the same (RFC 5280 §4.1.1.2, §5.1.1.2).
    private static ReadOnlyMemory<byte> SignedAlgorithm(ReadOnlyMemory<byte> content)
    {
        var fields = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        while (fields.PeekTag() != Asn1Tag.Sequence)
            fields.ReadEncodedValue();
        return fields.ReadEncodedValue();
    }

    /// <summary>Whether the owner of this certificate's key signed it.</summary>
    public bool IsSignedBy(UaCertificate issuer)
    {
        if (Scheme is not { } scheme)
            return false;
        try
        {
            if (scheme.Padding is null)
            {
                using var curve = ECDsa.Create();
                curve.ImportSubjectPublicKeyInfo(issuer.PublicKeyInfo, out _);
                return curve.VerifyData(Content.Span, Signature, scheme.Hash, DSASignatureFormat.Rfc3279DerSequence);
            }
            if (issuer.KeyBits is < 1024 or > 8192)
                return false;
            using var key = issuer.OpenPublicKey();
            return key.VerifyData(Content.Span, Signature, scheme.Hash, scheme.Padding);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
