using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// How far the journal reached, kept beside it and never synced: after the process died the number is there, after the power failed an older
/// one is. A journal that reaches less far than its tail says has lost what was acknowledged: a damaged log, or an old copy put in its place.
/// </summary>
internal sealed class JournalTail : IDisposable
{
    private const int Length = 16;

    private readonly SafeFileHandle file;
    private readonly byte[] bytes = new byte[Length];

    public JournalTail(string directory) =>
        file = File.OpenHandle(Path.Combine(directory, "journal.tail"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>Id of the newest entry that was durable; 0 when nothing, or nothing readable, is noted.</summary>
    public long Read()
    {
        if (RandomAccess.Read(file, bytes, 0) != Length)
            return 0;
        var entry = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)) == ~entry ? entry : 0;
    }

    public void Write(long entry)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, entry);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), ~entry);
        try
        {
            RandomAccess.Write(file, bytes, 0);
        }
        catch (IOException)
        {
            // A tail that is too short claims less than it might: it accuses nobody wrongly.
        }
    }

    public void Dispose() => file.Dispose();
}
