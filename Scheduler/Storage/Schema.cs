using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Storage;

/// <summary>Brings a database file to the schema that this program knows, or refuses it.</summary>
/// <remarks>The version is SQLite's <c>user_version</c>. A newer one is refused; an older one is migrated step by step after a copy was put beside it.</remarks>
internal static class Schema
{
    public const int Version = 7;

    /// <summary>SQLite whose write-ahead log is known to be sound; older ones could corrupt it.</summary>
    private static readonly Version SoundSqlite = new(3, 51, 3);

    /// <summary>Step <c>n</c> leads from version <c>n + 1</c> to <c>n + 2</c>.</summary>
    private static readonly SchemaStep[] Steps =
    [
        new(LedgerTables.Create + LedgerTables.AlsoCreate, LedgerTables.FillAsync),
        new(Waivers),
        new("""ALTER TABLE "job" ADD COLUMN "GapBudget" INTEGER NULL;"""),
        new(Campaigns),
        new(Signatures) { Postgres = Signatures },
        new(WaiverMinutes) { Postgres = WaiverMinutes },
    ];

    /// <summary>Times are in milliseconds.</summary>
    private const string WaiverMinutes = """
        ALTER TABLE "waiver" ADD COLUMN "Minutes" INTEGER NOT NULL DEFAULT 0;
        UPDATE "waiver" SET "Minutes" = ("Until" - "SignedAt" + 30000) / 60000;
        """;

    /// <summary>What was approved or settled without a signature counts no more; the ledger keeps who did.</summary>
    private const string Signatures = """
        ALTER TABLE "job_approval" ADD COLUMN "Signature" TEXT NULL;
        ALTER TABLE "campaign_approval" ADD COLUMN "Signature" TEXT NULL;
        ALTER TABLE "waiver" ADD COLUMN "GapBudget" TEXT NULL;
        UPDATE "run" SET "SettledBy" = NULL, "SettledAs" = NULL WHERE "State" = 'Quarantined';
        """;

    private const string Waivers = """
        CREATE TABLE "waiver" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_waiver" PRIMARY KEY AUTOINCREMENT,
            "RunId" TEXT NOT NULL,
            "Kind" TEXT NOT NULL,
            "Subject" TEXT NOT NULL,
            "SignedBy" TEXT NOT NULL,
            "SignedAt" INTEGER NOT NULL,
            "CosignedBy" TEXT NULL,
            "CosignedAt" INTEGER NULL,
            "Reason" TEXT NOT NULL,
            "Until" INTEGER NOT NULL
        );
        CREATE INDEX "IX_waiver_RunId" ON "waiver" ("RunId");
        """;

    private const string Campaigns = """
        CREATE TABLE "campaign" (
            "Id" TEXT NOT NULL CONSTRAINT "PK_campaign" PRIMARY KEY,
            "Content" TEXT NOT NULL,
            "ContentHash" TEXT NOT NULL,
            "RequestedBy" TEXT NOT NULL,
            "RequestedAt" INTEGER NOT NULL,
            "Source" TEXT NOT NULL,
            "Plan" TEXT NULL,
            "PlanHash" TEXT NULL,
            "PlannedAt" INTEGER NULL,
            "HaltedSince" INTEGER NULL,
            "HaltReason" TEXT NULL,
            "FailuresAccepted" INTEGER NOT NULL
        );
        CREATE TABLE "campaign_job" (
            "JobId" TEXT NOT NULL CONSTRAINT "PK_campaign_job" PRIMARY KEY,
            "CampaignId" TEXT NOT NULL,
            "Wave" INTEGER NOT NULL
        );
        CREATE TABLE "campaign_approval" (
            "CampaignId" TEXT NOT NULL,
            "PlanHash" TEXT NOT NULL,
            "By" TEXT NOT NULL,
            "At" INTEGER NOT NULL,
            "Comment" TEXT NOT NULL,
            CONSTRAINT "PK_campaign_approval" PRIMARY KEY ("CampaignId", "PlanHash", "By")
        );
        CREATE INDEX "IX_campaign_job_CampaignId" ON "campaign_job" ("CampaignId");
        """;

    /// <summary>What EF does not say: the ledger can only grow, and its entries are found by their subject.</summary>
    private const string AppendOnlyLedger = """
        CREATE TRIGGER ledger_never_updates BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER ledger_never_deletes BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        """ + LedgerTables.AlsoCreate;

