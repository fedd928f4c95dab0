using System.Text.Json;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Continuity.Report;

/// <summary>Finds when a batch was on its lines, from the reports of lines that a gateway journaled.</summary>
/// <remarks>
/// A batch begins with the first report that names it and ends with the first later one that proves another, or none. While it is not known which batch is
/// on the line it goes on: nobody saw it end. The same batch may come back, and is a span of its own then.
/// </remarks>
internal sealed class BatchSpans(string batch)
{
    private const int Latest = 5;

    private readonly Dictionary<string, Moment> open = new(StringComparer.Ordinal);
    private readonly List<LineSpan> closed = [];
    private readonly List<string> seen = [];

    /// <summary>Ordered by their start.</summary>
    public IReadOnlyList<LineSpan> Spans => [.. closed.Concat(open.Select(pair => new LineSpan(pair.Key, pair.Value, null))).OrderBy(span => span.Start.UnixMilliseconds)];

    /// <summary>The last batches that were named, the newest first: what may have been meant.</summary>
    public IReadOnlyList<string> LatestNamed => seen;

    /// <summary>Takes an entry of line reports, in the journal's order.</summary>
    /// <exception cref="JournalException">It is not what a gateway writes.</exception>
    public void Take(JournalEntry entry)
    {
        LineReport[] reports;
        try
        {
            reports = JsonSerializer.Deserialize(entry.Body, JournalJson.Default.LineReportArray) ?? [];
        }
        catch (JsonException exception)
        {
            throw new JournalException($"entry {entry.Id} is no list of line reports: {exception.Message}");
        }

        foreach (var report in reports)
            Take(report);
    }

    private void Take(LineReport report)
    {
        if (report.Batch is { Length: > 0 } named)
            Name(named);
        if (report.Batch == batch)
            open.TryAdd(report.Line, Moment.Of(report.At));
        else if (report.Batch is not null && open.Remove(report.Line, out var start))
            closed.Add(new LineSpan(report.Line, start, Moment.Of(report.At)));
    }

    private void Name(string named)
    {
        if (seen is [var newest, ..] && newest == named)
            return;
        seen.Remove(named);
        seen.Insert(0, named);
        if (seen.Count > Latest)
            seen.RemoveAt(Latest);
    }
}
