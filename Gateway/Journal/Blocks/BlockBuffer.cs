using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace PatchEdge.Gateway.Journal.Blocks;

/// <summary>Bytes in the making, in one pooled array that grows and is kept for the next block. Integers are little-endian base-128, signed ones zigzag first.</summary>
internal sealed class BlockBuffer : IDisposable
{
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Dispose()
    {
        var returned = bytes;
        bytes = [];
        Length = 0;
        if (returned.Length > 0)
            ArrayPool<byte>.Shared.Return(returned);
    }

    public void Byte(byte value)
    {
        Reserve(1);
        bytes[Length++] = value;
    }

    public void Unsigned(ulong value)
    {
        Reserve(10);
        if (value < 0x80)
        {
            bytes[Length++] = (byte)value;
            return;
        }

        while (value >= 0x80)
        {
            bytes[Length++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        bytes[Length++] = (byte)value;
    }

    public void Signed(long value) => Unsigned(unchecked((ulong)((value << 1) ^ (value >> 63))));

    public void Single(float value)
    {
        Reserve(4);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(Length), value);
        Length += 4;
    }

    public void Double(double value)
    {
        Reserve(8);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(Length), value);
        Length += 8;
    }

    /// <summary>Length, then the bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Unsigned((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(bytes.AsSpan(Length));
        Length += value.Length;
    }

    /// <summary>0 for null, else the length in UTF-8 plus one and the bytes.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Byte(0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)length + 1);
        Reserve(length);
        Length += Encoding.UTF8.GetBytes(value, bytes.AsSpan(Length));
    }

    private void Reserve(int count)
    {
        if (bytes.Length - Length >= count)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, Length + count));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
