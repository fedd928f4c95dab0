using System.Buffers.Binary;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Simulator.Recording;

/// <summary>What all writers of a record put down, read as far as it is whole.</summary>
/// <param name="Values">By server, life, and in the order in which they were produced.</param>
/// <param name="Faults">By their beginning.</param>
/// <param name="Notes">What is not whole, as sentences: a frame that a kill cut off, files that had to go for their age.</param>
internal sealed record PlantRecord(IReadOnlyList<ProducedValue> Values, IReadOnlyList<InjectedFault> Faults, IReadOnlyList<string> Notes)
{
    /// <summary>Reads a directory while its writers go on, or after they were killed.</summary>
    /// <exception cref="InvalidDataException">A file is none of a record.</exception>
    public static PlantRecord Read(string directory)
    {
        var (values, notes) = (new List<ProducedValue>(), new List<string>());
        var faults = new Dictionary<(string Writer, DateTime Life, long Id), InjectedFault>();
        var lives = new HashSet<(string Writer, DateTime Life)>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + RecordFormat.Ending).Order(StringComparer.Ordinal))
            ReadFile(path, lives, values, faults, notes);
        return new PlantRecord(values, [.. faults.Values.OrderBy(fault => fault.From)], notes);
    }

    private static void ReadFile(
        string path, HashSet<(string, DateTime)> lives, List<ProducedValue> values, Dictionary<(string, DateTime, long), InjectedFault> faults, List<string> notes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var tags = new List<(string Name, long Next)>();
        var head = new byte[RecordFormat.HeadLength];
        var (writer, life, lastTime) = ("", default(DateTime), 0L);
        for (var at = 0L; at < file.Length;)
        {
            if (ReadFrame(file, head) is not { } bytes)
            {
                notes.Add($"{Path.GetFileName(path)} ends with {file.Length - at} bytes that are no whole frame");
                return;
            }

            at += RecordFormat.HeadLength + bytes.Length;
            using var body = new BinaryReader(new MemoryStream(bytes));
            var kind = (RecordFrame)body.ReadByte();
            if (writer.Length == 0 && kind != RecordFrame.Head)
                throw new InvalidDataException($"{path} does not begin as the record of a plant: name the directory that --record was given");
            switch (kind)
            {
                case RecordFrame.Head:
                    if (body.ReadString() is var name && name != RecordFormat.Name)
                        throw new InvalidDataException($"{path} is '{name}', not '{RecordFormat.Name}': read it with the program that wrote it");
                    (writer, life) = (body.ReadString(), new DateTime(body.ReadInt64(), DateTimeKind.Utc));
                    if (lives.Add((writer, life)) && body.Read7BitEncodedInt() > 0)
                        notes.Add($"{Path.GetFileName(path)} is the oldest file left of {writer} since {life:O}");
                    break;
                case RecordFrame.Tag:
                    tags.Add((body.ReadString(), body.Read7BitEncodedInt64()));
                    break;
                case RecordFrame.Values:
                    while (body.BaseStream.Position < body.BaseStream.Length)
                    {
                        var tag = body.Read7BitEncodedInt();
                        lastTime += RecordFormat.Unfold(body.Read7BitEncodedInt64());
                        var status = new StatusCode((uint)body.Read7BitEncodedInt64());
                        var content = new UaBinaryReader(body.ReadBytes(body.Read7BitEncodedInt())).ReadVariant();
                        values.Add(new ProducedValue(writer, life, tags[tag].Name, tags[tag].Next, new DateTime(lastTime, DateTimeKind.Utc), status, content));
                        tags[tag] = tags[tag] with { Next = tags[tag].Next + 1 };
                    }

                    break;
                case RecordFrame.Fault:
                    var id = body.Read7BitEncodedInt64();
                    var (what, target, from, to) = ((FaultKind)body.ReadByte(), body.ReadString(), body.ReadInt64(), body.ReadInt64());
                    faults[(writer, life, id)] = new InjectedFault(what, target, new DateTimeOffset(from, TimeSpan.Zero), to == 0 ? null : new DateTimeOffset(to, TimeSpan.Zero));
                    break;
                default:
                    notes.Add($"{Path.GetFileName(path)} holds a frame of kind {(byte)kind}, which this program does not know");
                    break;
            }
        }
    }

    /// <returns>Null when the rest of the file is no whole frame.</returns>
    private static byte[]? ReadFrame(FileStream file, byte[] head)
    {
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 1 or > RecordFormat.LongestBody)
            return null;
        var body = new byte[length];
        return file.ReadAtLeast(body, length, throwOnEndOfStream: false) == length && RecordFormat.Checksum(body) == BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)) ? body : null;
    }
}
