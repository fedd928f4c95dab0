using System.Buffers.Binary;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>Makes wrong inputs from right ones: the changes that protocols of lengths, counts and nesting are weak against.</summary>
internal sealed class Mutator(Random random)
{
    private const int Longest = 64 * 1024;

    private static readonly byte[] SpitefulBytes = [0x00, 0x01, 0x16, 0x17, 0x40, 0x7F, 0x80, 0x97, 0x98, 0xC0, 0xFE, 0xFF];
    private static readonly uint[] SpitefulNumbers = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0x10000, 0xFFFF, 0x40000000, 1023, 1024, 0xFFFFFBFF];

    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var input = (byte[])Pick(corpus).Clone();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            input = Change(input, corpus);
        return input.Length > Longest ? input[..Longest] : input;
    }

    private byte[] Change(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        if (input.Length == 0)
            return [(byte)random.Next(256)];
        var at = random.Next(input.Length);
        switch (random.Next(9))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                return input;
            case 1:
                input[at] = (byte)random.Next(256);
                return input;
            case 2:
                input[at] = SpitefulBytes[random.Next(SpitefulBytes.Length)];
                return input;
            case 3 when input.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(Math.Min(at, input.Length - 4)), SpitefulNumbers[random.Next(SpitefulNumbers.Length)]);
                return input;
            case 4 when input.Length >= 4:
                // A length that is wrong by little.
                var length = input.AsSpan(Math.Min(at, input.Length - 4));
                BinaryPrimitives.WriteInt32LittleEndian(length, unchecked(BinaryPrimitives.ReadInt32LittleEndian(length) + random.Next(-4, 5)));
                return input;
            case 5:
                return input[..at];
            case 6:
                // A piece taken out.
                return [.. input[..at], .. input[random.Next(at, input.Length)..]];
            case 7:
                // A piece repeated, at times often enough to nest or to flood.
                var piece = input[at..Math.Min(input.Length, at + random.Next(1, 32))];
                return [.. input[..at], .. Enumerable.Repeat(piece, random.Next(8) == 0 ? random.Next(200) : 1).SelectMany(bytes => bytes), .. input[at..]];
            default:
                var other = Pick(corpus);
                return [.. input[..at], .. other[random.Next(other.Length + 1)..]];
        }
    }

    private byte[] Pick(IReadOnlyList<byte[]> corpus) => corpus[random.Next(corpus.Count)];
}
