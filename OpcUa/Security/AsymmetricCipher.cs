using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Security;

/// <summary>RSA as the policies use it: signatures over whatever length, encryption block by block (Part 6 §6.7.4).</summary>
internal static class AsymmetricCipher
{
    public static int KeyLength(RSA key) => key.KeySize / 8;

    /// <summary>Plaintext bytes that one encrypted block carries.</summary>
    public static int PlainBlock(PolicyProfile profile, RSA key) => KeyLength(key) - profile.EncryptionOverhead;

    public static byte[] Sign(PolicyProfile profile, RSA privateKey, ReadOnlySpan<byte> data) =>
        privateKey.SignData(data, HashAlgorithmName.SHA256, profile.SignaturePadding);

    public static bool Verify(PolicyProfile profile, RSA publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return signature.Length == KeyLength(publicKey)
                && publicKey.VerifyData(data, signature, HashAlgorithmName.SHA256, profile.SignaturePadding);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Encrypts whole and, at the end, one shorter block; the result is a multiple of the key's length.</summary>
    public static byte[] Encrypt(PolicyProfile profile, RSA publicKey, ReadOnlySpan<byte> plain)
    {
        var block = PlainBlock(profile, publicKey);
        var blocks = (plain.Length + block - 1) / block;
        var length = KeyLength(publicKey);
        var cipher = new byte[blocks * length];
        for (var i = 0; i < blocks; i++)
        {
            var part = plain.Slice(i * block, Math.Min(block, plain.Length - i * block));
            publicKey.Encrypt(part, cipher.AsSpan(i * length, length), profile.EncryptionPadding);
        }
        return cipher;
    }

    /// <summary>
    /// Decrypts every block, also after one has failed, so that the time taken does not tell which; false if any failed or the
    /// length is no multiple of the key's.
    /// </summary>
    public static bool TryDecrypt(PolicyProfile profile, RSA privateKey, ReadOnlySpan<byte> cipher, Span<byte> plain, out int written)
    {
        written = 0;
        var length = KeyLength(privateKey);
        if (cipher.IsEmpty || cipher.Length % length != 0)
            return false;
        var sound = true;
        Span<byte> block = stackalloc byte[length];
        for (; !cipher.IsEmpty; cipher = cipher[length..])
        {
            try
            {
                if (privateKey.TryDecrypt(cipher[..length], block, profile.EncryptionPadding, out var count) && count <= plain.Length - written)
                {
                    block[..count].CopyTo(plain[written..]);
                    written += count;
                }
                else
                {
                    sound = false;
                }
            }
            catch (CryptographicException)
            {
                sound = false;
            }
        }
        CryptographicOperations.ZeroMemory(block);
        return sound;
    }
}
