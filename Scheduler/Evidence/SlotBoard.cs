namespace PatchEdge.Scheduler.Evidence;

/// <summary>One slot per subject, and what they hold as an immutable whole that snapshots share. Not thread-safe.</summary>
/// <param name="keys">Every subject there is.</param>
/// <param name="sender">For words, such as <c>gateway gw-1</c>.</param>
/// <param name="clockLimit">Largest difference of clocks at receipt.</param>
/// <param name="time">The clock.</param>
internal sealed class SlotBoard<TKey, T>(IEnumerable<TKey> keys, Func<TKey, string> sender, TimeSpan clockLimit, TimeProvider time)
    where TKey : notnull
    where T : class
{
    private readonly Dictionary<TKey, SenderSlot<T>> slots = keys.ToDictionary(key => key, key => new SenderSlot<T>(sender(key), clockLimit, time));
    private SlotPages<TKey, T>? states;

    private SlotPages<TKey, T> States => states ??= SlotPages<TKey, T>.Of(slots.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.State)));

    /// <summary>Has the subject's slot take a message.</summary>
    /// <param name="key">The subject.</param>
    /// <param name="take">Takes it, and says whether it did.</param>
    /// <param name="saysTheSame">Two messages tell nothing different but their age.</param>
    /// <returns>Null when it was dropped; false when it only renews what was evidence already; true when it may change a verdict.</returns>
    public bool? Take(TKey key, Func<SenderSlot<T>, bool> take, Func<T, T, bool> saysTheSame)
    {
        if (!slots.TryGetValue(key, out var slot))
            return null;
        var before = slot.State;
        if (!take(slot))
            return null;
        states = States.With(key, slot.State);
        var now = time.GetTimestamp();
        return !(before.Judge(now, time).IsFresh && slot.State.Judge(now, time).IsFresh && saysTheSame(before.Message!, slot.State.Message!));
    }

    /// <summary>Changes every slot that the filter names.</summary>
    public void Each(Func<TKey, bool> filter, Action<SenderSlot<T>> change)
    {
        foreach (var (key, slot) in slots)
            if (filter(key))
                change(slot);
        states = null;
    }

    /// <summary>Subjects whose evidence has grown too old between two moments.</summary>
    public IEnumerable<TKey> WentStale(long before, long now) =>
        slots.Where(pair => pair.Value.State.WentStale(before, now, time)).Select(pair => pair.Key);

    public HeardBy<TKey, T> Heard(long now) => new(States, now, time);
}
