using System.Buffers.Binary;
using System.Text;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>A zip file in one layout alone: nothing compressed, no times, no extra fields, no comments. So the same content has the same bytes, and no byte is without meaning.</summary>
internal static class StoredZip
{
    /// <summary>Largest file that is written or read, in bytes.</summary>
    public const int LargestFile = 256 * 1024 * 1024;

    private const int MostEntries = 64;
    private const int LongestName = 100;
    private const int LocalLength = 30;
    private const uint LocalSignature = 0x04034b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint EndSignature = 0x06054b50;
    private const ushort Version = 20;
    private const ushort NamesAreUtf8 = 0x0800;
    private const ushort FirstDay = 0x0021;

    /// <exception cref="PackException">It would be too large.</exception>
    public static byte[] Write(IReadOnlyList<ZipEntry> entries)
    {
        if (entries.Sum(entry => (long)entry.Content.Length + 200) > LargestFile)
            throw new PackException($"the pack would be larger than {LargestFile >> 20} MiB: export a run with a shorter span");
        using var stream = new MemoryStream();
        using var file = new BinaryWriter(stream);
        using var central = new MemoryStream();
        using var directory = new BinaryWriter(central);
        foreach (var (name, content) in entries)
        {
            var offset = (uint)stream.Position;
            var ascii = Encoding.ASCII.GetBytes(name);
            var crc = Crc32.Of(content.Span);
            file.Write(LocalSignature);
            WriteShared(file, crc, (uint)content.Length, (ushort)ascii.Length);
            file.Write(ascii);
            file.Write(content.Span);
            directory.Write(CentralSignature);
            directory.Write(Version);
            WriteShared(directory, crc, (uint)content.Length, (ushort)ascii.Length);
            directory.Write((ushort)0);
            directory.Write((ushort)0);
            directory.Write((ushort)0);
            directory.Write(0u);
            directory.Write(offset);
            directory.Write(ascii);
        }

        var start = (uint)stream.Position;
        directory.Flush();
        file.Write(central.ToArray());
        file.Write(EndSignature);
        file.Write(0u);
        file.Write((ushort)entries.Count);
        file.Write((ushort)entries.Count);
        file.Write((uint)central.Length);
        file.Write(start);
        file.Write((ushort)0);
        file.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads a file that is byte for byte as <see cref="Write"/> makes it, and no other.</summary>
    /// <exception cref="PackException">It is not; the message says from where on.</exception>
    public static IReadOnlyList<ZipEntry> Read(ReadOnlyMemory<byte> file)
    {
        var entries = new List<ZipEntry>();
        var at = 0;
        while (file.Length - at >= LocalLength && BinaryPrimitives.ReadUInt32LittleEndian(file.Span[at..]) == LocalSignature)
        {
            if (entries.Count == MostEntries)
                throw new PackException($"it has more than {MostEntries} entries, which no pack has");
            var header = file.Span.Slice(at, LocalLength);
            var compression = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header[18..]);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
            if (compression != 0)
                throw new PackException($"the entry at byte {at} is compressed, which a pack's entries never are");
            if (length is 0 or > LongestName || size > file.Length - at - LocalLength - length)
                throw new PackException($"the entry at byte {at} has no name, or is longer than the file: the file was cut or changed");
            var name = Encoding.ASCII.GetString(file.Span.Slice(at + LocalLength, length));
            if (!name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '/' or '.' or '-')
                || name[0] == '/' || name.Contains("..", StringComparison.Ordinal))
                throw new PackException($"the entry at byte {at} has a name that no pack's entry has");
            if (entries.Exists(entry => entry.Name == name))
                throw new PackException($"{name} is in it twice");
            // An entry that was changed need not wait for the whole file to be compared.
            if (Crc32.Of(file.Span.Slice(at + LocalLength + length, (int)size)) != BinaryPrimitives.ReadUInt32LittleEndian(header[14..]))
                throw new PackException($"{name} does not have the checksum that stands before it: it was changed");
            entries.Add(new ZipEntry(name, file.Slice(at + LocalLength + length, (int)size)));
            at += LocalLength + length + (int)size;
        }

        if (entries.Count == 0)
            throw new PackException("it is not an evidence pack: it does not begin with a zip entry");
        var expected = Write(entries);
        var same = expected.AsSpan().CommonPrefixLength(file.Span);
        return same == file.Length && same == expected.Length
            ? entries
            : throw new PackException($"its bytes are not as they were written, from byte {same} on: it was changed or cut");
    }

    private static void WriteShared(BinaryWriter writer, uint crc, uint size, ushort name)
    {
        writer.Write(Version);
        writer.Write(NamesAreUtf8);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(FirstDay);
        writer.Write(crc);
        writer.Write(size);
        writer.Write(size);
        writer.Write(name);
        writer.Write((ushort)0);
    }
}

/// <param name="Name">Lower-case letters, digits, <c>/</c>, <c>.</c> and <c>-</c>.</param>
/// <param name="Content">What it holds.</param>
internal readonly record struct ZipEntry(string Name, ReadOnlyMemory<byte> Content);

/// <summary>A pack cannot be made, or is not one; the message says why.</summary>
internal sealed class PackException(string message) : Exception(message);
