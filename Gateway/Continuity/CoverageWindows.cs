using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>
/// Turns gaps into the account of each minute: a row for every source that is always reported and for every other that had a gap.
/// A gap that changes the account of a minute already reported, because it was found late or repaired, gives that row again.
/// </summary>
/// <remarks>Rows can be given again for one hour. Owned by the loop that owns the fold.</remarks>
internal sealed class CoverageWindows
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    /// <summary>How long after its end a window is reported: most late findings are in by then.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>How far back rows are given again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private const int MostSegments = 4096;

    private readonly SampleTally[] tallies;
    private readonly Dictionary<int, List<Segment>> segments = [];
    private readonly HashSet<(int Source, long Window)> corrections = [];
    private readonly Dictionary<int, int> heirs = [];
    private Moment[] since;
    private bool[] always;
    private Moment?[] until;
    private Moment reportedUntil;
    private Moment countingFrom;
    private int current;

    /// <param name="since">By source: the first moment of its account.</param>
    /// <param name="always">By source: reported each minute, whether or not it had a gap.</param>
    /// <param name="now">Where reporting starts.</param>
    public CoverageWindows(Moment[] since, bool[] always, Moment now)
    {
        this.since = since;
        this.always = always;
        until = new Moment?[since.Length];
        tallies = [new SampleTally(since.Length, index => always[index]), new SampleTally(since.Length, index => always[index])];
        countingFrom = Floor(now);
        reportedUntil = Floor(since.Append(now).Min() is var first && first > now - Memory ? first : now - Memory);
    }

    /// <summary>Makes room for sources that are new and takes note of what stays and what is reported no more.</summary>
    /// <param name="starts">By source: the first moment of its account.</param>
    /// <param name="alwaysNow">By source: reported each minute, whether or not it had a gap.</param>
    /// <param name="forebears">By new source: the one whose account it goes on with.</param>
    /// <param name="retired">Sources whose account is over.</param>
    /// <param name="now">When that is so.</param>
    public void Revise(Moment[] starts, bool[] alwaysNow, IReadOnlyDictionary<int, int> forebears, IEnumerable<int> retired, Moment now)
    {
        for (var source = 0; source < since.Length; source++)
            starts[source] = since[source];
        (since, always) = (starts, alwaysNow);
        Array.Resize(ref until, since.Length);
        foreach (var tally in tallies)
            tally.Grow(since.Length, index => always[index]);
        foreach (var source in retired)
            until[source] ??= now;
        foreach (var (source, forebear) in forebears)
        {
            heirs[forebear] = source;
            since[source] = since[forebear];
            until[forebear] = since[forebear];
            if (!segments.Remove(forebear, out var known))
                continue;
            if (segments.TryGetValue(source, out var own))
                known.AddRange(own);
            segments[source] = known;
        }

        corrections.RemoveWhere(pair => until[pair.Source] <= since[pair.Source]);
    }

    public void Count(int source, StatusCode status, TimeSpan? latency) => tallies[current].Add(source, status, latency);

    public void Apply(in GapChange change)
    {
        var gap = change.Gap;
        var source = heirs.GetValueOrDefault(change.Source, change.Source);
        var start = Moment.Of(gap.Start);
        var segment = new Segment(start, gap.End is { } end ? Moment.Of(end) : null, gap.Cause, gap.Repair != GapRepair.None);
        if (!segments.TryGetValue(source, out var list))
            segments[source] = list = [];
        var known = list.FindLastIndex(other => other.Start == start && other.Cause == gap.Cause);
        var revoked = known >= 0 && list[known].Repaired;
        if (known >= 0)
            list[known] = segment;
        else
            list.Add(segment);
        if (list.Count > MostSegments)
            list.RemoveAt(0);
        // An open gap was counted to the end of each reported window: without repair, given or taken back, only what lies past its end changes.
        var first = known >= 0 && !segment.Repaired && !revoked && segment.End is { } ended ? ended : start;
        var last = known < 0 && segment.End is { } over ? Moment.Earlier(over, reportedUntil) : reportedUntil;
        for (var window = Floor(Moment.Later(first, reportedUntil - Memory)); window < last; window += Length)
            corrections.Add((source, window.UnixMilliseconds));
    }

    /// <summary>Gives the rows that have become due.</summary>
    public void Report(Moment now, ICollection<CoverageRow> rows)
    {
        foreach (var (source, window) in corrections)
            rows.Add(Account(source, new Moment(window), null));
        corrections.Clear();
        if (Floor(now) > countingFrom)
            Turn(now);
        while (reportedUntil + Length + Settling <= now)
            ReportWindow(rows);
    }

    private static Moment Floor(Moment moment) => new(moment.UnixMilliseconds - (moment.UnixMilliseconds % (long)Length.TotalMilliseconds));

    /// <summary>Starts counting a new minute. What was counted before is kept until its window is reported.</summary>
    private void Turn(Moment now)
    {
        countingFrom = Floor(now);
        current ^= 1;
        tallies[current].Clear();
    }

    private void ReportWindow(ICollection<CoverageRow> rows)
    {
        var start = reportedUntil;
        var counted = start + Length == countingFrom ? tallies[current ^ 1] : null;
        for (var source = 0; source < since.Length; source++)
        {
            if (since[source] >= start + Length || until[source] <= start)
                continue;
            if (always[source] || HadGap(source, start))
                rows.Add(Account(source, start, counted?[source]));
        }

        reportedUntil = start + Length;
        foreach (var (source, list) in segments)
        {
            list.RemoveAll(segment => (segment.End ?? until[source]) is { } end && end < reportedUntil - Memory);
            if (list.Count == 0)
                segments.Remove(source);
        }
    }

    private bool HadGap(int source, Moment start) =>
        segments.TryGetValue(source, out var list) && list.Exists(segment => segment.Within(start, start + Length) > 0);

    private CoverageRow Account(int source, Moment start, SampleCounts? counts)
    {
        var from = Moment.Later(start, since[source]);
        var to = until[source] is { } over ? Moment.Earlier(over, start + Length) : start + Length;
        var span = Math.Max(0, (long)(to - from).TotalMilliseconds);
        long gap = 0, repaired = 0;
        if (segments.TryGetValue(source, out var list))
        {
            foreach (var segment in list)
            {
                var within = segment.Within(from, to);
                if (segment.Repaired)
                    repaired += within;
                else
                    gap += within;
            }
        }

        return new CoverageRow(source, start, span - gap - repaired, repaired, gap, counts);
    }

    private readonly record struct Segment(Moment Start, Moment? End, GapCause Cause, bool Repaired)
    {
        public long Within(Moment from, Moment until)
        {
            var start = Moment.Later(Start, from);
            var end = End is { } ended ? Moment.Earlier(ended, until) : until;
            return end > start ? (long)(end - start).TotalMilliseconds : 0;
        }
    }
}
