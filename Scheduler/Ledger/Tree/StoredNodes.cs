using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>Compares stored subtrees with recomputed ones, a portion of the ledger at a time.</summary>
internal static class StoredNodes
{
    /// <param name="db">Where they are.</param>
    /// <param name="expected">Subtrees that a run of entries without holes completes.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <returns>The first that is not stored so, by the entry that completes it, and what is wrong with it; null when all are.</returns>
    public static async Task<(long CompletedBy, string Fault)?> FaultAsync(SchedulerDb db, IEnumerable<(TreePosition Position, byte[] Hash)> expected, CancellationToken cancellation)
    {
        (long CompletedBy, string Fault)? first = null;
        foreach (var level in expected.GroupBy(node => node.Position.Level).Select(group => group.ToList()))
        {
            var (at, lowest, highest) = (level[0].Position.Level, level[0].Position.Number, level[^1].Position.Number);
            var stored = await db.LedgerNodes.AsNoTracking().Where(node => node.Level == at && node.Number >= lowest && node.Number <= highest)
                .ToDictionaryAsync(node => node.Number, node => node.Hash, cancellation);
            foreach (var (position, hash) in level)
                if ((!stored.TryGetValue(position.Number, out var known) || !known.AsSpan().SequenceEqual(hash)) && !(first?.CompletedBy < (position.Number + 1) << position.Level))
                    first = ((position.Number + 1) << position.Level, $"the stored hash of entries {(position.Number << position.Level) + 1} to {(position.Number + 1) << position.Level} is not that of these entries: the tree was changed");
        }

        return first;
    }

    /// <summary>What is stored beyond the entries that there are; null when nothing is.</summary>
    /// <param name="db">Where it is.</param>
    /// <param name="size">How many entries there are.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static async Task<string?> LeftoverAsync(SchedulerDb db, long size, CancellationToken cancellation)
    {
        var height = 0;
        for (var level = 1; size >> level > 0; level++)
        {
            var (at, beyond) = (height = level, size >> level);
            if (await db.LedgerNodes.AsNoTracking().Where(node => node.Level == at && node.Number >= beyond).OrderBy(node => node.Number).FirstOrDefaultAsync(cancellation) is { } left)
                return Gone(left);
        }

        return await db.LedgerNodes.AsNoTracking().FirstOrDefaultAsync(node => node.Level > height, cancellation) is { } above ? Gone(above) : null;
    }

    private static string Gone(LedgerNode node) =>
        $"there is a hash of entries up to {(node.Number + 1) << node.Level}, which are gone: the end was cut off";
}
