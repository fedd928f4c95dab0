using System.Globalization;
using Microsoft.Data.Sqlite;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Tree;

namespace PatchEdge.Benchmarks.Ledger;

/// <summary>Writes entries that nobody measures, in large transactions and without syncs: as long as the scheduler's own, hashed and put into the tree by its own code, a signed head now and then.</summary>
internal sealed class LedgerFiller(string file, PermitSigner signer)
{
    private const int Transaction = 100_000;
    private const int HeadEvery = 5_000;

    private readonly TreeFrontier tree = new();
    private string previous = LedgerBook.Genesis;

    /// <summary>Entries that were appended meanwhile.</summary>
    public void Take(IEnumerable<LedgerEntry> added)
    {
        foreach (var entry in added)
        {
            tree.Append(Convert.FromHexString(entry.Hash));
            previous = entry.Hash;
        }
    }

    public void FillTo(long size)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        Run(connection, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;");
        while (tree.Size < size)
        {
            using var transaction = connection.BeginTransaction();
            using var entry = Command(connection, "INSERT INTO ledger (\"Index\", Json, Hash) VALUES ($a, $b, $c)");
            using var node = Command(connection, "INSERT INTO ledger_node (Level, Number, Hash) VALUES ($a, $b, $c)");
            for (var i = 0; i < Transaction && tree.Size < size; i++)
            {
                var index = tree.Size + 1;
                var json = Json(index);
                var leaf = TreeHash.Leaf(json);
                previous = Convert.ToHexStringLower(leaf);
                Insert(entry, index, json, previous);
                tree.Append(leaf, (position, hash) => Insert(node, position.Level, position.Number, hash));
                if (index % HeadEvery == 0)
                    SignHead(connection);
            }

            transaction.Commit();
        }

        // What was filled in must not be written out while appends are measured.
        Run(connection, "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);");
    }

    /// <summary>Ten entries to a run; runs are numbered so that the index over subjects grows at its end.</summary>
    private string Json(long index) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"action":"transition","actor":"scheduler","after":{"state":"Armed","token":null},"at":"2026-11-23T00:00:00.000Z","before":{"state":"Approved"},"boot":"5f0c6c0f3a0e4d3f9d1f0a5b6c7d8e9f","index":{{index}},"monotonic":{{index * 100}},"previous":"{{previous}}","reason":"waiting for its gates","subject":"JOB-{{index / 10:000000000}}.1"}
        """);

    private void SignHead(SqliteConnection connection)
    {
        var head = new LedgerHead { Site = "Large", Size = tree.Size, Root = Convert.ToHexStringLower(tree.Root), At = DateTimeOffset.UnixEpoch };
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO ledger_head (Size, Root, At, IsRelease, Token) VALUES ($size, $root, 0, 0, $token)";
        insert.Parameters.AddWithValue("$size", head.Size);
        insert.Parameters.AddWithValue("$root", head.Root);
        insert.Parameters.AddWithValue("$token", signer.Sign(head));
        insert.ExecuteNonQuery();
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in new[] { "$a", "$b", "$c" })
            command.Parameters.Add(new SqliteParameter(name, null));
        return command;
    }

    private static void Insert(SqliteCommand command, object a, object b, object c)
    {
        (command.Parameters[0].Value, command.Parameters[1].Value, command.Parameters[2].Value) = (a, b, c);
        command.ExecuteNonQuery();
    }
}
