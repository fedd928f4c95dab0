using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Benchmarks.Ledger;

/// <summary>Appends to a ledger of ever more entries, and proves entries of it: both must cost what the tree's height costs, not its size.</summary>
/// <remarks>Between the sizes entries are filled in by bulk, with the same tree code; what is measured goes the scheduler's own way, each append synced to the disk.</remarks>
internal static class LedgerBenchmark
{
    private const int Samples = 500;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var most = arguments.Number("entries", 10_000_000);
        var keep = arguments.Text("file", "");
        arguments.End();
        var folder = Directory.CreateTempSubdirectory("patchedge-ledger-");
        try
        {
            var file = keep.Length > 0 ? keep : Path.Combine(folder.FullName, "scheduler.db");
            await using (var db = Open(file))
                await Schema.PrepareAsync(db, file, CancellationToken.None);
            var filler = new Filler(file);
            Console.WriteLine("| entries | append µs median (p95) | with its synced commit | inclusion proof µs median (p95) | hashes | bytes | consistency proof µs median (p95) | hashes |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (var size in new[] { 10_000, 1_000_000, 10_000_000 }.Where(size => size <= most))
            {
                filler.FillTo(size - Samples);
                filler.Take(await AppendAsync(file, size));
                await ProveAsync(file, size);
            }

            return 0;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    private static SchedulerDb Open(string file) =>
        new(new DbContextOptionsBuilder<SchedulerDb>().UseSqlite($"Data Source={file}").AddInterceptors(new DurablePragmas()).Options);

    /// <summary>As the scheduler appends: a context and a synced transaction for each entry.</summary>
    private static async Task<List<LedgerEntry>> AppendAsync(string file, long size)
    {
        var book = new LedgerBook(TimeProvider.System);
        var added = new List<LedgerEntry>();
        var (times, synced) = (new List<double>(), new List<double>());
        for (var i = 0; i < Samples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await using var db = Open(file);
            added.Add(await book.AppendAsync(db, new LedgerRecord { Actor = "scheduler", Action = "transition", Subject = $"JOB-{i}.1", Reason = "measured" }, CancellationToken.None));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            await db.SaveChangesAsync();
            synced.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        Console.Write(string.Create(CultureInfo.InvariantCulture, $"| {size:N0} | {Figure(times)} | {Figure(synced)} |"));
        return added;
    }

    private static async Task ProveAsync(string file, long size)
    {
        var random = new Random(1);
        var (inclusion, consistency) = (new List<double>(), new List<double>());
        var (hashes, longest) = (0, 0);
        byte[] root;
        await using (var db = Open(file))
            root = await TreeProofs.RootAsync(size, StoredTree.Of(db, CancellationToken.None));
        for (var i = 0; i < Samples; i++)
        {
            var leaf = random.NextInt64(size);
            var start = Stopwatch.GetTimestamp();
            await using (var db = Open(file))
            {
                var path = await TreeProofs.InclusionAsync(leaf, size, StoredTree.Of(db, CancellationToken.None));
                inclusion.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                hashes = Math.Max(hashes, path.Count);
                var entry = (await db.Ledger.FindAsync(leaf + 1))!;
                if (!TreeVerifier.Includes(leaf, Convert.FromHexString(entry.Hash), size, root, path))
                    throw new InvalidOperationException($"The proof of entry {leaf + 1} of {size} does not verify.");
            }

            start = Stopwatch.GetTimestamp();
            await using var again = Open(file);
            longest = Math.Max(longest, (await TreeProofs.ConsistencyAsync(leaf + 1, size, StoredTree.Of(again, CancellationToken.None))).Count);
            consistency.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $" {Figure(inclusion)} | {hashes} | {hashes * TreeHash.Length} | {Figure(consistency)} | {longest} |"));
    }

    private static string Figure(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:N0} ({times[times.Count * 95 / 100]:N0})");
    }

    /// <summary>Writes entries that nobody measures, in large transactions.</summary>
    private sealed class Filler(string file)
    {
        private readonly TreeFrontier tree = new();
        private string previous = LedgerBook.Genesis;

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
            using (var pragma = connection.CreateCommand())
            {
                pragma.CommandText = "PRAGMA synchronous = OFF;";
                pragma.ExecuteNonQuery();
            }

            while (tree.Size < size)
            {
                using var transaction = connection.BeginTransaction();
                using var entry = Command(connection, "INSERT INTO ledger (\"Index\", Json, Hash) VALUES ($a, $b, $c)");
                using var node = Command(connection, "INSERT INTO ledger_node (Level, Number, Hash) VALUES ($a, $b, $c)");
                for (var i = 0; i < 100_000 && tree.Size < size; i++)
                {
                    var index = tree.Size + 1;
                    var json = $$"""{"action":"transition","index":{{index}},"previous":"{{previous}}","subject":"JOB-{{index / 10}}.1"}""";
                    var leaf = TreeHash.Leaf(json);
                    previous = Convert.ToHexStringLower(leaf);
                    Insert(entry, index, json, previous);
                    tree.Append(leaf, (position, hash) => Insert(node, position.Level, position.Number, hash));
                }

                transaction.Commit();
            }

            // What was filled in must not be written out while appends are measured.
            using var settle = connection.CreateCommand();
            settle.CommandText = "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);";
            settle.ExecuteNonQuery();
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
}
