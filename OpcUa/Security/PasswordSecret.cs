using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security;

/// <summary>
/// The password of a UserNameIdentityToken under RSA (Part 4 §7.40.2.2): its length together with the nonce's, the UTF-8
/// password, the server's last nonce, all encrypted block by block.
/// </summary>
internal static class PasswordSecret
{
    private const int LongestPassword = 4096;

    /// <summary>Encrypts under the server's certificate; the algorithm to name is <see cref="PolicyProfile.EncryptionUri"/>.</summary>
    public static byte[] Encrypt(PolicyProfile profile, UaCertificate server, string password, ReadOnlySpan<byte> serverNonce)
    {
        if (profile.IsNone)
            throw new InvalidOperationException("Policy None encrypts nothing; the caller decides whether a password may go in the clear.");
        var length = System.Text.Encoding.UTF8.GetByteCount(password) + serverNonce.Length;
        var plain = new byte[sizeof(uint) + length];
        BinaryPrimitives.WriteInt32LittleEndian(plain, length);
        var end = sizeof(uint) + System.Text.Encoding.UTF8.GetBytes(password, plain.AsSpan(sizeof(uint)));
        serverNonce.CopyTo(plain.AsSpan(end));
        try
        {
            using var key = server.OpenPublicKey();
            return AsymmetricCipher.Encrypt(profile, key, plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>
    /// Decrypts a password. Whatever is wrong — algorithm, padding, length, nonce — is the same BadIdentityTokenInvalid.
    /// </summary>
    public static string Decrypt(PolicyProfile profile, ApplicationCertificate own, string? algorithm, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce)
    {
        if (profile.IsNone || algorithm != profile.EncryptionUri || secret.Length > 16 * own.KeyLength)
            throw Refused();
        var plain = new byte[secret.Length];
        try
        {
            var sound = own.TryDecrypt(profile, secret, plain, out var written);
            if (!sound || written < sizeof(uint) + serverNonce.Length)
                throw Refused();
            var length = BinaryPrimitives.ReadUInt32LittleEndian(plain);
            if (length != (uint)(written - sizeof(uint)))
                throw Refused();
            var password = plain.AsSpan(sizeof(uint), (int)length - serverNonce.Length);
            if (password.Length > LongestPassword || !CryptographicOperations.FixedTimeEquals(plain.AsSpan(written - serverNonce.Length, serverNonce.Length), serverNonce))
                throw Refused();
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(password);
        }
        catch (DecoderFallbackException)
        {
            throw Refused();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static UaException Refused() =>
        new(StatusCodes.BadIdentityTokenInvalid, "The password could not be read", "ActivateSession.UserIdentityToken", "Encrypt it for this server with the token's policy");
}
