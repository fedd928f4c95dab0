using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// Inserts entries through SQLite's own calls: the body is bound where it lies, at any length, where a parameter of a command would take a copy of exactly its size.
/// </summary>
internal sealed class EntryInsert : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;

    public EntryInsert(SqliteConnection connection)
    {
        database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(database, "INSERT INTO entry(id, kind, at, count, raw_length, checksum, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", out statement));
    }

    /// <exception cref="SqliteException">As any command throws it.</exception>
    public void Run(long id, JournalKind kind, long at, int count, int rawLength, uint checksum, ReadOnlySpan<byte> body)
    {
        try
        {
            Check(raw.sqlite3_bind_int64(statement, 1, id));
            Check(raw.sqlite3_bind_int64(statement, 2, (long)kind));
            Check(raw.sqlite3_bind_int64(statement, 3, at));
            Check(raw.sqlite3_bind_int64(statement, 4, count));
            Check(raw.sqlite3_bind_int64(statement, 5, rawLength));
            Check(raw.sqlite3_bind_int64(statement, 6, checksum));
            Check(raw.sqlite3_bind_blob(statement, 7, body));
            Check(raw.sqlite3_step(statement));
        }
        finally
        {
            // What it says was said by the step.
            _ = raw.sqlite3_reset(statement);
            _ = raw.sqlite3_clear_bindings(statement);
        }
    }

    public void Dispose() => statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, database);
}
