using System.Text.Json;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Journal;

/// <summary>The part of a batch that repairs write: values from history, the gaps as they are now, and what is still to be done.</summary>
internal sealed class RepairPortion : IDisposable
{
    private readonly List<Gap> gaps = [];
    private readonly List<string> done = [];
    private readonly List<RepairRow> rest = [];
    private ReadingBlock? values;

    public bool IsEmpty => gaps.Count == 0 && done.Count == 0 && rest.Count == 0;

    public int Weight => (values?.Length ?? 0) + (400 * gaps.Count) + (200 * (done.Count + rest.Count));

    /// <param name="outcome">What one look changed.</param>
    /// <param name="server">Index of the server in this run's plant file.</param>
    /// <param name="journalId">The source's id; meaningless without values.</param>
    /// <param name="at">When the answer came.</param>
    public void Add(RepairOutcome outcome, int server, int journalId, Moment at)
    {
        gaps.AddRange(outcome.Parts);
        done.Add(outcome.Gap);
        rest.AddRange(outcome.Rest);
        if (outcome.Values.Count == 0)
            return;
        values ??= new ReadingBlock();
        var read = at.ToDateTimeOffset().UtcDateTime;
        values.Start(new NotificationHead(server, 0, 0, read, read, outcome.Values.Count));
        foreach (var value in outcome.Values)
            values.Add(journalId, value);
    }

    public void Write(JournalStore store, Moment at)
    {
        if (values is { Length: > 0 })
            store.Append(JournalKind.Backfilled, at, values.Count, values.Written);
        if (gaps.Count > 0)
            store.Append(JournalKind.Gaps, at, gaps.Count, JsonSerializer.SerializeToUtf8Bytes([.. gaps], JournalJson.Default.GapArray));
        foreach (var gap in gaps)
            store.Put(gap);
        foreach (var gap in done)
            store.DeleteRepair(gap);
        foreach (var row in rest)
            store.Put(row);
    }

    public void Dispose() => values?.Dispose();
}
