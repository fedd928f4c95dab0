using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Continuity;

/// <summary>What is known of one tag over a span. The three parts add up to the span, to the millisecond.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Line">Its line.</param>
/// <param name="Sources">Where it was watched: gateway and server.</param>
/// <param name="ObservedMs">Proven as it happened.</param>
/// <param name="BackfilledMs">Proven later, from a queue or a history.</param>
/// <param name="GapMs">Without evidence from any source.</param>
/// <param name="LongestGapMs">The longest part of that.</param>
internal sealed record TagCoverage(string Tag, string Line, ImmutableArray<TagSource> Sources, long ObservedMs, long BackfilledMs, long GapMs, long LongestGapMs);

/// <summary>One way a tag was watched.</summary>
internal sealed record TagSource(string Gateway, string Server);

/// <summary>Adds up coverage from attestations and gaps: a source is covered where its gateway attests and no gap names it; a tag is uncovered only where all its sources are.</summary>
internal static class CoverageAccount
{
    /// <param name="tags">Tags with their line and sources.</param>
    /// <param name="from">First millisecond of the span, since 1970 UTC.</param>
    /// <param name="to">First millisecond after it.</param>
    /// <param name="gaps">Those that touch the span.</param>
    /// <param name="attestations">Those that touch the span.</param>
    public static ImmutableArray<TagCoverage> Of(
        IEnumerable<(string Tag, string Line, ImmutableArray<TagSource> Sources)> tags, long from, long to, IEnumerable<StoredGap> gaps, IEnumerable<StoredAttestation> attestations)
    {
        var whole = Spans.Of(from, to);
        var attested = attestations.GroupBy(item => item.Gateway).ToDictionary(
            group => group.Key, group => Spans.Of(group.Select(item => (item.Start.ToUnixTimeMilliseconds(), item.End.ToUnixTimeMilliseconds()))));
        var named = gaps.ToLookup(gap => (gap.Tag, gap.Gateway));
        return [.. tags.Select(tag => One(tag.Tag, tag.Line, tag.Sources))];

        TagCoverage One(string tag, string line, ImmutableArray<TagSource> sources)
        {
            var (dark, seen) = (whole, Spans.None);
            foreach (var source in sources)
            {
                var unattested = whole.Without(attested.GetValueOrDefault(source.Gateway, Spans.None));
                // A gap of a server that the plant file does not give to this tag is held against every source of the gateway.
                var own = named[(tag, source.Gateway)].Where(gap => gap.Server == source.Server || sources.All(other => other.Server != gap.Server)).ToList();
                var declared = Cut(own.Where(gap => gap.Repair == "None")).Union(unattested);
                var repaired = Cut(own.Where(gap => gap.Repair != "None")).Without(declared);
                dark = dark.Intersect(declared);
                seen = seen.Union(whole.Without(declared).Without(repaired));
            }

            var backfilled = whole.Without(dark).Without(seen);
            return new TagCoverage(tag, line, sources, seen.Milliseconds, backfilled.Milliseconds, dark.Milliseconds, dark.Parts.Select(part => part.End - part.Start).DefaultIfEmpty().Max());
        }

        Spans Cut(IEnumerable<StoredGap> some) => Spans.Of(some.Select(gap => (
            Math.Max(from, gap.Start.ToUnixTimeMilliseconds()), Math.Min(to, gap.End?.ToUnixTimeMilliseconds() ?? to))));
    }
}
