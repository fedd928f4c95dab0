using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>What is recorded of one source of a tag, one gateway at one server.</summary>
/// <param name="Attested">Spans in which the gateway attests that it was watching, in any order; they may touch and overlap.</param>
/// <param name="Gaps">The source's gaps, in any order.</param>
internal sealed record SourceAccount(IReadOnlyList<TimeRange> Attested, IReadOnlyList<Gap> Gaps)
{
    /// <summary>The span in pieces, in order, each with the doubt that it is under; null where it was observed.</summary>
    public IReadOnlyList<(DateTimeOffset End, UncoveredPart? Doubt)> Pieces(TimeRange span)
    {
        var attested = Joined(Attested, span);
        var gaps = Gaps.Select(gap => (Gap: gap, Range: Within(gap, span))).Where(pair => pair.Range is not null).Select(pair => (pair.Gap, Range: pair.Range!.Value)).OrderBy(pair => pair.Range.Start).ToList();
        var edges = new SortedSet<DateTimeOffset> { span.Start, span.End };
        foreach (var range in attested.Concat(gaps.Select(pair => pair.Range)))
        {
            edges.Add(range.Start);
            edges.Add(range.End);
        }

        var pieces = new List<(DateTimeOffset, UncoveredPart?)>(edges.Count);
        var open = new List<(Gap Gap, TimeRange Range)>();
        var (nextGap, nextAttested) = (0, 0);
        foreach (var (start, end) in edges.Zip(edges.Skip(1)))
        {
            while (nextGap < gaps.Count && gaps[nextGap].Range.Start <= start)
                open.Add(gaps[nextGap++]);
            open.RemoveAll(pair => pair.Range.End <= start);
            while (nextAttested < attested.Count && attested[nextAttested].End <= start)
                nextAttested++;
            var isAttested = nextAttested < attested.Count && attested[nextAttested].Start <= start;
            pieces.Add((end, Doubt(new TimeRange(start, end), isAttested, open)));
        }

        return pieces;
    }

    private static UncoveredPart? Doubt(TimeRange piece, bool isAttested, List<(Gap Gap, TimeRange Range)> open)
    {
        var unattested = new UncoveredPart(piece, GapCause.GatewayDown, GapRepair.None, "nothing is attested", null);
        if (open.Count == 0)
            return isAttested ? null : unattested;
        // Two gaps of one source overlap only when one of them was found later: the one that lost something counts.
        var named = open.MinBy(pair => pair.Gap.Repair != GapRepair.None).Gap;
        // What history proves it proves whoever was down; every other repair needs a gateway that was there.
        return isAttested || named.Repair is GapRepair.None or GapRepair.Backfilled ? new UncoveredPart(piece, named.Cause, named.Repair, named.Detail, named.Run) : unattested;
    }

    private static TimeRange? Within(Gap gap, TimeRange span) =>
        gap.End is { } end && end <= gap.Start ? null : new TimeRange(gap.Start, gap.End ?? DateTimeOffset.MaxValue).Intersect(span);

    private static List<TimeRange> Joined(IEnumerable<TimeRange> ranges, TimeRange span)
    {
        var joined = new List<TimeRange>();
        foreach (var range in ranges.Select(range => range.Intersect(span)).OfType<TimeRange>().OrderBy(range => range.Start))
        {
            if (joined.Count > 0 && joined[^1].End >= range.Start)
                joined[^1] = new TimeRange(joined[^1].Start, range.End > joined[^1].End ? range.End : joined[^1].End);
            else
                joined.Add(range);
        }

        return joined;
    }
}
