namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>A complete subtree: the 2^<see cref="Level"/> leaves from <see cref="Number"/> · 2^<see cref="Level"/> on. Once its leaves are there, its hash never changes.</summary>
/// <param name="Level">0 is a leaf.</param>
/// <param name="Number">From 0, from the left, among the subtrees of its level.</param>
internal readonly record struct TreePosition(int Level, long Number)
{
    /// <summary>The complete subtrees that a span of leaves falls into, from the left; their sizes fall.</summary>
    /// <param name="start">First leaf, from 0: a multiple of the largest power of two that the span holds.</param>
    /// <param name="end">First leaf after it.</param>
    public static IReadOnlyList<TreePosition> Cover(long start, long end)
    {
        var cover = new List<TreePosition>();
        while (start < end)
        {
            var level = 63 - (int)long.LeadingZeroCount(end - start);
            cover.Add(new TreePosition(level, start >> level));
            start += 1L << level;
        }

        return cover;
    }

    /// <summary>The subtrees that a leaf completes when it is appended to a tree of so many leaves, the smallest first; not the leaf itself.</summary>
    public static IEnumerable<TreePosition> CompletedBy(long size)
    {
        for (var level = 1; (size >> (level - 1) & 1) == 1; level++)
            yield return new TreePosition(level, size >> level);
    }

    /// <summary>Its left half.</summary>
    public TreePosition Left => new(Level - 1, Number * 2);
}

/// <summary>Fetches the hash of a complete subtree.</summary>
internal delegate ValueTask<byte[]> NodeReader(TreePosition position);
