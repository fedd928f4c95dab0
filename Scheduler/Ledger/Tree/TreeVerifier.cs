using System.Security.Cryptography;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>Judges proofs, with nothing but the roots (RFC 9162 §2.1.3.2 and §2.1.4.2). Never throws for what a proof contains.</summary>
internal static class TreeVerifier
{
    /// <summary>Longest proof that a tree can need.</summary>
    public const int LongestProof = 128;

    /// <param name="leaf">Index of the leaf, from 0.</param>
    /// <param name="leafHash">Its hash.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="root">The tree's hash.</param>
    /// <param name="path">The proof.</param>
    public static bool Includes(long leaf, ReadOnlySpan<byte> leafHash, long size, ReadOnlySpan<byte> root, IReadOnlyList<byte[]> path)
    {
        if (leaf < 0 || leaf >= size || path.Count > LongestProof)
            return false;
        var (number, last, hash) = (leaf, size - 1, leafHash.ToArray());
        foreach (var sibling in path)
        {
            if (last == 0 || sibling.Length != TreeHash.Length)
                return false;
            if ((number & 1) == 1 || number == last)
            {
                hash = TreeHash.Node(sibling, hash);
                while ((number & 1) == 0 && number != 0)
                    (number, last) = (number >> 1, last >> 1);
            }
            else
            {
                hash = TreeHash.Node(hash, sibling);
            }

            (number, last) = (number >> 1, last >> 1);
        }

        return last == 0 && CryptographicOperations.FixedTimeEquals(hash, root);
    }

    /// <param name="earlier">Leaves of the earlier tree, at least 1.</param>
    /// <param name="earlierRoot">Its hash.</param>
    /// <param name="size">Leaves of the later tree.</param>
    /// <param name="root">Its hash.</param>
    /// <param name="path">The proof.</param>
    public static bool Extends(long earlier, ReadOnlySpan<byte> earlierRoot, long size, ReadOnlySpan<byte> root, IReadOnlyList<byte[]> path)
    {
        if (earlier < 1 || earlier > size || path.Count > LongestProof || path.Any(part => part.Length != TreeHash.Length))
            return false;
        if (earlier == size)
            return path.Count == 0 && earlierRoot.SequenceEqual(root);
        var from = 0;
        byte[] first;
        if (long.IsPow2(earlier))
            first = earlierRoot.ToArray();
        else if (path.Count > 0)
            first = path[from++];
        else
            return false;
        var (number, last) = (earlier - 1, size - 1);
        while ((number & 1) == 1)
            (number, last) = (number >> 1, last >> 1);
        var (before, after) = (first, first);
        for (; from < path.Count; from++)
        {
            if (last == 0)
                return false;
            if ((number & 1) == 1 || number == last)
            {
                before = TreeHash.Node(path[from], before);
                after = TreeHash.Node(path[from], after);
                while ((number & 1) == 0 && number != 0)
                    (number, last) = (number >> 1, last >> 1);
            }
            else
            {
                after = TreeHash.Node(after, path[from]);
            }

            (number, last) = (number >> 1, last >> 1);
        }

        return last == 0 && before.AsSpan().SequenceEqual(earlierRoot) && after.AsSpan().SequenceEqual(root);
    }
}
