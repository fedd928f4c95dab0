using System.Buffers.Binary;
using System.Text;

namespace PatchEdge.Gateway.Journal.Blocks;

/// <summary>Reads what <see cref="BlockBuffer"/> wrote. Every read is checked against the bytes that are left.</summary>
internal ref struct BlockCursor(ReadOnlySpan<byte> block)
{
    private const int LongestNumber = 10;

    private readonly ReadOnlySpan<byte> block = block;
    private int at;

    public readonly bool AtEnd => at == block.Length;

    public byte Byte() => Take(1)[0];

    public ulong Unsigned()
    {
        // Most numbers in a block are differences of one byte.
        if ((uint)at < (uint)block.Length && block[at] < 0x80)
            return block[at++];
        var rest = block[at..];
        ulong value = 0;
        for (var index = 0; index < rest.Length && index < LongestNumber; index++)
        {
            var next = rest[index];
            value |= unchecked((ulong)(next & 0x7F) << (7 * index));
            if (next >= 0x80)
                continue;
            at += index + 1;
            return value;
        }

        throw rest.Length < LongestNumber
            ? Ended()
            : new JournalException("A number in a journal block has more than ten bytes. The block is damaged: keep the file for analysis.");
    }

    public long Signed()
    {
        var value = Unsigned();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    public int Count()
    {
        var value = Unsigned();
        return value <= int.MaxValue ? (int)value : throw new JournalException("A count in a journal block is impossible. The block is damaged: keep the file for analysis.");
    }

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string? Text() => Count() is > 0 and var length ? Encoding.UTF8.GetString(Take(length - 1)) : null;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > block.Length - at)
            throw Ended();
        var taken = block.Slice(at, count);
        at += count;
        return taken;
    }

    private static JournalException Ended() => new("A journal block ends before its content does. The block is damaged: keep the file for analysis.");
}
