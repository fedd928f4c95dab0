using System.Security.Cryptography;

namespace PatchEdge.OpcUa.Security;

/// <summary>P_SHA256 (RFC 5246 §5, as Part 6 §6.7.5 uses it): stretches a secret and a seed to as many bytes as are wanted.</summary>
internal static class KeyDerivation
{
    public static byte[] Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed, int length)
    {
        var output = new byte[length];
        Span<byte> input = new byte[SHA256.HashSizeInBytes + seed.Length];
        Span<byte> block = stackalloc byte[SHA256.HashSizeInBytes];
        var chained = input[..SHA256.HashSizeInBytes];
        seed.CopyTo(input[SHA256.HashSizeInBytes..]);

        HMACSHA256.HashData(secret, seed, chained);
        for (var at = 0; at < length; at += block.Length)
        {
            HMACSHA256.HashData(secret, input, block);
            block[..Math.Min(block.Length, length - at)].CopyTo(output.AsSpan(at));
            HMACSHA256.HashData(secret, chained, block);
            block.CopyTo(chained);
        }
        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(block);
        return output;
    }
}
