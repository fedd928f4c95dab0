using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>The journal's one writing connection with its prepared statements. Used by one loop, one transaction at a time.</summary>
internal sealed class JournalStore : IDisposable
{
    /// <summary>First version without the reset bug that could corrupt a write-ahead log.</summary>
    private static readonly Version OldestSqlite = new(3, 51, 3);

    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.</summary>
    private const int NoCheckpointOnClose = 1006;

    private readonly SqliteConnection connection;
    private readonly List<SqliteCommand> commands = [];
    private readonly EntryInsert insertEntry;
    private readonly MemoryStream packed = new();
    private readonly SqliteCommand upsertGap;
    private readonly SqliteCommand insertAttestation;
    private readonly SqliteCommand upsertEvidence;
    private readonly SqliteCommand upsertCursor;
    private readonly SqliteCommand insertQuarantine;
    private readonly SqliteCommand setMeta;
    private readonly SqliteCommand insertSource;
    private readonly SqliteCommand upsertRepair;
    private readonly SqliteCommand deleteRepair;
    private SqliteTransaction? transaction;

    private JournalStore(SqliteConnection connection)
    {
        this.connection = connection;
        insertEntry = new EntryInsert(connection);
        upsertGap = Prepare("""
            INSERT INTO gap(id, tag, line, server, cause, start, "end", repair, run, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT(id) DO UPDATE SET "end" = excluded."end", repair = excluded.repair, run = excluded.run, detail = excluded.detail
            """, 10);
        insertAttestation = Prepare("INSERT INTO attestation(sequence, start, \"end\", hash, body) VALUES ($1, $2, $3, $4, $5)", 5);
        upsertEvidence = Prepare("INSERT INTO evidence(server, proven) VALUES ($1, $2) ON CONFLICT(server) DO UPDATE SET proven = excluded.proven", 2);
        upsertCursor = Prepare("INSERT INTO cursor(sink, entry, offset, checksum) VALUES ($1, $2, $3, $4) ON CONFLICT(sink) DO UPDATE SET entry = excluded.entry, offset = excluded.offset, checksum = excluded.checksum", 4);
        insertQuarantine = Prepare("INSERT INTO quarantine(sink, entry, at, content, reason) VALUES ($1, $2, $3, $4, $5)", 5);
        setMeta = Prepare("INSERT INTO meta(key, value) VALUES ($1, $2) ON CONFLICT(key) DO UPDATE SET value = excluded.value", 2);
        insertSource = Prepare("INSERT INTO source(id, tag, server) VALUES ($1, $2, $3)", 3);
        upsertRepair = Prepare("""
            INSERT INTO repair(gap, server, urgency, due, attempts, seam) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT(gap) DO UPDATE SET due = excluded.due, attempts = excluded.attempts, seam = excluded.seam
            """, 6);
        deleteRepair = Prepare("DELETE FROM repair WHERE gap = $1", 1);
    }

    public long LastEntry { get; private set; }

    /// <summary>Receives what is appended; null when nobody wants it.</summary>
    public RecentEntries? Recent { get; set; }

