using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>The tables that a ledger kept as a chain alone did not have.</summary>
internal static class LedgerTables
{
    /// <summary>As EF makes them for a new file.</summary>
    public const string Create = """
        CREATE TABLE "ledger_node" (
            "Level" INTEGER NOT NULL,
            "Number" INTEGER NOT NULL,
            "Hash" BLOB NOT NULL,
            CONSTRAINT "PK_ledger_node" PRIMARY KEY ("Level", "Number")
        );
        CREATE TABLE "ledger_head" (
            "Size" INTEGER NOT NULL CONSTRAINT "PK_ledger_head" PRIMARY KEY,
            "Root" TEXT NOT NULL,
            "At" INTEGER NOT NULL,
            "IsRelease" INTEGER NOT NULL,
            "Token" TEXT NOT NULL
        );

        """;

    /// <summary>What EF does not say.</summary>
    public const string AlsoCreate = """
        CREATE INDEX ledger_subject ON ledger(json_extract(Json, '$.subject'), "Index");
        CREATE TRIGGER ledger_node_never_updates BEFORE UPDATE ON ledger_node BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER ledger_node_never_deletes BEFORE DELETE ON ledger_node BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

        """;

    /// <summary>Entries of one subject, by the index over it.</summary>
    public static IQueryable<LedgerEntry> OfSubject(SchedulerDb db, string subject) => db.Database.IsNpgsql()
        ? db.Ledger.FromSql($"""SELECT * FROM ledger WHERE CAST("Json" AS json) ->> 'subject' = {subject}""")
        : db.Ledger.FromSql($"""SELECT * FROM ledger WHERE json_extract(Json, '$.subject') = {subject}""");

    /// <summary>Makes the subtrees of the entries that there are.</summary>
    public static async Task FillAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var read = connection.CreateCommand();
        (read.Transaction, read.CommandText) = (transaction, "SELECT Hash FROM ledger ORDER BY \"Index\"");
        await using var write = connection.CreateCommand();
        (write.Transaction, write.CommandText) = (transaction, "INSERT INTO ledger_node (\"Level\", \"Number\", \"Hash\") VALUES ($level, $number, $hash)");
        var (level, number, hash) = (Parameter(write, "$level"), Parameter(write, "$number"), Parameter(write, "$hash"));
        var tree = new TreeFrontier();
        await using var rows = await read.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            tree.Append(Convert.FromHexString(rows.GetString(0)), (position, node) =>
            {
                (level.Value, number.Value, hash.Value) = (position.Level, position.Number, node);
                write.ExecuteNonQuery();
            });
    }

    private static DbParameter Parameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
