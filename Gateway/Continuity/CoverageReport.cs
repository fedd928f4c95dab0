using System.Collections.Immutable;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Continuity;

/// <summary>
/// The account of one tag over a span, from attestations and gaps alone: covered where attested and not named by a gap. Where nothing is
/// attested the gateway was down. A tag of several sources is uncovered only where all of them are.
/// </summary>
/// <param name="Tag">Its name.</param>
/// <param name="Span">What is accounted for; observed, backfilled and gap add up to it exactly.</param>
/// <param name="ObservedMs">Milliseconds in which at least one source was watched.</param>
/// <param name="BackfilledMs">Milliseconds in which none was, repaired later.</param>
/// <param name="GapMs">Milliseconds in which none was.</param>
/// <param name="Uncovered">The parts that were not observed, in order.</param>
internal sealed record CoverageReport(string Tag, TimeRange Span, long ObservedMs, long BackfilledMs, long GapMs, ImmutableArray<UncoveredPart> Uncovered)
{
    /// <summary>Observed and backfilled as part of the span; 1 for an empty one.</summary>
    public double Coverage => Span.IsEmpty ? 1 : (ObservedMs + BackfilledMs) / Span.Duration.TotalMilliseconds;

    public UncoveredPart? Longest => Uncovered.Length == 0 ? null : Uncovered.MaxBy(part => part.Range.Duration);

    /// <param name="tag">Its name.</param>
    /// <param name="span">What to account for, in whole milliseconds.</param>
    /// <param name="attested">Spans of attestations, in any order; they may touch and overlap.</param>
    /// <param name="gapsBySource">For each source of the tag its gaps, in any order.</param>
    public static CoverageReport Of(string tag, TimeRange span, IEnumerable<TimeRange> attested, IReadOnlyList<IReadOnlyList<Gap>> gapsBySource)
    {
        var covered = attested.Select(range => range.Intersect(span)).OfType<TimeRange>().ToList();
        var edges = new SortedSet<DateTimeOffset> { span.Start, span.End };
        foreach (var range in covered.Concat(gapsBySource.SelectMany(gaps => gaps).Select(gap => Within(gap, span)).OfType<TimeRange>()))
        {
            edges.Add(range.Start);
            edges.Add(range.End);
        }

        var parts = new List<UncoveredPart>();
        long observed = 0, backfilled = 0, missing = 0;
        foreach (var (start, end) in edges.Zip(edges.Skip(1)))
        {
            var piece = new TimeRange(start, end);
            var length = (long)piece.Duration.TotalMilliseconds;
            if (Doubt(piece, covered, gapsBySource) is not { } doubt)
            {
                observed += length;
                continue;
            }

            if (doubt.Repaired)
                backfilled += length;
            else
                missing += length;
            Add(parts, new UncoveredPart(piece, doubt.Cause, doubt.Repaired, doubt.Detail));
        }

        return new CoverageReport(tag, span, observed, backfilled, missing, [.. parts]);
    }

    private static TimeRange? Within(Gap gap, TimeRange span) =>
        gap.End is { } end && end <= gap.Start ? null : new TimeRange(gap.Start, gap.End ?? DateTimeOffset.MaxValue).Intersect(span);

    /// <summary>Why nothing was observed in a piece that no edge divides; null when at least one source was. The mildest of the sources' doubts.</summary>
    private static (GapCause Cause, bool Repaired, string Detail)? Doubt(TimeRange piece, List<TimeRange> covered, IReadOnlyList<IReadOnlyList<Gap>> gapsBySource)
    {
        var attested = covered.Exists(range => range.Contains(piece));
        (GapCause Cause, bool Repaired, string Detail)? mildest = null;
        foreach (var gaps in gapsBySource)
        {
            // Two gaps of one source overlap only when one of them was found later: the one that lost something counts.
            var named = gaps.Where(gap => gap.Start <= piece.Start && (gap.End ?? DateTimeOffset.MaxValue) >= piece.End).OrderBy(gap => gap.Repair != GapRepair.None).FirstOrDefault();
            if (named is null)
                return attested ? null : (GapCause.GatewayDown, false, "nothing is attested");
            var repaired = named.Repair != GapRepair.None;
            if (mildest is null || (repaired && !mildest.Value.Repaired))
                mildest = (named.Cause, repaired, named.Detail);
        }

        return mildest is null ? (GapCause.ConfiguredNotMonitored, false, "no source was ever watched")
            : mildest.Value.Repaired && !attested ? (GapCause.GatewayDown, false, "nothing is attested")
            : mildest;
    }

    private static void Add(List<UncoveredPart> parts, UncoveredPart part)
    {
        if (parts.Count > 0 && parts[^1] is var last && last.Range.End == part.Range.Start && last.Cause == part.Cause && last.Repaired == part.Repaired && last.Detail == part.Detail)
            parts[^1] = last with { Range = new TimeRange(last.Range.Start, part.Range.End) };
        else
            parts.Add(part);
    }
}

/// <param name="Range">When.</param>
/// <param name="Cause">Why.</param>
/// <param name="Repaired">The values were had later.</param>
/// <param name="Detail">What else is known.</param>
internal readonly record struct UncoveredPart(TimeRange Range, GapCause Cause, bool Repaired, string Detail);
