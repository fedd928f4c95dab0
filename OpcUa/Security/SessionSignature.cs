using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.OpcUa.Security;

/// <summary>
/// Proofs of possession in CreateSession, ActivateSession and X509 user tokens (Part 4 §5.6.2–3, §7.40.5): a signature over the
/// other side's certificate and the nonce it gave last.
/// </summary>
internal static class SessionSignature
{
    /// <summary>Signature for a SignatureData whose algorithm is <see cref="PolicyProfile.SignatureUri"/>; empty for policy None.</summary>
    /// <param name="profile">Policy of the channel, or of the user token.</param>
    /// <param name="own">Whose key signs.</param>
    /// <param name="peerCertificate">Certificate of the other side; only its first certificate is covered.</param>
    /// <param name="peerNonce">Nonce that the other side gave last.</param>
    public static byte[] Create(PolicyProfile profile, ApplicationCertificate own, ReadOnlySpan<byte> peerCertificate, ReadOnlySpan<byte> peerNonce) =>
        profile.IsNone ? [] : own.Sign(profile, [.. UaCertificate.Leaf(peerCertificate), .. peerNonce]);

    /// <summary>True for policy None, which carries no signature; else whether the signer proved that it has its key.</summary>
    public static bool Verify(PolicyProfile profile, UaCertificate signer, ReadOnlySpan<byte> ownCertificate, ReadOnlySpan<byte> ownNonce, string? algorithm, ReadOnlySpan<byte> signature)
    {
        if (profile.IsNone)
            return true;
        if (algorithm != profile.SignatureUri)
            return false;
        using var key = signer.OpenPublicKey();
        return AsymmetricCipher.Verify(profile, key, [.. UaCertificate.Leaf(ownCertificate), .. ownNonce], signature);
    }
}
