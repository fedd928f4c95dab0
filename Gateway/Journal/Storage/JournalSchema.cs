using Microsoft.Data.Sqlite;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>Makes the journal's tables, and refuses a file that is not ours to write.</summary>
internal static class JournalSchema
{
    public const int Version = 2;

    private const int PageSize = 8192;

    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE source(id INTEGER PRIMARY KEY, tag TEXT NOT NULL, server TEXT NOT NULL, UNIQUE(tag, server));
        CREATE TABLE entry(
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
            raw_length INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE INDEX entry_kind ON entry(kind, at) WHERE kind <> 1;
        CREATE TABLE gap(
            id TEXT PRIMARY KEY, tag TEXT NOT NULL, line TEXT NOT NULL, server TEXT NOT NULL, cause TEXT NOT NULL,
            start INTEGER NOT NULL, "end" INTEGER, repair TEXT NOT NULL, run TEXT, detail TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX gap_tag ON gap(tag, start);
        CREATE INDEX gap_open ON gap(start) WHERE "end" IS NULL;
        CREATE TABLE attestation(sequence INTEGER PRIMARY KEY, start INTEGER NOT NULL, "end" INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE evidence(server TEXT PRIMARY KEY, proven INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE cursor(sink TEXT PRIMARY KEY, entry INTEGER NOT NULL, offset INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE quarantine(id INTEGER PRIMARY KEY, sink TEXT NOT NULL, entry INTEGER NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL, reason TEXT NOT NULL);
        """;

    /// <summary>What was added since without a new version: an older program neither knows nor needs it.</summary>
    private const string Additions = """
        CREATE TABLE IF NOT EXISTS repair(
            gap TEXT PRIMARY KEY, server TEXT NOT NULL, urgency INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL, seam INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS repair_due ON repair(server, urgency DESC, due);
        CREATE TABLE IF NOT EXISTS definition(source INTEGER PRIMARY KEY, since INTEGER NOT NULL, text TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS run(run TEXT NOT NULL, line TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER, PRIMARY KEY(run, line)) WITHOUT ROWID;
        """;

    public static void Prepare(SqliteConnection connection, JournalOptions options, string site, string gateway)
    {
        Run(connection, $"PRAGMA page_size = {PageSize}; PRAGMA busy_timeout = 5000;");
        if (Text(connection, "PRAGMA journal_mode = WAL") != "wal")
            throw new JournalException($"{connection.DataSource} lies on a file system that cannot hold a write-ahead log. Put the data directory on a local disk.");
        Run(connection, "PRAGMA synchronous = FULL; PRAGMA checkpoint_fullfsync = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;");
        if (Text(connection, "PRAGMA user_version") == "1")
            JournalMigration.FromVersion1(connection);
        var version = Text(connection, "PRAGMA user_version");
        if (version == "0")
        {
            using var transaction = connection.BeginTransaction();
            Run(connection, Tables + $"""

                INSERT INTO meta VALUES ('site', {Quoted(site)}), ('gateway', {Quoted(gateway)});
                PRAGMA user_version = {Version};
                """, transaction);
            transaction.Commit();
        }
        else if (version != Version.ToString(null, null))
        {
            throw new JournalException($"{connection.DataSource} has schema {version}, this program writes {Version}. Use the program that made it, or another data directory.");
        }

        var owner = Text(connection, "SELECT group_concat(value, '/') FROM (SELECT value FROM meta WHERE key IN ('site', 'gateway') ORDER BY key DESC)");
        if (owner != $"{site}/{gateway}")
            throw new JournalException($"{connection.DataSource} is the journal of gateway {owner}, not of {site}/{gateway}. Give each gateway a data directory of its own.");
        Run(connection, Additions);
        // What the log holds must fit the file a second time before the log is let go: on a full disk only the reserve has room for that.
        Run(connection, $"PRAGMA wal_autocheckpoint = {Math.Clamp(options.ReserveBytes / 4 / PageSize, 16, 1000)}");
        Run(connection, $"PRAGMA max_page_count = {Math.Max(64, options.MaximumBytes / PageSize)}");
    }

    private static void Run(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private static string Text(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), null) ?? "";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
