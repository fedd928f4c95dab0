using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>The ledger's tree as its database holds it: entries are the leaves, complete subtrees are stored beside them.</summary>
internal static class StoredTree
{
    /// <summary>Adds the subtrees that an entry completes to the context's transaction.</summary>
    public static async Task GrowAsync(SchedulerDb db, LedgerEntry entry, CancellationToken cancellation)
    {
        var hash = Convert.FromHexString(entry.Hash);
        foreach (var position in TreePosition.CompletedBy(entry.Index - 1))
        {
            hash = TreeHash.Node(await ReadAsync(db, position.Left, cancellation), hash);
            db.LedgerNodes.Add(new LedgerNode { Level = position.Level, Number = position.Number, Hash = hash });
        }
    }

    /// <summary>Reads subtrees from the database.</summary>
    public static NodeReader Of(SchedulerDb db, CancellationToken cancellation) => position => new ValueTask<byte[]>(ReadAsync(db, position, cancellation));

    /// <summary>Entries in the ledger, which have no holes.</summary>
    public static async Task<long> SizeAsync(SchedulerDb db, CancellationToken cancellation) =>
        await db.Ledger.MaxAsync(entry => (long?)entry.Index, cancellation) ?? 0;

    /// <exception cref="LedgerDamagedException">It is not there.</exception>
    private static async Task<byte[]> ReadAsync(SchedulerDb db, TreePosition position, CancellationToken cancellation)
    {
        // What this transaction adds is not in the database yet: Find looks at it first.
        var hash = position.Level == 0
            ? await db.Ledger.FindAsync([position.Number + 1], cancellation) is { } entry ? Convert.FromHexString(entry.Hash) : null
            : (await db.LedgerNodes.FindAsync([position.Level, position.Number], cancellation))?.Hash;
        return hash is { Length: TreeHash.Length }
            ? hash
            : throw new LedgerDamagedException(position.Level == 0
                ? $"entry {position.Number + 1} is missing"
                : $"the stored hash of entries {(position.Number << position.Level) + 1} to {(position.Number + 1) << position.Level} is missing");
    }
}

/// <summary>The ledger's tables do not hold what they must.</summary>
internal sealed class LedgerDamagedException(string message) : Exception(message);
