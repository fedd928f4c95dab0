using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PatchEdge.Gateway.Journal.Blocks;

/// <summary>Compresses blocks, and sums them so that a flipped bit, a torn write or a row moved to another place is noticed.</summary>
internal static class BlockCodec
{
    /// <summary>Largest block after decompression, in bytes.</summary>
    public const int MaximumRawLength = 64 * 1024 * 1024;

    private const int SmallestWorthCompressing = 128;

    /// <summary>Compressed bytes; the content itself when it is too small to gain.</summary>
    /// <param name="content">What to compress.</param>
    /// <param name="room">Used for the result, which stands there until it is used again.</param>
    public static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> content, MemoryStream room)
    {
        if (content.Length < SmallestWorthCompressing)
            return content;
        room.SetLength(0);
        using (var deflate = new DeflateStream(room, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(content);
        return room.GetBuffer().AsSpan(0, (int)room.Length);
    }

    /// <summary>The content of a body as it is stored.</summary>
    /// <param name="body">As stored.</param>
    /// <param name="raw">Receives it; as long as it was before compression.</param>
    /// <exception cref="JournalException">The body is damaged.</exception>
    public static void Decompress(ArraySegment<byte> body, Memory<byte> raw)
    {
        if (raw.Length < SmallestWorthCompressing)
        {
            if (body.Count != raw.Length)
                throw new JournalException("A journal block has not the length that it claims. It is damaged: keep the file for analysis.");
            body.AsSpan().CopyTo(raw.Span);
            return;
        }

        try
        {
            using var packed = new MemoryStream(body.Array!, body.Offset, body.Count, writable: false);
            using var deflate = new DeflateStream(packed, CompressionMode.Decompress);
            deflate.ReadExactly(raw.Span);
            if (deflate.ReadByte() >= 0)
                throw new JournalException("A journal block is longer than it claims. It is damaged: keep the file for analysis.");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new JournalException("A journal block cannot be decompressed. It is damaged: keep the file for analysis.", exception);
        }
    }

    /// <exception cref="JournalException">No block is so long.</exception>
    public static void CheckLength(int rawLength)
    {
        if (rawLength is < 0 or > MaximumRawLength)
            throw new JournalException($"A journal block claims {rawLength} bytes. The block is damaged: keep the file for analysis.");
    }

    /// <summary>CRC-32C over place, time, kind, count, length and body as stored.</summary>
    public static uint Checksum(long entry, JournalKind kind, long at, int count, int rawLength, ReadOnlySpan<byte> body) =>
        Checksum(BitOperations.Crc32C(uint.MaxValue, unchecked((ulong)at)), entry, kind, count, rawLength, body);

    /// <summary>As the first version of the journal summed: without the time.</summary>
    public static uint ChecksumOfVersion1(long entry, JournalKind kind, int count, int rawLength, ReadOnlySpan<byte> body) =>
        Checksum(uint.MaxValue, entry, kind, count, rawLength, body);

    /// <summary>CRC-32C over whose cursor it is and where it stands.</summary>
    public static uint Checksum(string sink, SinkPosition position)
    {
        var sum = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, unchecked((ulong)position.Entry)), (uint)position.Offset);
        foreach (var character in sink)
            sum = BitOperations.Crc32C(sum, character);
        return ~sum;
    }

    private static uint Checksum(uint start, long entry, JournalKind kind, int count, int rawLength, ReadOnlySpan<byte> body)
    {
        var sum = BitOperations.Crc32C(start, unchecked((ulong)entry));
        sum = BitOperations.Crc32C(sum, unchecked(((ulong)(uint)count << 32) | (uint)rawLength));
        sum = BitOperations.Crc32C(sum, (uint)kind);
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        foreach (var word in words)
            sum = BitOperations.Crc32C(sum, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var single in body[(words.Length * sizeof(ulong))..])
            sum = BitOperations.Crc32C(sum, single);
        return ~sum;
    }
}
