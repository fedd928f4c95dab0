using System.Security.Cryptography;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Permits;

/// <summary>Who this agent is, and whose signature it obeys.</summary>
/// <param name="Site">Site of the plant.</param>
/// <param name="Host">Host it acts on.</param>
/// <param name="Boot">Chosen anew at each start of the agent.</param>
/// <param name="KeyPem">The scheduler's public key, ECDSA over P-256.</param>
internal sealed record AgentIdentity(string Site, string Host, string Boot, string KeyPem)
{
    /// <summary>A key object of one's own: they are not safe to share between threads.</summary>
    public ECDsa CreateKey()
    {
        var key = ECDsa.Create();
        key.ImportFromPem(KeyPem);
        return key;
    }

    public string PinnedKey()
    {
        using var key = CreateKey();
        return SignedToken.KeyThumbprint(key);
    }

    /// <exception cref="ConfigurationException">The file cannot be read or holds no such key, or holds a private one.</exception>
    public static AgentIdentity Create(string site, string host, string keyFile)
    {
        try
        {
            var identity = new AgentIdentity(site, host, Guid.NewGuid().ToString("N"), File.ReadAllText(keyFile));
            using var key = identity.CreateKey();
            if (identity.KeyPem.Contains("PRIVATE", StringComparison.Ordinal))
                throw Refused(keyFile, "holds a private key, which has no place on this host: install the scheduler's public key (.pub.pem)");
            if (key.KeySize != 256 || key.ExportParameters(false).Curve.Oid?.Value != "1.2.840.10045.3.1.7")
                throw Refused(keyFile, "holds another kind of key than ECDSA over P-256: install the scheduler's public key (.pub.pem)");
            return identity;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw Refused(keyFile, $"the scheduler's public key cannot be read: {exception.Message} Copy the file that the scheduler writes beside its signing key (.pub.pem)");
        }
    }

    private static ConfigurationException Refused(string file, string message) => new(new ConfigurationError(file, 0, "", null, message));
}
