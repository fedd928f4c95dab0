using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>
/// Source times of what the journal received around the moment at which a gap began. A value bears the time at which it came about, before the
/// server sampled it: the first ones that a gap swallowed may be a little older than the last message before it, and only the journal tells
/// them from those that came. Used by one loop.
/// </summary>
internal sealed class ReceivedValues(JournalReader reader)
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const int MostValues = 1_000_000;

    /// <summary>A value is journaled soon after it came.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Tag, string Server), HashSet<long>> times = [];
    private (Moment From, Moment To)? span;
    private bool isWhole;

    /// <summary>Ticks of the source times of what came of a tag shortly before its gap.</summary>
    /// <returns>Null when that cannot be told, or was already looked up with the gap before.</returns>
    public IReadOnlySet<long>? Before(Gap gap, TimeSpan lead)
    {
        var start = Moment.Of(gap.Start);
        if (reader.Scalar("SELECT count(*) FROM gap WHERE tag = $1 AND server = $2 AND \"end\" = $3 AND repair = $4", gap.Tag, gap.Server, start.UnixMilliseconds, nameof(GapRepair.Backfilled)) > 0)
            return null;
        var (from, to) = (start - lead - Margin, start + Margin);
        if (span is not { } known || from < known.From || to > known.To)
            Read(from, to);
        return !isWhole ? null : times.TryGetValue((gap.Tag, gap.Server), out var received) ? received : new HashSet<long>();
    }

    private void Read(Moment from, Moment to)
    {
        times.Clear();
        (span, isWhole) = ((from, to), true);
        var sources = reader.Sources();
        // Attestations are found by their time, readings are not.
        var next = reader.Scalar(
            "SELECT id FROM entry WHERE kind <> 1 AND kind = $1 AND at <= $2 ORDER BY at DESC LIMIT 1", (int)JournalKind.Attestation, from.UnixMilliseconds);
        var count = 0;
        while (reader.Read(next, MostBytes, (_, _) => isWhole = false) is { Count: > 0 } entries)
        {
            foreach (var entry in entries)
            {
                if (entry.At > to)
                    return;
                if (entry.At >= from && entry.Kind == JournalKind.Readings)
                    count += Add(entry, sources);
            }

            if (count > MostValues)
            {
                isWhole = false;
                times.Clear();
                return;
            }

            next = entries[^1].Id + 1;
        }
    }

    private int Add(JournalEntry entry, IReadOnlyDictionary<int, (string Tag, string Server)> sources)
    {
        var cursor = new ReadingBlockCursor(entry.Body);
        while (cursor.MoveNext())
        {
            if (!sources.TryGetValue(cursor.Source, out var source))
                continue;
            if (!times.TryGetValue(source, out var received))
                times[source] = received = [];
            received.Add(cursor.Value.SourceTimestamp.Ticks);
        }

        return entry.Count;
    }
}
