using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>Compares stored subtrees with recomputed ones, each level read once from left to right.</summary>
internal sealed class StoredNodeWalk(SchedulerDb db, CancellationToken cancellation) : IAsyncDisposable
{
    private readonly List<IAsyncEnumerator<LedgerNode>> levels = [];

    /// <summary>Null when the next stored subtree of that level is the expected one.</summary>
    public async Task<string?> FaultAsync(TreePosition expected, byte[] hash)
    {
        while (levels.Count < expected.Level)
        {
            var level = levels.Count + 1;
            levels.Add(db.LedgerNodes.AsNoTracking().Where(node => node.Level == level).OrderBy(node => node.Number).AsAsyncEnumerable().GetAsyncEnumerator(cancellation));
        }

        var stored = levels[expected.Level - 1];
        return await stored.MoveNextAsync() && stored.Current.Number == expected.Number && stored.Current.Hash.AsSpan().SequenceEqual(hash)
            ? null
            : $"the stored hash of entries {(expected.Number << expected.Level) + 1} to {(expected.Number + 1) << expected.Level} is not that of these entries: the tree was changed";
    }

    /// <summary>What is stored beyond the entries that there are; null when nothing is.</summary>
    public async Task<string?> LeftoverAsync()
    {
        for (var level = 0; level < levels.Count; level++)
            if (await levels[level].MoveNextAsync())
                return Gone(levels[level].Current);
        var above = levels.Count;
        return await db.LedgerNodes.AsNoTracking().FirstOrDefaultAsync(node => node.Level > above, cancellation) is { } left ? Gone(left) : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var level in levels)
            await level.DisposeAsync();
    }

    private static string Gone(LedgerNode node) =>
        $"there is a hash of entries up to {(node.Number + 1) << node.Level}, which are gone: the end was cut off";
}
