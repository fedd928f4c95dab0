using System.Collections.Immutable;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Coverage;

/// <summary>What taking a host away does to one line's critical tags. Pure.</summary>
/// <param name="Line">The line.</param>
/// <param name="Tags">How many critical tags have a path that rests on the host.</param>
/// <param name="FewestLeft">The fewest live paths that one of them keeps.</param>
/// <param name="Cut">Those that keep fewer than their minimum.</param>
internal sealed record CoverageCut(string Line, int Tags, int FewestLeft, ImmutableArray<TagCut> Cut)
{
    /// <summary>Nothing is cut for certain: what is missing is only proof.</summary>
    public bool IsDoubt => Cut.All(tag => tag.Paths.Count(path => path.Standing != PathStanding.Taken) >= tag.Minimum);

    /// <param name="line">The line's tags of which a path rests on the host.</param>
    /// <param name="host">The host.</param>
    /// <param name="judge">Judges their paths.</param>
    public static CoverageCut Of(LineTags line, PlantHost host, PathJudge judge)
    {
        var (tags, fewest) = (0, int.MaxValue);
        ImmutableArray<TagCut> cut = [];
        foreach (var group in line.Groups)
        {
            var proof = judge.Of(group);
            tags += group.TagCount;
            var left = group.TagCount > proof.Named.Count ? proof.LiveWithout(host) : int.MaxValue;
            if (!proof.Named.IsEmpty)
                left = Math.Min(left, LeftOfNamed(proof, host.Name, judge));
            fewest = Math.Min(fewest, left);
            // Tags are named one by one only when they are cut.
            if (left < group.Minimum)
                cut = cut.AddRange(Named(group, proof, host.Name, judge).Where(tag => tag.Live < tag.Minimum));
        }

        return new CoverageCut(line.Line, tags, fewest, cut);
    }

    private static int LeftOfNamed(GroupProof proof, string host, PathJudge judge) =>
        proof.Named.Min(tag => proof.Paths.Select(path => Judge(tag, path.Without(host), judge)).Count(path => path.Standing == PathStanding.Live));

    /// <summary>Those that a gateway has a gap of first, then all others.</summary>
    private static IEnumerable<TagCut> Named(TagGroup group, GroupProof proof, string host, PathJudge judge)
    {
        ImmutableArray<JudgedPath> paths = [.. proof.Paths.Select(path => path.Without(host))];
        foreach (var tag in proof.Named)
            yield return new TagCut(tag, group.Minimum, [.. paths.Select(path => Judge(tag, path, judge))]);
        foreach (var tag in group.Tags.Where(tag => !proof.Named.Contains(tag)).Order(StringComparer.Ordinal))
            yield return new TagCut(tag, group.Minimum, paths);
    }

    private static JudgedPath Judge(string tag, JudgedPath path, PathJudge judge) =>
        path.Standing == PathStanding.Live && judge.NotObserved(path.Path).Contains(tag)
            ? path with { Standing = PathStanding.Unproven, Why = $"{path.Path.Gateway} has a gap of it" }
            : path;
}

/// <summary>A critical tag that would keep too few live paths.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Minimum">How many it must keep.</param>
/// <param name="Paths">Every path it has.</param>
internal sealed record TagCut(string Tag, int Minimum, ImmutableArray<JudgedPath> Paths)
{
    public int Live => Paths.Count(path => path.Standing == PathStanding.Live);
}
