namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>The complete subtrees at the right edge of a growing tree: all that is needed to append to it, at most one per level.</summary>
internal sealed class TreeFrontier
{
    private readonly List<byte[]> peaks = [];

    /// <summary>Of an empty tree.</summary>
    public TreeFrontier()
    {
    }

    /// <param name="size">Leaves so far.</param>
    /// <param name="peaks">Hashes of <see cref="TreePosition.Cover"/> of all of them.</param>
    public TreeFrontier(long size, IEnumerable<byte[]> peaks) => (Size, this.peaks) = (size, [.. peaks]);

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>Hash of the tree so far.</summary>
    public byte[] Root
    {
        get
        {
            if (peaks.Count == 0)
                return TreeHash.Empty;
            var hash = peaks[^1];
            for (var i = peaks.Count - 2; i >= 0; i--)
                hash = TreeHash.Node(peaks[i], hash);
            return hash;
        }
    }

    public TreeFrontier Copy() => new(Size, peaks);

    /// <summary>Appends a leaf.</summary>
    /// <param name="leaf">Its hash.</param>
    /// <param name="completed">Is told each subtree that it completes, the smallest first; not the leaf itself.</param>
    public void Append(byte[] leaf, Action<TreePosition, byte[]>? completed = null)
    {
        var hash = leaf;
        foreach (var position in TreePosition.CompletedBy(Size))
        {
            hash = TreeHash.Node(peaks[^1], hash);
            peaks.RemoveAt(peaks.Count - 1);
            completed?.Invoke(position, hash);
        }

        peaks.Add(hash);
        Size++;
    }
}