    /// <summary>Opens the file, making it and its schema when missing. What an interrupted write left behind is put right by SQLite here.</summary>
    /// <exception cref="JournalException">SQLite is too old, the file is from a newer version or another gateway, or it is damaged.</exception>
    public static JournalStore Open(JournalOptions options, string site, string gateway)
    {
        Directory.CreateDirectory(options.Directory);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = PathOf(options), Pooling = false }.ToString());
        try
        {
            connection.Open();
            if (Version.Parse(connection.ServerVersion) < OldestSqlite)
                throw new JournalException($"SQLite {connection.ServerVersion} could corrupt a write-ahead log. Use the SQLite that is delivered with this program ({OldestSqlite} or later).");
            JournalSchema.Prepare(connection, options, site, gateway);
            var store = new JournalStore(connection);
            store.LastEntryCommitted = store.LastEntry = store.Scalar("SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entry'), 0), coalesce((SELECT max(id) FROM entry), 0))");
            return store;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw new JournalException($"The journal {PathOf(options)} cannot be opened: {exception.Message}. Keep the file for analysis, and start with another data directory.", exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static string PathOf(JournalOptions options) => Path.Combine(options.Directory, "journal.db");

    public void Begin()
    {
        transaction = connection.BeginTransaction(deferred: false);
        foreach (var command in commands)
            command.Transaction = transaction;
    }

    public void Commit()
    {
        transaction!.Commit();
        End();
    }

    /// <summary>Undoes what was begun; a no-op when nothing was, or when SQLite undid it already.</summary>
    public void Rollback()
    {
        try
        {
            transaction?.Rollback();
        }
        catch (SqliteException)
        {
            // A failed write has rolled back by itself.
        }

        LastEntry = LastEntryCommitted;
        End();
    }

    public long LastEntryCommitted { get; private set; }

    /// <returns>The entry's id.</returns>
    public long Append(JournalKind kind, Moment at, int count, ReadOnlySpan<byte> content)
    {
        var body = BlockCodec.Compress(content, packed);
        var id = LastEntry + 1;
        insertEntry.Run(id, kind, at.UnixMilliseconds, count, content.Length, BlockCodec.Checksum(id, kind, at.UnixMilliseconds, count, content.Length, body), body);
        LastEntry = id;
        Recent?.Add(id, kind, at, count, content);
        return id;
    }

    public void Put(Gap gap) => Run(
        upsertGap, gap.Id, gap.Tag, gap.Line, gap.Server, gap.Cause.ToString(), gap.Start.ToUnixTimeMilliseconds(),
        gap.End?.ToUnixTimeMilliseconds(), gap.Repair.ToString(), gap.Run, gap.Detail);

    public void Put(AttestedSpan span) => Run(
        insertAttestation, span.Attestation.Sequence, span.Attestation.Start.ToUnixTimeMilliseconds(), span.Attestation.End.ToUnixTimeMilliseconds(), span.Hash, span.Body);

    /// <param name="server">Name of the server; empty for the gateway's own life.</param>
    /// <param name="proven">Up to where it is proven.</param>
    public void PutEvidence(string server, Moment proven) => Run(upsertEvidence, server, proven.UnixMilliseconds);

    public void PutCursor(string sink, SinkPosition position) =>
        Run(upsertCursor, sink, position.Entry, (long)position.Offset, (long)BlockCodec.Checksum(sink, position));

    public void Quarantine(string sink, long entry, Moment at, string content, string reason) =>
        Run(insertQuarantine, sink, entry, at.UnixMilliseconds, content, reason);

    public void PutSource(int id, string tag, string server) => Run(insertSource, (long)id, tag, server);

    public void Put(RepairRow row) => Run(upsertRepair, row.Gap, row.Server, (long)row.Urgency, row.Due.UnixMilliseconds, (long)row.Attempts, row.Seam);

    public void Put(RunSpan span)
    {
        Execute("INSERT INTO run(run, line, start) VALUES ($1, $2, $3) ON CONFLICT(run, line) DO NOTHING", span.Run, span.Line, span.Start.UnixMilliseconds);
        Execute("UPDATE run SET \"end\" = $3 WHERE run = $1 AND line = $2", span.Run, span.Line, span.End is { } end ? end.UnixMilliseconds : DBNull.Value);
    }

    public void DeleteRepair(string gap) => Run(deleteRepair, gap);

    public void SetMeta(string key, string value) => Run(setMeta, key, value);

    public long Scalar(string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar() is { } value and not DBNull ? value : 0L, null);
    }

    public int Execute(string sql, params ReadOnlySpan<object> values)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var index = 0; index < values.Length; index++)
            command.Parameters.AddWithValue($"${index + 1}", values[index]);
        return command.ExecuteNonQuery();
    }

    /// <summary>Pages in use as part of the pages allowed.</summary>
    public double Fill() =>
        (double)(Scalar("PRAGMA page_count") - Scalar("PRAGMA freelist_count")) / Math.Max(1, Scalar("PRAGMA max_page_count"));

    /// <summary>Bytes inside the file that deleted entries left, for others to use.</summary>
    public long RoomInside => Scalar("PRAGMA freelist_count") * Scalar("PRAGMA page_size");

    /// <summary>Bytes in use.</summary>
    public long Used => (Scalar("PRAGMA page_count") * Scalar("PRAGMA page_size")) - RoomInside;

    /// <summary>
    /// Writes everything in the log into the file itself, and syncs that. After a sync that failed the system may call pages clean that never
    /// reached the disk; only what is written anew and synced without fault is durable.
    /// </summary>
    /// <returns>False when a reader is in the way.</returns>
    public bool Settle()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        using var reader = command.ExecuteReader();
        return reader.Read() && (reader.GetInt32(0) == 0 || reader.GetInt32(1) == reader.GetInt32(2));
    }

    /// <summary>Gives the file up after a fault: closing must not sync what a sync has failed for.</summary>
    public void Forsake()
    {
        SQLitePCL.raw.sqlite3_db_config(connection.Handle!, NoCheckpointOnClose, 1, out _);
        Dispose();
    }

    public void Dispose()
    {
        try
        {
            Rollback();
            insertEntry.Dispose();
            foreach (var command in commands)
                command.Dispose();
        }
        finally
        {
            connection.Dispose();
        }
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var index = 0; index < values.Length; index++)
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }

    private void End()
    {
        LastEntryCommitted = LastEntry;
        transaction?.Dispose();
        transaction = null;
        foreach (var command in commands)
            command.Transaction = null;
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var index = 1; index <= parameters; index++)
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${index}" });
        command.Prepare();
        commands.Add(command);
        return command;
    }
}
