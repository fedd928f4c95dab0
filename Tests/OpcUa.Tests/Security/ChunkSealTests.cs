using System.Security.Cryptography;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Security;

public sealed class ChunkSealTests
{
    private static readonly byte[] Secret = [1];
    private static readonly byte[] Seed = [2];

    public static TheoryData<SecurityPolicy, bool> Combinations() => new()
    {
        { SecurityPolicy.None, false },
        { SecurityPolicy.Basic256Sha256, false },
        { SecurityPolicy.Basic256Sha256, true },
        { SecurityPolicy.Aes128_Sha256_RsaOaep, true },
        { SecurityPolicy.Aes256_Sha256_RsaPss, true },
    };

    // Built again from the one-shot primitives, for two chunks in a row: CBC starts each from the token's IV.
    [Theory]
    [InlineData(SecurityPolicy.Basic256Sha256)]
    [InlineData(SecurityPolicy.Aes128_Sha256_RsaOaep)]
    [Trait("Clause", "Part 6 §6.7.2.5 padding")]
    [Trait("Clause", "Part 6 §6.7.5 keys")]
    public void Sealed_chunk_is_padded_then_signed_then_encrypted_Part6_6_7_2(SecurityPolicy policy)
    {
        var profile = PolicyProfile.Of(policy);
        var keys = DirectionKeys.Derive(profile, Secret, Seed);
        using var seal = ChunkSeal.ForSending(profile, true, keys);
        using var aes = Aes.Create();
        aes.Key = keys.Encrypting;
        for (var body = 0; body < 50; body++)
        {
            var chunk = RandomNumberGenerator.GetBytes(200);
            var clear = chunk[..(24 + body)];
            var padding = (16 - (8 + body + 1 + 32) % 16) % 16;
            byte[] signed = [.. clear, (byte)padding, .. Enumerable.Repeat((byte)padding, padding)];
            byte[] plain = [.. signed[16..], .. HMACSHA256.HashData(keys.Signing, signed)];

            seal.Seal(chunk, body);

            byte[] expected = [.. clear[..16], .. aes.EncryptCbc(plain, keys.InitializationVector, PaddingMode.None)];
            Assert.Equal(seal.SealedSize(body), expected.Length);
            Assert.Equal(expected, chunk[..expected.Length]);
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Largest_body_fills_a_chunk_and_no_more(SecurityPolicy policy, bool encrypt)
    {
        var profile = PolicyProfile.Of(policy);
        using var seal = ChunkSeal.ForSending(profile, encrypt, DirectionKeys.Derive(profile, Secret, Seed));
        for (var size = 8192; size < 8192 + 40; size++)
        {
            Assert.InRange(seal.SealedSize(seal.BodyCapacity(size)), size - 15, size);
            Assert.True(seal.SealedSize(seal.BodyCapacity(size) + 1) > size);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Clause", "Part 6 §6.7.2 receiver")]
    public void Chunk_with_any_bit_changed_is_refused_with_one_error(bool encrypt)
    {
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var keys = DirectionKeys.Derive(profile, Secret, Seed);
        using var sending = ChunkSeal.ForSending(profile, encrypt, keys);
        using var receiving = ChunkSeal.ForReceiving(profile, encrypt, keys);
        var sealedChunk = new byte[200];
        sending.Seal(sealedChunk, 20);
        sealedChunk = sealedChunk[..sending.SealedSize(20)];
        var messages = new HashSet<string>();

        for (var i = 0; i < sealedChunk.Length * 8; i++)
        {
            var changed = (byte[])sealedChunk.Clone();
            changed[i / 8] ^= (byte)(1 << i % 8);
            messages.Add(Assert.Throws<UaException>(() => receiving.Open(changed)).Message);
        }
        for (var length = 0; length < sealedChunk.Length; length++)
        {
            var cut = sealedChunk[..length];
            messages.Add(Assert.Throws<UaException>(() => receiving.Open(cut)).Message);
        }

        Assert.Single(messages);
        Assert.Equal(8 + 20, receiving.Open(sealedChunk).Length);
    }

    // Whoever knows the keys may still send nonsense for padding: it is told the same as a wrong signature is.
    [Theory]
    [InlineData(15, 14)]
    [InlineData(255, 255)]
    [InlineData(3, 2)]
    [Trait("Clause", "Part 6 §6.7.2.5 padding")]
    [Trait("Clause", "Part 6 §6.7.2 receiver")]
    public void Padding_that_is_not_what_its_size_says_is_refused_Part6_6_7_2_5(byte size, byte fill)
    {
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var keys = DirectionKeys.Derive(profile, Secret, Seed);
        using var receiving = ChunkSeal.ForReceiving(profile, true, keys);
        var signed = new byte[16 + 8 + 24];
        signed.AsSpan(24).Fill(fill);
        signed[^1] = size;
        using var aes = Aes.Create();
        aes.Key = keys.Encrypting;
        byte[] plain = [.. signed[16..], .. HMACSHA256.HashData(keys.Signing, signed)];
        byte[] chunk = [.. signed[..16], .. aes.EncryptCbc(plain, keys.InitializationVector, PaddingMode.None)];

        Assert.Equal(StatusCodes.BadSecurityChecksFailed, Assert.Throws<UaException>(() => receiving.Open(chunk)).Status.Value);
    }

    [Fact]
    public void Sealing_and_opening_allocate_nothing_per_chunk()
    {
        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var keys = DirectionKeys.Derive(profile, Secret, Seed);
        using var sending = ChunkSeal.ForSending(profile, true, keys);
        using var receiving = ChunkSeal.ForReceiving(profile, true, keys);
        var chunk = new byte[65536];
        var body = sending.BodyCapacity(chunk.Length);
        for (var i = 0; i < 10; i++)
            RoundTrip();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            RoundTrip();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 64);

        void RoundTrip()
        {
            sending.Seal(chunk, body);
            receiving.Open(chunk.AsMemory(0, sending.SealedSize(body)));
        }
    }
}
