namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>What the historian must hold in one window, by identity, the newest value of each field: as the historian itself merges what it is sent.</summary>
internal sealed class ExpectedPoints(SeriesTable table)
{
    private readonly Dictionary<PointKey, Slot> slots = [];
    private readonly List<(int Field, ulong Value)> values = [];

    public int Count => slots.Count;

    public void Clear()
    {
        slots.Clear();
        values.Clear();
    }

    /// <summary>Takes a line in; a later one of the same identity adds to it and takes its fields' place.</summary>
    /// <param name="line">Ours.</param>
    /// <param name="settled">It is delivered; false: it may be there already, or not yet.</param>
    public void Add(PointLine line, bool settled)
    {
        var key = new PointKey(table.Series(line.Series), line.Time);
        var known = slots.TryGetValue(key, out var slot);
        var first = values.Count;
        while (line.MoveNext())
            values.Add((table.Field(line.Name), line.Digest));
        if (known)
            for (var index = slot.First; index < slot.First + slot.Length; index++)
                if (!Has(first, values.Count, values[index].Field))
                    values.Add(values[index]);
        slots[key] = new Slot(first, values.Count - first, settled && (!known || slot.Settled));
    }

    /// <summary>Judges a point that the historian holds.</summary>
    /// <param name="key">Its identity.</param>
    /// <param name="fields">Its fields that are not null.</param>
    public Verdict Judge(PointKey key, ReadOnlySpan<(int Field, ulong Value)> fields)
    {
        if (!slots.TryGetValue(key, out var slot))
            return Verdict.Unknown;
        slots[key] = slot with { Seen = true };
        if (!slot.Settled)
            return Verdict.Equal;
        for (var index = slot.First; index < slot.First + slot.Length; index++)
            if (fields.IndexOf(values[index]) < 0)
                return Verdict.Altered;
        return Verdict.Equal;
    }

    /// <summary>Those that are delivered and that the historian did not show.</summary>
    public IEnumerable<PointKey> Missing() => slots.Where(slot => slot.Value is { Settled: true, Seen: false }).Select(slot => slot.Key);

    /// <summary>Those that are delivered, with the sum over their fields.</summary>
    public IEnumerable<(PointKey Key, ulong Sum)> Settled()
    {
        foreach (var (key, slot) in slots)
        {
            if (!slot.Settled)
                continue;
            ulong sum = 0;
            for (var index = slot.First; index < slot.First + slot.Length; index++)
                sum = unchecked(sum + FieldDigest.Of(key.Series, key.Time, values[index].Field, values[index].Value));
            yield return (key, sum);
        }
    }

    /// <summary>Sum over those of a point's fields that are expected of it.</summary>
    public ulong SumOf(PointKey key, ReadOnlySpan<(int Field, ulong Value)> fields)
    {
        ulong sum = 0;
        if (slots.TryGetValue(key, out var slot))
            foreach (var (field, value) in fields)
                if (Has(slot.First, slot.First + slot.Length, field))
                    sum = unchecked(sum + FieldDigest.Of(key.Series, key.Time, field, value));
        return sum;
    }

    private bool Has(int from, int until, int field)
    {
        for (var index = from; index < until; index++)
            if (values[index].Field == field)
                return true;
        return false;
    }

    private readonly record struct Slot(int First, int Length, bool Settled, bool Seen = false);
}

/// <param name="Series">Number in the <see cref="SeriesTable"/>.</param>
/// <param name="Time">Nanoseconds since 1970.</param>
internal readonly record struct PointKey(int Series, long Time);

/// <summary>What a point of the historian is to the journal.</summary>
internal enum Verdict
{
    Equal,

    /// <summary>A field that was delivered is missing or differs.</summary>
    Altered,

    /// <summary>The journal knows no such point.</summary>
    Unknown,
}
