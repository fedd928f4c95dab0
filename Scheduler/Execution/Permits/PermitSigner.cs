using System.Security.Cryptography;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution.Permits;

/// <summary>Holds the key that agents pin, and signs permits, go-aheads and heads of the ledger with it.</summary>
internal sealed class PermitSigner : IDisposable
{
    private readonly ECDsa key;

    private PermitSigner(ECDsa key) => (this.key, Thumbprint) = (key, SignedToken.KeyThumbprint(key));

    /// <summary>SHA-256 of the public key, as agents say it.</summary>
    public string Thumbprint { get; }

    /// <summary>Opens the key file, or makes it, and writes its public half beside it as <c>.pub.pem</c>.</summary>
    /// <exception cref="ConfigurationException">The file is open to others, or holds no P-256 key.</exception>
    public static PermitSigner Open(string path)
    {
        if (!File.Exists(path))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            OwnerOnlyFile.Create(path, made.ExportPkcs8PrivateKeyPem() + "\n");
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(SecretFile.ReadText(path));
            if (key.KeySize != 256)
                throw new CryptographicException($"its curve has {key.KeySize} bits");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new ConfigurationException(new ConfigurationError(
                path, 0, "signing-key", null, $"holds no ECDSA P-256 private key in PEM ({exception.Message}): put it right, or remove the file to have a new key made, which every agent must then pin"));
        }

        File.WriteAllText(Path.ChangeExtension(path, ".pub.pem"), key.ExportSubjectPublicKeyInfoPem() + "\n");
        return new PermitSigner(key);
    }

    public string Sign(Permit permit) => SignedToken.Sign(permit, SignedToken.PermitType, key, MessageJson.Default.Permit);

    public string Sign(GoAhead goAhead) => SignedToken.Sign(goAhead, SignedToken.GoAheadType, key, MessageJson.Default.GoAhead);

    public string Sign(LedgerHead head) => SignedToken.Sign(head, SignedToken.LedgerHeadType, key, MessageJson.Default.LedgerHead);

    public string Sign(PackSeal seal) => SignedToken.Sign(seal, SignedToken.PackType, key, PackJson.Default.PackSeal);

    /// <summary>The public half, as agents and auditors pin it.</summary>
    public string PublicPem => key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>The head when this key signed it; null when not.</summary>
    public LedgerHead? ReadHead(string token) =>
        SignedToken.TryVerify(token, SignedToken.LedgerHeadType, key, MessageJson.Default.LedgerHead, out var head, out _) ? head : null;

    public void Dispose() => key.Dispose();
}
