using System.Collections.Immutable;

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

    /// <summary>One for each line with critical tags of which a path rests on the host; none when none does.</summary>
    public static ImmutableArray<CoverageCut> Of(ImmutableArray<TagGroup> groups, string host, PathJudge judge) =>
    [
        .. from grouped in groups
           where grouped.RestsOn(host)
           group grouped by grouped.Line into line
           select Join(line.Key, [.. line.Select(grouped => Judge(grouped, judge))]),
    ];

    private static CoverageCut Join(string line, ImmutableArray<CoverageCut> parts) =>
        new(line, parts.Sum(part => part.Tags), parts.Min(part => part.FewestLeft), [.. parts.SelectMany(part => part.Cut)]);

    private static CoverageCut Judge(TagGroup group, PathJudge judge)
    {
        var paths = group.Paths.Select(judge.Judge).ToImmutableArray();
        var named = group.Paths.SelectMany(judge.NotObserved).Where(group.Tags.Contains).ToHashSet(StringComparer.Ordinal);
        var cut = ImmutableArray.CreateBuilder<TagCut>();
        var fewest = int.MaxValue;
        foreach (var tag in named.Order(StringComparer.Ordinal))
            Take(new TagCut(tag, group.Minimum, [.. paths.Select(path => Judge(tag, path, judge))]));
        // The others are all alike; they are named one by one only when they are cut.
        var others = group.Tags.Where(tag => !named.Contains(tag)).Order(StringComparer.Ordinal).ToList();
        if (others.Count > 0 && Take(new TagCut(others[0], group.Minimum, paths)))
            cut.AddRange(others.Skip(1).Select(tag => new TagCut(tag, group.Minimum, paths)));
        return new CoverageCut(group.Line, group.Tags.Count, fewest, cut.ToImmutable());

        bool Take(TagCut tag)
        {
            fewest = Math.Min(fewest, tag.Live);
            if (tag.Live >= tag.Minimum)
                return false;
            cut.Add(tag);
            return true;
        }
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
