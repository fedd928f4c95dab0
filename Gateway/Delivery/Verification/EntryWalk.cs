using System.Text;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Walks the journal's entries as the lines that delivery makes of them.</summary>
/// <param name="journal">Read through a connection of its own.</param>
/// <param name="points">Makes the lines.</param>
/// <param name="sink">Whose quarantine tells what was never stored.</param>
internal sealed class EntryWalk(JournalReader journal, PointWriter points, string sink)
{
    private const int PortionBytes = 4 * 1024 * 1024;

    /// <summary>The quarantine cuts what it keeps.</summary>
    private const int KeptOfQuarantined = 4096;

    private readonly ILookup<long, string> quarantined = journal.Quarantined(sink);
    private readonly LineBuffer lines = new();
    private readonly List<long> times = [];

    /// <summary>Entries that could not be read; they were never delivered either.</summary>
    public long Damaged { get; private set; }

    /// <summary>Each entry with the times of its points.</summary>
    public void Visit(long from, long until, Action<JournalEntry, IReadOnlyList<long>> visit) => Entries(from, until, entry =>
    {
        times.Clear();
        points.Times(entry, times);
        visit(entry, times);
    });

    /// <summary>Each line whose time lies in a window, in the order of delivery.</summary>
    public void Lines(long from, long until, long start, long end, Action<long, ReadOnlyMemory<byte>> take) => Entries(from, until, entry =>
    {
        times.Clear();
        points.Times(entry, times);
        if (!times.Exists(time => time >= start && time < end))
            return;
        for (var at = 0; at < entry.Count;)
        {
            lines.Clear();
            at = points.Write(entry, at, lines, () => lines.Lines >= 5000);
            for (var line = 0; line < lines.Lines; line++)
            {
                var bytes = lines.Slice(line, line + 1);
                if (new PointLine(bytes.Span[..^1]).Time is var time && time >= start && time < end && !IsQuarantined(entry.Id, bytes.Span[..^1]))
                    take(entry.Id, bytes);
            }
        }
    });

    private void Entries(long from, long until, Action<JournalEntry> visit)
    {
        while (from < until)
        {
            var last = 0L;
            var entries = journal.Read(from, PortionBytes, (entry, _) =>
            {
                if (entry < until)
                    Damaged++;
                last = Math.Max(last, entry);
            });
            if (entries.Count == 0 && last == 0)
                return;
            foreach (var entry in entries)
            {
                if (entry.Id >= until)
                    return;
                visit(entry);
                last = Math.Max(last, entry.Id);
            }

            from = last + 1;
        }
    }

    private bool IsQuarantined(long entry, ReadOnlySpan<byte> line)
    {
        if (!quarantined.Contains(entry))
            return false;
        var text = Encoding.UTF8.GetString(line);
        return quarantined[entry].Contains(text.Length > KeptOfQuarantined ? text[..KeptOfQuarantined] : text);
    }
}
