using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>
/// Which part of the journal tells of which time. Values come late, from history or with the time of their last change, so an entry's own
/// time says little; this is what keeps a window from having to look through everything.
/// </summary>
internal sealed class JournalSpans
{
    private const int MostEntries = 512;
    private const int MostPoints = 200_000;
    private const int MostSpans = 32;

    private static readonly long Grain = TimeSpan.FromMinutes(1).Ticks * 100;

    private readonly List<Run> runs = [];
    private readonly HashSet<long> grains = [];
    private long first;
    private long entries;
    private long points;

    /// <summary>Reads the journal from one entry up to another, exclusive.</summary>
    public static JournalSpans Of(EntryWalk walk, long from, long until)
    {
        var spans = new JournalSpans { first = from };
        walk.Visit(from, until, (entry, times) =>
        {
            foreach (var time in times)
                spans.grains.Add(Math.DivRem(time, Grain).Quotient);
            spans.points += entry.Count;
            if (++spans.entries >= MostEntries || spans.points >= MostPoints)
                spans.Close(entry.Id + 1);
        });
        spans.Close(until);
        return spans;
    }

    /// <summary>Runs of entries, from one id up to another, exclusive, that may tell of a window.</summary>
    public IEnumerable<(long From, long Until)> Touching(long start, long end) =>
        runs.Where(run => run.Spans.Any(span => span.Start < end && span.End > start)).Select(run => (run.From, run.Until));

    /// <summary>Everything that is told of, in whole windows of a length.</summary>
    public IEnumerable<(long Start, long End)> Windows(long length) =>
        runs.SelectMany(run => run.Spans).SelectMany(span => Each(span, length)).Distinct().Order().Select(window => (window * length, (window + 1) * length));

    private static IEnumerable<long> Each((long Start, long End) span, long length)
    {
        for (var window = span.Start / length; window * length < span.End; window++)
            yield return window;
    }

    private void Close(long until)
    {
        if (grains.Count > 0)
            runs.Add(new Run(first, until, Joined(grains.Order())));
        (first, entries, points) = (until, 0, 0);
        grains.Clear();
    }

    private static List<(long Start, long End)> Joined(IEnumerable<long> sorted)
    {
        var spans = new List<(long Start, long End)>();
        foreach (var grain in sorted)
        {
            var (start, end) = (grain * Grain, (grain + 1) * Grain);
            if (spans.Count > 0 && spans[^1].End >= start)
                spans[^1] = (spans[^1].Start, end);
            else
                spans.Add((start, end));
        }

        // What lies far back is told apart less finely: it is rarely asked for.
        if (spans.Count > MostSpans)
        {
            spans[spans.Count - MostSpans] = (spans[0].Start, spans[spans.Count - MostSpans].End);
            spans.RemoveRange(0, spans.Count - MostSpans);
        }

        return spans;
    }

    private readonly record struct Run(long From, long Until, List<(long Start, long End)> Spans);
}
