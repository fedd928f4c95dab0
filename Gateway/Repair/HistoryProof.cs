using System.Collections.Immutable;
using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>
/// Judges what raw history proves. Part 11 §6.5.3 promises the values that the historian kept, not that it was keeping them: a span is
/// proven only between two stored Good values, or after the newest one when that is still the current value, and only while one
/// process of the server lived through it.
/// </summary>
internal static class HistoryProof
{
    /// <param name="start">First moment of the gap.</param>
    /// <param name="end">First moment after it.</param>
    /// <param name="answer">What the history says.</param>
    /// <param name="longestSpacing">
    /// When the server itself fell silent: values farther apart prove nothing between them, for a process that stood still leaves the same
    /// bounds behind. Null when the server was known to live.
    /// </param>
    public static HistoryVerdict Judge(Moment start, Moment end, HistoryAnswer answer, TimeSpan? longestSpacing)
    {
        if (answer.ServerStarted is not { } started)
            return HistoryVerdict.Nothing("the server does not say since when it runs, so its history may have holes");
        var proven = ImmutableArray.CreateBuilder<(Moment Start, Moment End)>();
        var points = answer.Points;
        for (var index = 0; index < points.Count; index++)
        {
            var from = points[index];
            var isNewest = index == points.Count - 1;
            if (!from.IsGood || (isNewest && !answer.ReachesPresent))
                continue;
            var until = isNewest ? Moment.Later(end, from.At) : points[index + 1].At;
            if (started > Moment.Later(from.At, start) || (longestSpacing is { } longest && until - from.At > longest))
                continue;
            Add(proven, Moment.Later(Moment.Later(from.At, start), answer.CompleteFrom ?? start), Moment.Earlier(Moment.Earlier(until, end), answer.CompleteUntil ?? end));
        }

        return new HistoryVerdict(proven.ToImmutable(), Why(start, end, answer, started, longestSpacing))
        {
            IsWhole = proven.Count == 1 && proven[0] == (start, end),
            MayHeal = points.Count > 0 && points[^1].IsGood && !answer.ReachesPresent && points[^1].At < end,
        };
    }

    private static void Add(ImmutableArray<(Moment Start, Moment End)>.Builder proven, Moment start, Moment end)
    {
        if (end <= start)
            return;
        if (proven.Count > 0 && proven[^1].End == start)
            proven[^1] = (proven[^1].Start, end);
        else
            proven.Add((start, end));
    }

    /// <summary>Why not all of it is proven; the weightiest reason. Meaningless when all is.</summary>
    private static string Why(Moment start, Moment end, HistoryAnswer answer, Moment started, TimeSpan? longestSpacing) =>
        answer.Points.Count == 0 ? "the server's history has no value there and none before it"
        : started > start ? $"the server runs since {started} only: what it holds from before does not show that it was sampling"
        : answer.Points[0].At > start ? $"the server's history begins at {answer.Points[0].At}"
        : answer.Points.Any(point => !point.IsGood) ? "values in the server's history are not Good"
        : longestSpacing is not null ? "the server itself was silent, and its history has no values close enough to show that it was sampling"
        : answer.CompleteFrom is not null || answer.CompleteUntil is not null ? "the history has more values than are read at once"
        : "the server's history ends before the gap does";
}

/// <summary>What was proven of a gap.</summary>
/// <param name="Proven">Spans inside the gap, in order, apart from each other.</param>
/// <param name="Why">Why it is not the whole.</param>
internal sealed record HistoryVerdict(ImmutableArray<(Moment Start, Moment End)> Proven, string Why)
{
    public bool IsWhole { get; init; }

    /// <summary>Only the newest values are missing: a historian that lags may have them later.</summary>
    public bool MayHeal { get; init; }

    public static HistoryVerdict Nothing(string why) => new([], why);
}
