using System.Collections.Immutable;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Continuity.Report;

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
    /// <param name="sources">Every gateway and server that the tag was ever watched by; the report is the same in whatever order.</param>
    public static CoverageReport Of(string tag, TimeRange span, IReadOnlyList<SourceAccount> sources)
    {
        var pieces = sources.Select(source => source.Pieces(span)).ToArray();
        var at = new int[pieces.Length];
        var parts = new List<UncoveredPart>();
        long observed = 0, backfilled = 0, missing = 0;
        for (var start = span.Start; start < span.End;)
        {
            var end = pieces.Length == 0 ? span.End : pieces.Select((list, source) => list[at[source]].End).Min();
            var doubts = pieces.Select((list, source) => list[at[source]].Doubt).ToArray();
            var length = (long)(end - start).TotalMilliseconds;
            if (Mildest(doubts) is not { } doubt)
            {
                observed += length;
            }
            else
            {
                if (doubt.Repaired)
                    backfilled += length;
                else
                    missing += length;
                Add(parts, doubt with { Range = new TimeRange(start, end) });
            }

            for (var source = 0; source < pieces.Length; source++)
                if (pieces[source][at[source]].End <= end)
                    at[source]++;
            start = end;
        }

        return new CoverageReport(tag, span, observed, backfilled, missing, [.. parts]);
    }

    /// <summary>Null when at least one source has no doubt; else a repaired one before one that lost something, then the first by cause.</summary>
    private static UncoveredPart? Mildest(UncoveredPart?[] doubts) =>
        doubts.Length == 0 ? new UncoveredPart(default, GapCause.ConfiguredNotMonitored, GapRepair.None, "no source was ever watched", null)
        : doubts.Contains(null) ? null
        : doubts.OrderBy(doubt => !doubt!.Value.Repaired).ThenBy(doubt => doubt!.Value.Cause).ThenBy(doubt => doubt!.Value.Detail, StringComparer.Ordinal).First();

    private static void Add(List<UncoveredPart> parts, UncoveredPart part)
    {
        if (parts.Count > 0 && parts[^1] is var last && last.Range.End == part.Range.Start && last with { Range = default } == part with { Range = default })
            parts[^1] = last with { Range = new TimeRange(last.Range.Start, part.Range.End) };
        else
            parts.Add(part);
    }
}

/// <param name="Range">When.</param>
/// <param name="Cause">Why.</param>
/// <param name="Repair">How the values were had later.</param>
/// <param name="Detail">What else is known.</param>
/// <param name="Run">The patch run it falls in; null when none.</param>
internal readonly record struct UncoveredPart(TimeRange Range, GapCause Cause, GapRepair Repair, string Detail, string? Run)
{
    public bool Repaired => Repair != GapRepair.None;
}
