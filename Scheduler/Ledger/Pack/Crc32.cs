using System.Buffers.Binary;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>The checksum that zip files carry (polynomial 0xEDB88320, reflected), eight bytes at a time. It guards against accidents alone.</summary>
internal static class Crc32
{
    private const int Stride = 8;

    /// <summary>Row <c>n</c> carries a byte over <c>n</c> further bytes.</summary>
    private static readonly uint[] Table = Make();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var table = Table;
        var crc = uint.MaxValue;
        for (; bytes.Length >= Stride; bytes = bytes[Stride..])
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = table[0x700 + (low & 0xff)] ^ table[0x600 + ((low >> 8) & 0xff)] ^ table[0x500 + ((low >> 16) & 0xff)] ^ table[0x400 + (low >> 24)]
                ^ table[0x300 + (high & 0xff)] ^ table[0x200 + ((high >> 8) & 0xff)] ^ table[0x100 + ((high >> 16) & 0xff)] ^ table[high >> 24];
        }

        foreach (var one in bytes)
            crc = (crc >> 8) ^ table[(crc ^ one) & 0xff];
        return ~crc;
    }

    private static uint[] Make()
    {
        var table = new uint[256 * Stride];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) == 1 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            table[i] = value;
        }

        for (var i = 256; i < table.Length; i++)
            table[i] = (table[i - 256] >> 8) ^ table[table[i - 256] & 0xff];
        return table;
    }
}
