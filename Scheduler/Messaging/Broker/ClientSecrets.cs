using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>The passwords of the broker's clients: one owner-only file each, named after the client's id, made when missing.</summary>
internal sealed class ClientSecrets
{
    private const int ShortestPassword = 16;

    private readonly ImmutableDictionary<string, byte[]> hashes;

    private ClientSecrets(ImmutableDictionary<string, byte[]> hashes) => this.hashes = hashes;

    /// <exception cref="ConfigurationException">A file is open to others, or holds a password that could be guessed.</exception>
    public static ClientSecrets Open(string directory, IEnumerable<string> clients)
    {
        var hashes = ImmutableDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        var errors = new List<ConfigurationError>();
        foreach (var client in clients)
        {
            var path = Path.Combine(directory, client);
            try
            {
                if (!File.Exists(path))
                    OwnerOnlyFile.Create(path, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)) + "\n");
                var password = SecretFile.ReadText(path);
                if (password.Length < ShortestPassword)
                    errors.Add(new ConfigurationError(path, 1, "", null, $"the password has fewer than {ShortestPassword} characters: remove the file to have one made"));
                hashes[client] = Hash(password);
            }
            catch (ConfigurationException exception)
            {
                errors.AddRange(exception.Errors);
            }
        }

        return errors.Count == 0 ? new ClientSecrets(hashes.ToImmutable()) : throw new ConfigurationException(errors);
    }

    /// <summary>Takes the same time whether the client is known or not.</summary>
    public bool Matches(string client, string? password)
    {
        var known = hashes.TryGetValue(client, out var expected);
        return CryptographicOperations.FixedTimeEquals(Hash(password ?? ""), expected ?? new byte[SHA256.HashSizeInBytes]) & known;
    }

    private static byte[] Hash(string password) => SHA256.HashData(Encoding.UTF8.GetBytes(password));
}
