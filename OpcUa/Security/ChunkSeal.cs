using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security;

/// <summary>
/// Signs and encrypts, or decrypts and verifies, the chunks of one direction of one security token (Part 6 §6.7.2). Keeps the
/// key schedules for the token's life and works in place, so that a chunk costs no allocation. One thread at a time.
/// </summary>
internal sealed class ChunkSeal : IDisposable
{
    /// <summary>Header, channel id and token id: signed, never encrypted.</summary>
    public const int ClearLength = 16;

    /// <summary>Sequence number and request id, the first bytes that are encrypted.</summary>
    public const int SequenceLength = 8;

    private readonly IncrementalHash? mac;
    private readonly ICryptoTransform? cipher;

    private ChunkSeal(IncrementalHash? mac, ICryptoTransform? cipher)
    {
        this.mac = mac;
        this.cipher = cipher;
    }

    /// <summary>For the sender.</summary>
    public static ChunkSeal ForSending(PolicyProfile profile, bool encrypt, DirectionKeys? keys) => Create(profile, encrypt, keys, sending: true);

    /// <summary>For the receiver.</summary>
    public static ChunkSeal ForReceiving(PolicyProfile profile, bool encrypt, DirectionKeys? keys) => Create(profile, encrypt, keys, sending: false);

    /// <summary>Most body bytes that a chunk of this size carries.</summary>
    public int BodyCapacity(int chunkSize)
    {
        if (mac is null)
            return chunkSize - ClearLength - SequenceLength;
        if (cipher is null)
            return chunkSize - ClearLength - SequenceLength - PolicyProfile.MacLength;
        var encrypted = (chunkSize - ClearLength) / PolicyProfile.CipherBlock * PolicyProfile.CipherBlock;
        return encrypted - SequenceLength - 1 - PolicyProfile.MacLength;
    }

    /// <summary>Size of the sealed chunk whose body has this many bytes; belongs in its header before it is sealed.</summary>
    public int SealedSize(int body)
    {
        if (mac is null)
            return ClearLength + SequenceLength + body;
        if (cipher is null)
            return ClearLength + SequenceLength + body + PolicyProfile.MacLength;
        var plain = SequenceLength + body + 1 + PolicyProfile.MacLength;
        return ClearLength + (plain + PolicyProfile.CipherBlock - 1) / PolicyProfile.CipherBlock * PolicyProfile.CipherBlock;
    }

    /// <summary>Pads, signs and encrypts the chunk at the start of <paramref name="chunk"/>, whose headers and body are written.</summary>
    public void Seal(byte[] chunk, int body)
    {
        if (mac is null)
            return;
        var size = SealedSize(body);
        var padding = ClearLength + SequenceLength + body;
        var signature = size - PolicyProfile.MacLength;
        if (cipher is not null)
            chunk.AsSpan(padding, signature - padding).Fill((byte)(signature - padding - 1));
        mac.AppendData(chunk, 0, signature);
        mac.GetHashAndReset(chunk.AsSpan(signature, PolicyProfile.MacLength));
        if (cipher is not null)
            Transform(chunk, ClearLength, size - ClearLength);
    }

    /// <summary>
    /// Decrypts a chunk in place, verifies it, and only then looks at its padding; returns the sequence header and the body.
    /// Every failure is the same error, so that it tells nothing about which step failed.
    /// </summary>
    public Memory<byte> Open(Memory<byte> chunk)
    {
        if (mac is null)
            return chunk.Length >= ClearLength + SequenceLength ? chunk[ClearLength..] : throw Refused();
        if (chunk.Length < ClearLength + SequenceLength + PolicyProfile.MacLength)
            throw Refused();
        if (cipher is not null)
        {
            if ((chunk.Length - ClearLength) % PolicyProfile.CipherBlock != 0 || !MemoryMarshal.TryGetArray<byte>(chunk, out var array))
                throw Refused();
            Transform(array.Array!, array.Offset + ClearLength, chunk.Length - ClearLength);
        }

        var signed = chunk.Span[..^PolicyProfile.MacLength];
        Span<byte> expected = stackalloc byte[PolicyProfile.MacLength];
        mac.AppendData(signed);
        mac.GetHashAndReset(expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, chunk.Span[^PolicyProfile.MacLength..]))
            throw Refused();
        if (cipher is null)
            return chunk[ClearLength..signed.Length];

        var padding = signed[^1] + 1;
        if (padding > signed.Length - ClearLength - SequenceLength || signed[^padding..].ContainsAnyExcept(signed[^1]))
            throw Refused();
        return chunk[ClearLength..(signed.Length - padding)];
    }

    public void Dispose()
    {
        mac?.Dispose();
        cipher?.Dispose();
    }

    internal static UaException Refused() =>
        new(StatusCodes.BadSecurityChecksFailed, "A chunk is not what its sender protected", "secure channel", "The connection is closed; connect again");

    private static ChunkSeal Create(PolicyProfile profile, bool encrypt, DirectionKeys? keys, bool sending)
    {
        if (profile.IsNone || keys is null)
            return new ChunkSeal(null, null);
        var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, keys.Signing);
        if (!encrypt)
            return new ChunkSeal(mac, null);
        using var aes = Aes.Create();
        aes.Mode = CipherMode.CBC;
        aes.Padding = PaddingMode.None;
        return new ChunkSeal(mac, sending
            ? aes.CreateEncryptor(keys.Encrypting, keys.InitializationVector)
            : aes.CreateDecryptor(keys.Encrypting, keys.InitializationVector));
    }

    // The final block, empty, puts the transform back to the token's IV, where CBC starts every chunk (Part 6 §6.7.5).
    private void Transform(byte[] array, int offset, int count)
    {
        cipher!.TransformBlock(array, offset, count, array, offset);
        cipher.TransformFinalBlock([], 0, 0);
    }
}
