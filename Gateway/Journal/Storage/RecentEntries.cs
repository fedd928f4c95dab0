using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// The newest entries as they were before compression, so that delivery that keeps up need not read back what was just written. Bounded:
/// the oldest make room. Written by the journal's loop, read by pumps; what is not durable yet is seen by nobody.
/// </summary>
/// <param name="size">Of all content together, in bytes; taken at the first entry.</param>
internal sealed class RecentEntries(int size)
{
    private readonly Lock gate = new();
    private readonly Queue<Place> places = new();
    private byte[] content = [];
    private int next;
    private int used;
    private long durable;

    /// <summary>Keeps an entry that was appended and is not durable yet. An entry larger than a quarter of the room is not kept, nor what came before it.</summary>
    public void Add(long id, JournalKind kind, Moment at, int count, ReadOnlySpan<byte> raw)
    {
        lock (gate)
        {
            if (raw.Length > size / 4)
            {
                Forget();
                return;
            }

            if (content.Length == 0)
                content = GC.AllocateUninitializedArray<byte>(size);
            // What does not fit behind the last one begins anew in front; the rest of the array is left.
            var wraps = content.Length - next < raw.Length;
            var skipped = wraps ? content.Length - next : 0;
            while (used + skipped + raw.Length > content.Length)
                used -= places.Dequeue().Taken;
            var start = wraps ? 0 : next;
            raw.CopyTo(content.AsSpan(start));
            places.Enqueue(new Place(id, kind, at, count, start, raw.Length, skipped + raw.Length));
            next = start + raw.Length;
            used += skipped + raw.Length;
        }
    }

    /// <summary>Everything up to this entry is durable.</summary>
    public void Commit(long entry)
    {
        lock (gate)
            durable = entry;
    }

    /// <summary>Forgets everything: what was added last is not durable, or nobody knows whether it is.</summary>
    public void Clear()
    {
        lock (gate)
            Forget();
    }

    /// <summary>Copies durable entries from an id on.</summary>
    /// <param name="from">First id.</param>
    /// <param name="maximumBytes">Bound on the content of all together, also of those passed over; the first is given whatever its length.</param>
    /// <param name="wanted">Asked for each in turn by id, kind and count; what is not wanted is passed over.</param>
    /// <param name="room">Where their content shall lie.</param>
    /// <param name="entries">Receives them.</param>
    /// <returns>Id of the last entry that was copied or passed over; null when the first is not here: it is older, or not durable.</returns>
    public long? Read(long from, int maximumBytes, Func<long, JournalKind, int, bool> wanted, EntryRoom room, List<JournalEntry> entries)
    {
        lock (gate)
        {
            if (from > durable || !places.TryPeek(out var oldest) || oldest.Id > from)
                return null;
            long? last = null;
            var bytes = 0L;
            foreach (var place in places)
            {
                if (place.Id < from)
                    continue;
                if (place.Id > durable)
                    break;
                bytes += place.Length;
                if (bytes > maximumBytes && last is not null)
                    break;
                if (wanted(place.Id, place.Kind, place.Count))
                {
                    var copy = room.Take(place.Length);
                    content.AsSpan(place.Start, place.Length).CopyTo(copy.Span);
                    entries.Add(new JournalEntry(place.Id, place.Kind, place.At, place.Count, copy));
                }

                last = place.Id;
            }

            return last;
        }
    }

    private void Forget()
    {
        places.Clear();
        (next, used) = (0, 0);
    }

    /// <param name="Taken">Its length, and what was left of the array before it.</param>
    private readonly record struct Place(long Id, JournalKind Kind, Moment At, int Count, int Start, int Length, int Taken);
}
