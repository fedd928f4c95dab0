using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security;

/// <summary>Keys with which one side protects what it sends, cut in the order of Part 6 §6.7.5.</summary>
internal sealed record DirectionKeys(byte[] Signing, byte[] Encrypting, byte[] InitializationVector)
{
    /// <param name="profile">Gives the lengths.</param>
    /// <param name="secret">Nonce of the side that receives.</param>
    /// <param name="seed">Nonce of the side that sends.</param>
    public static DirectionKeys Derive(PolicyProfile profile, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed)
    {
        var cipher = PolicyProfile.MacLength + profile.CipherKeyLength;
        var bytes = KeyDerivation.Derive(secret, seed, cipher + PolicyProfile.CipherBlock);
        return new DirectionKeys(bytes[..PolicyProfile.MacLength], bytes[PolicyProfile.MacLength..cipher], bytes[cipher..]);
    }

    /// <summary>Refuses a nonce from the peer that is not of the policy's length or holds nothing but zeros.</summary>
    public static void CheckNonce(PolicyProfile profile, ReadOnlySpan<byte> nonce, string where)
    {
        if (profile.IsNone)
            return;
        if (nonce.Length != profile.NonceLength || !nonce.ContainsAnyExcept((byte)0))
            throw new UaException(StatusCodes.BadNonceInvalid, $"A nonce of {nonce.Length} bytes, or of zeros only", where,
                $"{profile.NonceLength} random bytes");
    }
}
