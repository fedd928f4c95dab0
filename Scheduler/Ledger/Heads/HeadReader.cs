using System.Security.Cryptography;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>Reads heads with the public half of the scheduler's key alone.</summary>
internal sealed class HeadReader : IDisposable
{
    private const int LongestPem = 16 * 1024;

    private HeadReader(ECDsa key) => Key = key;

    public ECDsa Key { get; }

    /// <summary>SHA-256 of the public key, as agents say it.</summary>
    public string Thumbprint => SignedToken.KeyThumbprint(Key);

    /// <exception cref="FormatException">It holds no P-256 public key.</exception>
    public static HeadReader Of(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem.Length <= LongestPem ? pem : "");
            if (key.KeySize != 256)
                throw new CryptographicException($"its curve has {key.KeySize} bits");
            return new HeadReader(key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new FormatException($"it holds no ECDSA P-256 public key in PEM ({exception.Message})", exception);
        }
    }

    /// <summary>Null unless the key signed it.</summary>
    public LedgerHead? Read(string token) =>
        SignedToken.TryVerify(token, SignedToken.LedgerHeadType, Key, MessageJson.Default.LedgerHead, out var head, out _) ? head : null;

    public void Dispose() => Key.Dispose();
}
