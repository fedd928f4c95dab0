using System.Security.Cryptography;
using System.Text;

namespace PatchEdge.Scheduler.Ledger.Tree;

/// <summary>The two hashes of a Merkle tree (RFC 6962 §2.1). Their prefixes keep a leaf from ever being taken for a node.</summary>
internal static class TreeHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>Hash of a tree without entries: that of nothing.</summary>
    public static byte[] Empty => SHA256.HashData([]);

    /// <summary>SHA-256 of 0x00 and the entry.</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        var leaf = new byte[1 + entry.Length];
        entry.CopyTo(leaf.AsSpan(1));
        return SHA256.HashData(leaf);
    }

    /// <inheritdoc cref="Leaf(ReadOnlySpan{byte})"/>
    public static byte[] Leaf(string entry) => Leaf(Encoding.UTF8.GetBytes(entry));

    /// <summary>SHA-256 of 0x01, the left and the right subtree's hash.</summary>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> node = stackalloc byte[1 + (2 * Length)];
        node[0] = 1;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + Length)..]);
        return SHA256.HashData(node);
    }
}
