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
    private readonly Dictionary<(string Tag, string Server), HashSet<long>> lookedUp = [];
    private (Moment From, Moment To)? span;
    private (Moment From, long Entry, long At)? lastLookedUp;
    private int lookedUpValues;
    private bool isWhole;

    /// <summary>Whether a value of a gap's tag, from shortly before the gap, is in the journal already: it came, or was looked up with the gap before.</summary>
    /// <returns>Null when that cannot be told.</returns>
    public Func<long, bool>? Before(Gap gap, TimeSpan lead)
    {
        var start = Moment.Of(gap.Start);
        var (from, to) = (start - lead - Margin, start + Margin);
        if (span is not { } known || from < known.From || to > known.To)
            Read(from, to);
        ReadLookedUp(from);
        if (!isWhole)
            return null;
        var key = (gap.Tag, gap.Server);
        var (came, old) = (times.GetValueOrDefault(key), lookedUp.GetValueOrDefault(key));
        return ticks => came?.Contains(ticks) == true || old?.Contains(ticks) == true;
    }

    /// <summary>What was read from history since, entry by entry: each is read once. Where they are too many some are forgotten, and come twice.</summary>
    private void ReadLookedUp(Moment from)
    {
        if (lastLookedUp is not { } last || from < last.From)
        {
            lookedUp.Clear();
            last = (from, 0, from.UnixMilliseconds);
        }

        while (reader.Scalar(
            "SELECT id FROM entry WHERE kind <> 1 AND kind = $1 AND at >= $2 AND id > $3 ORDER BY at, id LIMIT 1", (int)JournalKind.Backfilled, last.At, last.Entry) is > 0 and var next
            && reader.Read(next, 1, (_, _) => { }) is { Count: > 0 } entries)
        {
            if (lookedUpValues > MostValues)
            {
                lookedUp.Clear();
                lookedUpValues = 0;
            }

            lookedUpValues += Add(entries[0], reader.Sources(), lookedUp);
            last = (last.From, next, entries[0].At.UnixMilliseconds);
        }

        lastLookedUp = last;
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
                    count += Add(entry, sources, times);
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

    private static int Add(JournalEntry entry, IReadOnlyDictionary<int, (string Tag, string Server)> sources, Dictionary<(string Tag, string Server), HashSet<long>> times)
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
