using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>An application's own certificate with its private key (Part 6 §6.2.2). Signing and decrypting are thread-safe.</summary>
public sealed class ApplicationCertificate : IDisposable
{
    private readonly Lock gate = new();
    private readonly RSA privateKey;

    /// <param name="certificate">The certificate, whose public key belongs to <paramref name="privateKey"/>.</param>
    /// <param name="privateKey">Owned from now on.</param>
    /// <param name="issuers">Certificates that are sent behind the own one, nearest issuer first.</param>
    internal ApplicationCertificate(UaCertificate certificate, RSA privateKey, IReadOnlyList<UaCertificate> issuers)
    {
        Certificate = certificate;
        this.privateKey = privateKey;
        Chain = [.. certificate.Der, .. issuers.SelectMany(issuer => issuer.Der)];
    }

    public UaCertificate Certificate { get; }

    /// <summary>DER of the certificate alone: what signatures of sessions cover.</summary>
    public byte[] Der => Certificate.Der;

    /// <summary>DER of the certificate and its issuers behind one another, as it goes over the wire.</summary>
    public byte[] Chain { get; }

    /// <summary>Made just now by the first run: nobody trusts it yet.</summary>
    public bool IsNew { get; internal init; }

    /// <summary>What to do so that a peer accepts this application.</summary>
    public string TrustAdvice =>
        $"Let each peer trust {Certificate.Subject} with thumbprint {Certificate.ThumbprintText}: copy certificate.der from the directory own of the certificate store to the peer's trusted certificates, or accept it there after comparing the thumbprint.";

    internal int KeyLength => privateKey.KeySize / 8;

    internal byte[] Sign(PolicyProfile profile, ReadOnlySpan<byte> data)
    {
        lock (gate)
            return AsymmetricCipher.Sign(profile, privateKey, data);
    }

    internal bool TryDecrypt(PolicyProfile profile, ReadOnlySpan<byte> cipher, Span<byte> plain, out int written)
    {
        lock (gate)
            return AsymmetricCipher.TryDecrypt(profile, privateKey, cipher, plain, out written);
    }

    public void Dispose() => privateKey.Dispose();

    internal X509Certificate2 WithPrivateKey()
    {
        using var bare = X509CertificateLoader.LoadCertificate(Der);
        return bare.CopyWithPrivateKey(privateKey);
    }
}
