using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Benchmarks.Ledger;

/// <summary>Appends to a ledger of ever more entries, proves entries of it, and starts over it: that must cost what the tree's height costs, not its size.</summary>
/// <remarks>Between the sizes entries are filled in by bulk; what is measured goes the scheduler's own way, each append synced to the disk. A walk of the whole shows that both make one ledger.</remarks>
internal static class LedgerBenchmark
{
    private const int Samples = 500;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var most = arguments.Number("entries", 10_000_000);
        var keep = arguments.Text("file", "");
        var walks = arguments.Flag("walk");
        arguments.End();
        var folder = Directory.CreateTempSubdirectory("patchedge-ledger-");
        try
        {
            var file = keep.Length > 0 ? keep : Path.Combine(folder.FullName, "scheduler.db");
            await using (var db = Open(file))
                await Schema.PrepareAsync(db, file, CancellationToken.None);
            using var signer = PermitSigner.Open(Path.Combine(folder.FullName, "signing.pem"));
            var anchors = new LedgerAnchors(Path.Combine(folder.FullName, "heads.txt"));
            var filler = new LedgerFiller(file, signer);
            Console.WriteLine("| entries | append µs median (p95) | with its synced commit | inclusion proof µs median (p95) | hashes | bytes | consistency proof µs median (p95) | hashes | start, ms (CPU) | walks | whole walk, CPU-s | filled, CPU-s |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (var size in new[] { 10_000, 1_000_000, 10_000_000 }.Where(size => size <= most))
            {
                var filling = Process.GetCurrentProcess().TotalProcessorTime;
                filler.FillTo(size - Samples);
                filling = Process.GetCurrentProcess().TotalProcessorTime - filling;
                filler.Take(await AppendAsync(file, size, anchors));
                await ProveAsync(file, size);
                await StartAsync(file, anchors, signer, walks);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $" {filling.TotalSeconds:N0} |"));
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
    private static async Task<List<LedgerEntry>> AppendAsync(string file, long size, LedgerAnchors anchors)
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
            anchors.Note(added[^1]);
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

        Console.Write(string.Create(CultureInfo.InvariantCulture, $" {Figure(inclusion)} | {hashes} | {hashes * TreeHash.Length} | {Figure(consistency)} | {longest} |"));
    }

    /// <summary>What a start does before anything can be released; and, when asked for, what is then done beside the work.</summary>
    private static async Task StartAsync(string file, LedgerAnchors anchors, PermitSigner signer, bool walks)
    {
        var (start, used) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        await using var db = Open(file);
        var check = await LedgerVerifier.RunRecentAsync(db, anchors.Read(signer.ReadHead), signer.ReadHead, CancellationToken.None);
        var (took, cpu) = (Stopwatch.GetElapsedTime(start), Process.GetCurrentProcess().TotalProcessorTime - used);
        Console.Write(string.Create(CultureInfo.InvariantCulture, $" {took.TotalMilliseconds:N0} ({cpu.TotalMilliseconds:N0}) | {check.Entries - check.From:N0} |"));
        used = Process.GetCurrentProcess().TotalProcessorTime;
        if (walks)
            check = await LedgerVerifier.RunAsync(db, anchors.Read(signer.ReadHead), CancellationToken.None);
        if (check.Fault is { } fault)
            throw new InvalidOperationException($"The ledger does not verify: {fault}.");
        Console.Write(string.Create(CultureInfo.InvariantCulture, $" {(walks ? (Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds.ToString("N0", CultureInfo.InvariantCulture) : "")} |"));
    }

    private static string Figure(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:N0} ({times[times.Count * 95 / 100]:N0})");
    }
}
