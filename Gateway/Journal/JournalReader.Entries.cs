using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using SQLitePCL;

namespace PatchEdge.Gateway.Journal;

// Entries, and how a row becomes one.
internal sealed partial class JournalReader
{
    /// <summary>A body larger than this, as stored, is not read through the array that is kept.</summary>
    private const int MostKept = 4 * 1024 * 1024;

    private byte[] stored = [];

    /// <summary>Entries from an id on, as many as fit the bound but at least one if there is one.</summary>
    /// <param name="from">First id.</param>
    /// <param name="maximumBytes">Bound on the decompressed bodies together.</param>
    /// <param name="damaged">Receives the id and the reason for each entry whose checksum or content is wrong, or that is missing between others; it is left out of the result.</param>
    /// <param name="room">Where their content shall lie, until that is used again; null gives each an array of its own.</param>
    /// <param name="wanted">Asked for each in turn by id, kind and count; what is not wanted is passed over unread. Null wants all.</param>
    public IReadOnlyList<JournalEntry> Read(
        long from, int maximumBytes, Action<long, string> damaged, EntryRoom? room = null, Func<long, JournalKind, int, bool>? wanted = null)
    {
        var entries = new List<JournalEntry>();
        var passed = 0;
        entriesFrom.Parameters[0].Value = from;
        using var reader = entriesFrom.ExecuteReader();
        var bytes = 0L;
        var before = 0L;
        while (reader.Read())
        {
            var id = reader.GetInt64(0);
            if (before > 0 && id > before + 1)
                damaged(before + 1, id == before + 2 ? "it is missing" : $"it and the entries up to {id - 1} are missing");
            before = id;
            if (reader.GetValue(4) is long and >= 0 and <= BlockCodec.MaximumRawLength and var rawLength)
                bytes += rawLength;
            if (bytes > maximumBytes && entries.Count + passed > 0)
                break;
            if (wanted is not null && reader.GetValue(1) is long and >= 0 and <= int.MaxValue and var kind && reader.GetValue(3) is long and >= 0 and <= int.MaxValue and var count
                && !wanted(id, (JournalKind)kind, (int)count))
            {
                passed++;
                continue;
            }

            try
            {
                entries.Add(Entry(reader, room));
            }
            catch (JournalException exception)
            {
                damaged(id, exception.Message);
            }
        }

        return entries;
    }

    /// <summary>Every entry of one kind, oldest first, one at a time.</summary>
    /// <param name="kind">Any but <see cref="JournalKind.Readings"/>, for which there is no index.</param>
    /// <param name="damaged">As for <see cref="Read"/>.</param>
    public IEnumerable<JournalEntry> OfKind(JournalKind kind, Action<long, string> damaged)
    {
        using var command = Command($"SELECT id, kind, at, count, raw_length, checksum, body FROM entry WHERE kind = {(int)kind} AND kind <> {(int)JournalKind.Readings} ORDER BY at, id");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            JournalEntry? entry = null;
            try
            {
                entry = Entry(reader, null);
            }
            catch (JournalException exception)
            {
                damaged(reader.GetInt64(0), exception.Message);
            }

            if (entry is not null)
                yield return entry;
        }
    }

    /// <summary>The row as it is, whatever SQLite makes of a column that was damaged.</summary>
    private JournalEntry Entry(SqliteDataReader reader, EntryRoom? room)
    {
        if (reader.GetValue(1) is not (long and >= 0 and <= int.MaxValue and var kind) || reader.GetValue(2) is not long at
            || reader.GetValue(3) is not (long and >= 0 and <= int.MaxValue and var count)
            || reader.GetValue(4) is not (long and >= 0 and <= int.MaxValue and var rawLength) || reader.GetValue(5) is not long sum)
            throw new JournalException("its columns are not what they were written as");
        var body = Body(reader);
        var id = reader.GetInt64(0);
        if (unchecked((uint)sum) != BlockCodec.Checksum(id, (JournalKind)kind, at, (int)count, (int)rawLength, body))
            throw new JournalException("its checksum does not match its content");
        BlockCodec.CheckLength((int)rawLength);
        var content = room?.Take((int)rawLength) ?? GC.AllocateUninitializedArray<byte>((int)rawLength);
        BlockCodec.Decompress(body, content);
        return new JournalEntry(id, (JournalKind)kind, new Moment(at), (int)count, content);
    }

    /// <summary>An entry's body as it is stored, good until the next one.</summary>
    private ArraySegment<byte> Body(SqliteDataReader reader)
    {
        if (raw.sqlite3_column_type(reader.Handle!, 6) != raw.SQLITE_BLOB)
            return ArraySegment<byte>.Empty;
        var body = raw.sqlite3_column_blob(reader.Handle!, 6);
        if (body.Length > MostKept)
            return body.ToArray();
        if (stored.Length < body.Length)
            stored = GC.AllocateUninitializedArray<byte>(Math.Min(MostKept, Math.Max(64 * 1024, body.Length * 2)));
        body.CopyTo(stored);
        return new ArraySegment<byte>(stored, 0, body.Length);
    }
}
