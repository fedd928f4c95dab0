namespace PatchEdge.Gateway.Continuity.Runs;

/// <summary>Knows which patch run had which line, and since when: so that a gap can say in which one it fell.</summary>
internal sealed class RunSpans
{
    private const int MostPerLine = 64;

    private readonly Dictionary<string, List<RunSpan>> byLine = new(StringComparer.Ordinal);

    /// <param name="known">What an earlier process left in the journal; runs that it left open go on.</param>
    public RunSpans(IEnumerable<RunSpan> known)
    {
        foreach (var span in known.OrderBy(span => span.Start))
            Keep(span);
    }

    /// <summary>Takes a notice in.</summary>
    /// <returns>The span as it is now; null when nothing changed.</returns>
    public RunSpan? Take(in RunNotice notice)
    {
        var spans = byLine.GetValueOrDefault(notice.Line) ?? [];
        var run = notice.Run;
        var index = spans.FindLastIndex(span => span.Run == run);
        var known = index >= 0 ? spans[index] : null;
        // A run that holds its line again, after it cleared it, is still the same run: its span grows over both.
        RunSpan? changed = notice.Holds
            ? known is null ? new RunSpan(run, notice.Line, notice.At, null) : known.End is null ? null : known with { End = null }
            : known is { End: null } ? known with { End = Moment.Later(notice.At, known.Start) } : null;
        if (changed is null)
            return null;
        if (index >= 0)
            spans[index] = changed;
        else
            Keep(changed);
        return changed;
    }

    /// <summary>The run that a span of a line falls in; the latest, when it touches several; null when none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="start">First moment.</param>
    /// <param name="end">First moment after it; null when it is not over.</param>
    public string? Of(string line, Moment start, Moment? end)
    {
        if (byLine.TryGetValue(line, out var spans))
            for (var index = spans.Count - 1; index >= 0; index--)
                if ((end is not { } over || spans[index].Start < over) && (spans[index].End is not { } ended || ended > start))
                    return spans[index].Run;
        return null;
    }

    private void Keep(RunSpan span)
    {
        if (!byLine.TryGetValue(span.Line, out var spans))
            byLine[span.Line] = spans = [];
        spans.Add(span);
        if (spans.Count > MostPerLine)
            spans.RemoveAt(0);
    }
}
