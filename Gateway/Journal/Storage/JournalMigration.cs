using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Journal.Blocks;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>Brings the file of an older version to this one, in one transaction, after a copy was made beside it.</summary>
internal static class JournalMigration
{
    /// <summary>Version 2 sums an entry's time too, and cursors.</summary>
    public static void FromVersion1(SqliteConnection connection)
    {
        var copy = Path.ChangeExtension(connection.DataSource, ".version-1.db");
        File.Delete(copy);
        Run(connection, null, "VACUUM INTO $1", copy);
        using var transaction = connection.BeginTransaction();
        Run(connection, transaction, "ALTER TABLE cursor ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0");
        foreach (var (sink, position) in Cursors(connection, transaction))
            Run(connection, transaction, "UPDATE cursor SET checksum = $1 WHERE sink = $2", (long)BlockCodec.Checksum(sink, position), sink);
        for (var next = 0L; Sum(connection, transaction, next) is { } last; next = last)
        {
            // Portion by portion: the file may be larger than the memory.
        }

        Run(connection, transaction, "PRAGMA user_version = 2");
        transaction.Commit();
    }

    private static List<(string, SinkPosition)> Cursors(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = Command(connection, transaction, "SELECT sink, entry, offset FROM cursor");
        using var reader = command.ExecuteReader();
        var cursors = new List<(string, SinkPosition)>();
        while (reader.Read())
            cursors.Add((reader.GetString(0), new SinkPosition(reader.GetInt64(1), reader.GetInt32(2))));
        return cursors;
    }

    /// <summary>Sums the next thousand entries anew; one whose old sum does not match keeps it, and stays recognised as damaged.</summary>
    /// <returns>Id of the last one; null when none was left.</returns>
    private static long? Sum(SqliteConnection connection, SqliteTransaction transaction, long after)
    {
        var sums = new List<(long Id, uint Sum)>();
        long? last = null;
        using (var command = Command(connection, transaction, "SELECT id, kind, at, count, raw_length, checksum, body FROM entry WHERE id > $1 ORDER BY id LIMIT 1000", after))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var (id, kind, at, count, rawLength, body) = (reader.GetInt64(0), (JournalKind)reader.GetInt32(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetInt32(4), reader[6] as byte[] ?? []);
                last = id;
                if (unchecked((uint)reader.GetInt64(5)) == BlockCodec.ChecksumOfVersion1(id, kind, count, rawLength, body))
                    sums.Add((id, BlockCodec.Checksum(id, kind, at, count, rawLength, body)));
            }
        }

        foreach (var (id, sum) in sums)
            Run(connection, transaction, "UPDATE entry SET checksum = $1 WHERE id = $2", (long)sum, id);
        return last;
    }

    private static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, transaction, sql, values);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction? transaction, string sql, params ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var index = 0; index < values.Length; index++)
            command.Parameters.AddWithValue($"${index + 1}", values[index]);
        return command;
    }
}