    /// <summary>Of the scheduler's own tables.</summary>
    public static SchemaPlan Plan => new(Version, Steps, AppendOnlyLedger) { AlsoCreatePostgres = PostgresTables.Scheduler, IsInTerm = true };

    /// <exception cref="SchemaException">The file was written by a newer program, or this SQLite is not sound.</exception>
    public static Task PrepareAsync(SchedulerDb db, string file, CancellationToken cancellation) => PrepareAsync(db, file, Plan, cancellation);

    /// <inheritdoc cref="PrepareAsync(SchedulerDb, string, CancellationToken)"/>
    public static async Task PrepareAsync(DbContext db, string file, SchemaPlan plan, CancellationToken cancellation)
    {
        await db.Database.OpenConnectionAsync(cancellation);
        var connection = db.Database.GetDbConnection();
        if (System.Version.Parse(connection.ServerVersion) < SoundSqlite)
            throw new SchemaException($"SQLite {connection.ServerVersion} is older than {SoundSqlite}, whose write-ahead log may corrupt: install a newer one");
        await ExecuteAsync(connection, "PRAGMA journal_mode = WAL;", cancellation);

        var version = Convert.ToInt32(await ScalarAsync(connection, "PRAGMA user_version;", cancellation));
        if (version > plan.Version)
            throw new SchemaException($"{file} has schema {version}, this program knows {plan.Version}: start the newer program, or restore a backup");
        if (version == 0)
            await CreateAsync(db, connection, plan, cancellation);
        else if (version < plan.Version)
            await MigrateAsync(connection, file, version, plan, cancellation);
    }

    /// <summary>Has another library's file written ahead too, so that its commits cost one sync and its readers wait for no writer.</summary>
    public static async Task WriteAheadAsync(string file, CancellationToken cancellation)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file}");
        await connection.OpenAsync(cancellation);
        await ExecuteAsync(connection, "PRAGMA journal_mode = WAL;", cancellation);
    }

    private static async Task CreateAsync(DbContext db, DbConnection connection, SchemaPlan plan, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, db.Database.GenerateCreateScript(), cancellation, transaction);
        await ExecuteAsync(connection, $"{plan.AlsoCreate} PRAGMA user_version = {plan.Version};", cancellation, transaction);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task MigrateAsync(DbConnection connection, string file, int version, SchemaPlan plan, CancellationToken cancellation)
    {
        var backup = $"{file}.v{version}.backup";
        if (!File.Exists(backup))
            await ExecuteAsync(connection, $"VACUUM INTO '{backup.Replace("'", "''", StringComparison.Ordinal)}';", cancellation);
        for (; version < plan.Version; version++)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            var step = plan.Steps[version - 1];
            command.CommandText = step.Sql;
            await command.ExecuteNonQueryAsync(cancellation);
            if (step.Fill is { } fill)
                await fill(connection, transaction, cancellation);
            command.CommandText = $"PRAGMA user_version = {version + 1};";
            await command.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
    }

    private static async Task ExecuteAsync(
        DbConnection connection, string sql, CancellationToken cancellation, IDbContextTransaction? transaction = null)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction?.GetDbTransaction();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancellation);
    }
}

/// <param name="Version">The schema that this program knows.</param>
/// <param name="Steps">Step <c>n</c> leads from version <c>n + 1</c> to <c>n + 2</c>.</param>
/// <param name="AlsoCreate">SQL for a new file, beyond what EF makes of the model.</param>
internal sealed record SchemaPlan(int Version, SchemaStep[] Steps, string AlsoCreate = "")
{
    /// <summary>The same for a new PostgreSQL database.</summary>
    public string AlsoCreatePostgres { get; init; } = "";

    /// <summary>Its tables are written by whoever has the lease, and by nobody else.</summary>
    public bool IsInTerm { get; init; }
}

/// <param name="Sql">Changes the tables.</param>
/// <param name="Fill">Fills them, in the same transaction, where SQL cannot; null when there is nothing to fill.</param>
internal sealed record SchemaStep(string Sql, Func<DbConnection, DbTransaction, CancellationToken, Task>? Fill = null)
{
    /// <summary>The same change in PostgreSQL's words; null for steps from before it could be used. <c>INTEGER</c> there has 32 bits: say <c>bigint</c>.</summary>
    public string? Postgres { get; init; }
}

/// <summary>The database file cannot be used by this program; the message says what to do.</summary>
internal sealed class SchemaException(string message) : Exception(message);
