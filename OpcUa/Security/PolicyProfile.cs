using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security;

/// <summary>Algorithms and lengths in bytes of one security policy (Part 7 §6.6; Part 6 §6.7.5 for how they are used).</summary>
public sealed class PolicyProfile
{
    /// <summary>Length of an HMAC-SHA256 signature and of the key for it.</summary>
    internal const int MacLength = 32;

    internal const int CipherBlock = 16;

    private const string Prefix = "http://opcfoundation.org/UA/SecurityPolicy#";
    private const string RsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    private const string RsaOaep = "http://www.w3.org/2001/04/xmlenc#rsa-oaep";

    private static readonly PolicyProfile[] All =
    [
        new() { Policy = SecurityPolicy.None, Uri = Prefix + "None" },
        new()
        {
            Policy = SecurityPolicy.Basic256Sha256,
            Uri = Prefix + "Basic256Sha256",
            CipherKeyLength = 32,
            SignaturePadding = RSASignaturePadding.Pkcs1,
            SignatureUri = RsaSha256,
            EncryptionPadding = RSAEncryptionPadding.OaepSHA1,
            EncryptionUri = RsaOaep,
            EncryptionOverhead = 42,
        },
        new()
        {
            Policy = SecurityPolicy.Aes128_Sha256_RsaOaep,
            Uri = Prefix + "Aes128_Sha256_RsaOaep",
            CipherKeyLength = 16,
            SignaturePadding = RSASignaturePadding.Pkcs1,
            SignatureUri = RsaSha256,
            EncryptionPadding = RSAEncryptionPadding.OaepSHA1,
            EncryptionUri = RsaOaep,
            EncryptionOverhead = 42,
        },
        new()
        {
            Policy = SecurityPolicy.Aes256_Sha256_RsaPss,
            Uri = Prefix + "Aes256_Sha256_RsaPss",
            CipherKeyLength = 32,
            SignaturePadding = RSASignaturePadding.Pss,
            SignatureUri = "http://opcfoundation.org/UA/security/rsa-pss-sha2-256",
            EncryptionPadding = RSAEncryptionPadding.OaepSHA256,
            EncryptionUri = "http://opcfoundation.org/UA/security/rsa-oaep-sha2-256",
            EncryptionOverhead = 66,
        },
    ];

    private PolicyProfile()
    {
    }

    public SecurityPolicy Policy { get; private init; }

    /// <summary>How the policy is named on the wire.</summary>
    public string Uri { get; private init; } = "";

    /// <summary>Name of the asymmetric signature algorithm in a SignatureData; empty for None.</summary>
    public string SignatureUri { get; private init; } = "";

    /// <summary>Name of the asymmetric encryption algorithm in a user identity token; empty for None.</summary>
    public string EncryptionUri { get; private init; } = "";

    /// <summary>Policy None signs and encrypts nothing.</summary>
    public bool IsNone => Policy == SecurityPolicy.None;

    internal int NonceLength => IsNone ? 0 : 32;
    internal int CipherKeyLength { get; private init; }
    internal RSASignaturePadding SignaturePadding { get; private init; } = RSASignaturePadding.Pkcs1;
    internal RSAEncryptionPadding EncryptionPadding { get; private init; } = RSAEncryptionPadding.OaepSHA1;

    /// <summary>Bytes of each encrypted block that the padding takes; the rest carries plaintext.</summary>
    internal int EncryptionOverhead { get; private init; }

    internal static int ShortestKeyBits => 2048;
    internal static int LongestKeyBits => 4096;

    public static PolicyProfile Of(SecurityPolicy policy) => All[(int)policy];

    /// <summary>False for a policy that this stack does not know, or will not speak.</summary>
    public static bool TryFind(string? uri, [NotNullWhen(true)] out PolicyProfile? profile)
    {
        profile = Array.Find(All, known => known.Uri == uri);
        return profile is not null;
    }

    internal static PolicyProfile Find(string uri) =>
        TryFind(uri, out var profile)
            ? profile
            : throw new UaException(StatusCodes.BadSecurityPolicyRejected, "A security policy that is not supported", "OpenSecureChannel.SecurityPolicyUri",
                "Use Basic256Sha256, Aes128_Sha256_RsaOaep or Aes256_Sha256_RsaPss");
}
