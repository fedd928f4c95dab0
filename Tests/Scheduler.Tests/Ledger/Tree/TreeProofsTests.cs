using System.Globalization;
using System.Text;
using PatchEdge.Scheduler.Ledger.Tree;

namespace PatchEdge.Scheduler.Tests.Ledger.Tree;

/// <summary>Against the vectors of certificate transparency's reference implementation, and against the recursive definitions of RFC 6962 themselves.</summary>
[Trait("Req", "ledger-merkle")]
public sealed class TreeProofsTests
{
    private const int Largest = 200;

    /// <summary>The eight leaves of the reference implementation, in hex.</summary>
    private static readonly string[] Inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Empty_tree_has_the_hash_of_nothing() =>
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(new TreeFrontier().Root));

    [Fact]
    public async Task Roots_are_those_of_the_reference()
    {
        var leaves = Inputs.Select(input => TreeHash.Leaf(Convert.FromHexString(input))).ToArray();
        var frontier = new TreeFrontier();
        for (var size = 1; size <= leaves.Length; size++)
        {
            frontier.Append(leaves[size - 1]);
            Assert.Equal(Roots[size - 1], Convert.ToHexStringLower(frontier.Root));
            Assert.Equal(Roots[size - 1], Convert.ToHexStringLower(await TreeProofs.RootAsync(size, Reader(leaves))));
        }
    }

    /// <summary>Leaf from 1, as the reference counts, with its path.</summary>
    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(3, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(2, 5, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public async Task Inclusion_proofs_are_those_of_the_reference(long leaf, long size, string path)
    {
        var leaves = Inputs.Select(input => TreeHash.Leaf(Convert.FromHexString(input))).ToArray();

        var proof = await TreeProofs.InclusionAsync(leaf - 1, size, Reader(leaves));

        Assert.Equal(path, Text(proof));
        Assert.True(TreeVerifier.Includes(leaf - 1, leaves[leaf - 1], size, Convert.FromHexString(Roots[size - 1]), proof));
    }

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public async Task Consistency_proofs_are_those_of_the_reference(long earlier, long size, string path)
    {
        var leaves = Inputs.Select(input => TreeHash.Leaf(Convert.FromHexString(input))).ToArray();

        var proof = await TreeProofs.ConsistencyAsync(earlier, size, Reader(leaves));

        Assert.Equal(path, Text(proof));
        Assert.True(TreeVerifier.Extends(earlier, Convert.FromHexString(Roots[earlier - 1]), size, Convert.FromHexString(Roots[size - 1]), proof));
    }

    [Fact]
    public async Task Every_proof_of_every_size_is_as_the_definition_says_and_verifies()
    {
        var leaves = Leaves(Largest);
        var roots = Enumerable.Range(0, Largest + 1).Select(size => Mth(leaves.AsSpan(0, size))).ToArray();
        for (var size = 1; size <= Largest; size++)
        {
            Assert.Equal(roots[size], await TreeProofs.RootAsync(size, Reader(leaves)));
            for (var other = 1; other <= size; other++)
            {
                var inclusion = await TreeProofs.InclusionAsync(other - 1, size, Reader(leaves));
                Assert.Equal(Path(other - 1, leaves.AsSpan(0, size)), inclusion);
                Assert.True(TreeVerifier.Includes(other - 1, leaves[other - 1], size, roots[size], inclusion));
                var consistency = await TreeProofs.ConsistencyAsync(other, size, Reader(leaves));
                Assert.Equal(SubProof(other, leaves.AsSpan(0, size), true), consistency);
                Assert.True(TreeVerifier.Extends(other, roots[other], size, roots[size], consistency));
            }
        }
    }

    [Fact]
    public async Task Any_other_leaf_size_root_or_path_does_not_verify()
    {
        var leaves = Leaves(40);
        var roots = Enumerable.Range(0, 41).Select(size => Mth(leaves.AsSpan(0, size))).ToArray();
        for (var size = 2; size <= 33; size++)
            for (var leaf = 0; leaf < size; leaf++)
            {
                var proof = await TreeProofs.InclusionAsync(leaf, size, Reader(leaves));
                Assert.False(TreeVerifier.Includes(leaf, leaves[(leaf + 1) % size], size, roots[size], proof));
                Assert.False(TreeVerifier.Includes(leaf, leaves[leaf], size, roots[size - 1], proof));
                Assert.False(TreeVerifier.Includes(leaf, leaves[leaf], size, roots[size], [.. proof, leaves[0]]));
                Assert.False(TreeVerifier.Includes(leaf, leaves[leaf], size, roots[size], [.. proof.Skip(1)]));
                Assert.False(TreeVerifier.Includes(leaf, leaves[leaf], size, roots[size], Flipped(proof, leaf)));
                Assert.False(TreeVerifier.Includes(-1, leaves[leaf], size, roots[size], proof));
                Assert.False(TreeVerifier.Includes(size, leaves[leaf], size, roots[size], proof));
                if (leaf == 0)
                    continue;
                var consistency = await TreeProofs.ConsistencyAsync(leaf, size, Reader(leaves));
                Assert.False(TreeVerifier.Extends(leaf, roots[leaf + 1], size, roots[size], consistency));
                Assert.False(TreeVerifier.Extends(leaf, roots[leaf], size, roots[size + 1], consistency));
                Assert.False(TreeVerifier.Extends(leaf, roots[leaf], size, roots[size], [.. consistency, leaves[0]]));
                Assert.False(TreeVerifier.Extends(leaf, roots[leaf], size, roots[size], [.. consistency.Skip(1)]));
                Assert.False(TreeVerifier.Extends(leaf, roots[leaf], size, roots[size], Flipped(consistency, leaf)));
                Assert.False(TreeVerifier.Extends(0, roots[0], size, roots[size], consistency));
            }
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(10_000_000)]
    [InlineData(1L << 40)]
    public async Task A_proof_reads_as_many_hashes_as_the_tree_has_levels_squared_at_most(long size)
    {
        var reads = 0;
        ValueTask<byte[]> Read(TreePosition position)
        {
            reads++;
            return ValueTask.FromResult(new byte[TreeHash.Length]);
        }

        var levels = 64 - (int)long.LeadingZeroCount(size);
        var path = await TreeProofs.InclusionAsync(size / 3, size, Read);

        Assert.InRange(path.Count, 1, levels);
        Assert.InRange(reads, path.Count, 2 * levels);
        Assert.InRange(TreePosition.CompletedBy(size - 1).Count(), 0, levels);
    }

    private static byte[][] Leaves(int count) =>
        [.. Enumerable.Range(0, count).Select(i => TreeHash.Leaf(Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture))))];

    /// <summary>Complete subtrees only: asking for any other fails the test.</summary>
    private static NodeReader Reader(byte[][] leaves) => position =>
    {
        var start = (int)(position.Number << position.Level);
        return ValueTask.FromResult(Mth(leaves.AsSpan(start, 1 << position.Level)));
    };

    /// <summary>MTH of RFC 6962 §2.1, word for word.</summary>
    private static byte[] Mth(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0)
            return TreeHash.Empty;
        return leaves.Length == 1 ? leaves[0] : TreeHash.Node(Mth(leaves[..Split(leaves.Length)]), Mth(leaves[Split(leaves.Length)..]));
    }

    /// <summary>PATH of §2.1.1.</summary>
    private static List<byte[]> Path(int leaf, ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 1)
            return [];
        var k = Split(leaves.Length);
        return leaf < k ? [.. Path(leaf, leaves[..k]), Mth(leaves[k..])] : [.. Path(leaf - k, leaves[k..]), Mth(leaves[..k])];
    }

    /// <summary>SUBPROOF of §2.1.2.</summary>
    private static List<byte[]> SubProof(int earlier, ReadOnlySpan<byte[]> leaves, bool whole)
    {
        if (earlier == leaves.Length)
            return whole ? [] : [Mth(leaves)];
        var k = Split(leaves.Length);
        return earlier <= k
            ? [.. SubProof(earlier, leaves[..k], whole), Mth(leaves[k..])]
            : [.. SubProof(earlier - k, leaves[k..], false), Mth(leaves[..k])];
    }

    private static int Split(int length)
    {
        var k = 1;
        while (k * 2 < length)
            k *= 2;
        return k;
    }

    private static List<byte[]> Flipped(IReadOnlyList<byte[]> proof, int seed)
    {
        var copy = proof.Select(part => part.ToArray()).ToList();
        copy[seed % copy.Count][seed % TreeHash.Length] ^= 1;
        return copy;
    }

    private static string Text(IEnumerable<byte[]> proof) => string.Join(' ', proof.Select(Convert.ToHexStringLower));
}
