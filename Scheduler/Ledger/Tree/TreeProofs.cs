namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>Makes roots and proofs from the hashes of complete subtrees. Reads a number of them that grows with the logarithm of the tree's size.</summary>
internal static class TreeProofs
{
    /// <summary>Hash of the tree of the first <paramref name="size"/> leaves.</summary>
    public static ValueTask<byte[]> RootAsync(long size, NodeReader read) =>
        size == 0 ? ValueTask.FromResult(TreeHash.Empty) : SpanAsync(0, size, read);

    /// <summary>Hashes that lead from a leaf to the root, from the bottom up (RFC 6962 §2.1.1).</summary>
    /// <param name="leaf">From 0, below <paramref name="size"/>.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="read">Fetches subtrees.</param>
    public static async Task<IReadOnlyList<byte[]>> InclusionAsync(long leaf, long size, NodeReader read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, size);
        var path = new List<byte[]>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Half(end - start);
            if (leaf < middle)
            {
                path.Add(await SpanAsync(middle, end, read));
                end = middle;
            }
            else
            {
                path.Add(await SpanAsync(start, middle, read));
                start = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>Hashes that show that the tree of <paramref name="size"/> leaves begins with that of <paramref name="earlier"/> (RFC 6962 §2.1.2); none when they are the same.</summary>
    /// <param name="earlier">At least 1, at most <paramref name="size"/>.</param>
    /// <param name="size">Leaves of the later tree.</param>
    /// <param name="read">Fetches subtrees.</param>
    public static async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long earlier, long size, NodeReader read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(earlier, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(earlier, size);
        var path = new List<byte[]>();
        var (start, end, wanted, whole) = (0L, size, earlier, true);
        while (wanted < end)
        {
            var middle = start + Half(end - start);
            if (wanted <= middle)
            {
                path.Add(await SpanAsync(middle, end, read));
                end = middle;
            }
            else
            {
                path.Add(await SpanAsync(start, middle, read));
                (start, whole) = (middle, false);
            }
        }

        // The verifier knows the earlier root; it needs this part only where the part is not that root itself.
        if (!whole)
            path.Add(await SpanAsync(start, end, read));
        path.Reverse();
        return path;
    }

    private static async ValueTask<byte[]> SpanAsync(long start, long end, NodeReader read)
    {
        var cover = TreePosition.Cover(start, end);
        var hash = await read(cover[^1]);
        for (var i = cover.Count - 2; i >= 0; i--)
            hash = TreeHash.Node(await read(cover[i]), hash);
        return hash;
    }

    /// <summary>The largest power of two below a length of at least 2.</summary>
    private static long Half(long length) => 1L << (63 - (int)long.LeadingZeroCount(length - 1));
}
