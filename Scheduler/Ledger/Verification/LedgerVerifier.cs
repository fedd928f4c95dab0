using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Verification;

/// <summary>Walks the ledger, oldest first: its chain, its tree, and every head that was noted outside the database.</summary>
internal static class LedgerVerifier
{
    /// <summary>At least so many of the newest entries are walked at every start; of a younger ledger all are.</summary>
    public const int Recent = 10_000;

    private const int Portion = 5_000;

    /// <summary>Walks all of it.</summary>
    /// <param name="db">Where it is.</param>
    /// <param name="anchors">Heads noted outside the database, which must all be found again.</param>
    /// <param name="cancellation">Stops the walk.</param>
    /// <param name="between">Is awaited after each few thousand entries, so that others get their turn.</param>
    public static Task<LedgerCheck> RunAsync(SchedulerDb db, AnchoredHeads anchors, CancellationToken cancellation, Func<Task>? between = null) =>
        WalkAsync(db, anchors, LedgerStart.Beginning, between, cancellation);

    /// <summary>Walks the newest part, behind entries that a head vouches for which our key signed. It costs the same for any ledger; without such a head it walks all.</summary>
    /// <param name="db">Where it is.</param>
    /// <param name="anchors">Heads noted outside the database; those of the newest part, and the newest of those before, must be found again.</param>
    /// <param name="read">Reads a head that our key signed; null for any other.</param>
    /// <param name="cancellation">Stops the walk.</param>
    /// <param name="recent">At least so many entries are walked.</param>
    public static async Task<LedgerCheck> RunRecentAsync(SchedulerDb db, AnchoredHeads anchors, Func<string, LedgerHead?> read, CancellationToken cancellation, int recent = Recent)
    {
        var size = await StoredTree.SizeAsync(db, cancellation);
        var (start, fault) = await LedgerStart.FindAsync(db, anchors, read, size - recent, cancellation);
        return fault is null
            ? await WalkAsync(db, anchors, start, null, cancellation)
            : new LedgerCheck(start.Size, start.Size, start.Head, Convert.ToHexStringLower(start.Tree().Root), fault, start.Reopened);
    }

    private static async Task<LedgerCheck> WalkAsync(SchedulerDb db, AnchoredHeads anchors, LedgerStart start, Func<Task>? between, CancellationToken cancellation)
    {
        var tree = start.Tree();
        var head = start.Head;
        var reopened = start.Reopened.ToBuilder();
        var contradicted = new List<(long Index, string Fault)>();
        LedgerCheck Check(string? fault) => new(start.Size, tree.Size, head, Convert.ToHexStringLower(tree.Root), fault, reopened.ToImmutable());

        while (true)
        {
            var (before, walked) = (tree.Copy(), tree.Size);
            var entries = await db.Ledger.AsNoTracking().Where(entry => entry.Index > walked).OrderBy(entry => entry.Index).Take(Portion).ToListAsync(cancellation);
            var completed = new List<(TreePosition Position, byte[] Hash)>();
            foreach (var entry in entries)
            {
                var index = tree.Size + 1;
                if (entry.Index != index)
                    return Check($"entry {index} is missing: entry {entry.Index} follows {index - 1}");
                if (Fault(entry, head, out var lost) is { } fault)
                    return Check(fault);
                if (lost is not null && !reopened.Contains(lost))
                    reopened.Add(lost);
                tree.Append(Convert.FromHexString(entry.Hash), (position, hash) => completed.Add((position, hash)));
                head = entry.Hash;
                if (anchors.Entries.TryGetValue(index, out var anchored) && anchored != head)
                    contradicted.Add((index, NotAsNoted(index)));
                if (anchors.Heads.TryGetValue(index, out var signed) && signed.Root != Convert.ToHexStringLower(tree.Root))
                    contradicted.Add((index, NotOfHead(index, signed.Where)));
            }

            if (await StoredNodes.FaultAsync(db, completed, cancellation) is { } unlike)
            {
                tree = before;
                foreach (var entry in entries.TakeWhile(entry => entry.Index <= unlike.CompletedBy))
                {
                    tree.Append(Convert.FromHexString(entry.Hash));
                    head = entry.Hash;
                }

                return Check(unlike.Fault);
            }

            if (between is not null)
                await between();
            if (entries.Count == Portion)
                continue;
            if (await StoredNodes.LeftoverAsync(db, tree.Size, cancellation) is not { } leftover)
                break;
            // Whoever appends does so entry and tree together: what came meanwhile is no leftover.
            if (await StoredTree.SizeAsync(db, cancellation) <= tree.Size)
                return Check(leftover);
        }

        if (contradicted.FirstOrDefault(item => !reopened.Any(span => span.Contains(item.Index))).Fault is { } rewritten)
            return Check(rewritten);
        return anchors.Newest is { } newest && newest.Index > tree.Size
            ? Check($"entry {newest.Index} was noted in {newest.Where} and is gone: an older copy was restored, or the end was cut off")
            : Check(null);
    }

    internal static string NotAsNoted(long index) => $"entry {index} is not the one whose hash was noted outside the database: the ledger was rewritten";

    internal static string NotOfHead(long size, string where) => $"the first {size} entries are not those of the head that {where} holds: the ledger was rewritten";

    private static string? Fault(LedgerEntry entry, string previous, out LostSpan? lost)
    {
        lost = null;
        var json = Encoding.UTF8.GetBytes(entry.Json);
        if (Convert.ToHexStringLower(TreeHash.Leaf(json)) != entry.Hash)
            return $"entry {entry.Index} does not have the hash that was stored with it: it was changed";
        try
        {
            var facts = EntryFacts.Read(json);
            if (facts.Index != entry.Index)
                return $"entry {entry.Index} says it is another: it was moved";
            if (facts.Previous != previous)
                return $"entry {entry.Index} does not follow the one before it: one of them was changed";
            lost = facts.Lost;
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return $"entry {entry.Index} is not readable: {exception.Message}";
        }
    }
}
