using System.Buffers.Binary;
using System.Text;

namespace PatchEdge.Gateway.Journal;

/// <summary>Reads what <see cref="BlockBuffer"/> wrote. Every read is checked against the bytes that are left.</summary>
internal ref struct BlockCursor(ReadOnlySpan<byte> block)
{
    private ReadOnlySpan<byte> rest = block;

    public readonly bool AtEnd => rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= unchecked((ulong)(next & 0x7F) << shift);
            if (next < 0x80)
                return value;
        }

        throw new JournalException("A number in a journal block has more than ten bytes. The block is damaged: keep the file for analysis.");
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
        if (count > rest.Length)
            throw new JournalException("A journal block ends before its content does. The block is damaged: keep the file for analysis.");
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
