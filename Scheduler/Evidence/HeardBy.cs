using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest messages of one kind by subject, judged as of one moment when they are asked for. Immutable: taking it costs nothing, however large the plant.</summary>
/// <param name="slots">What was received.</param>
/// <param name="now">The moment, as a timestamp of the monotonic clock.</param>
/// <param name="time">The clock that gave it.</param>
/// <param name="judged">What was judged elsewhere; it comes before the slots.</param>
internal sealed class HeardBy<TKey, T>(SlotPages<TKey, T> slots, long now, TimeProvider time, ImmutableDictionary<TKey, Received<T>>? judged = null)
    where TKey : notnull
    where T : class
{
    // Gate after gate asks for the same host. Two threads that keep their last at once both keep what is right.
    private Tuple<TKey, Received<T>?>? last;

    /// <summary>Null for a subject that the plant does not have.</summary>
    public Received<T>? GetValueOrDefault(TKey key)
    {
        var known = last;
        if (known is null || !EqualityComparer<TKey>.Default.Equals(known.Item1, key))
            last = known = Tuple.Create(key, Find(key));
        return known.Item2;
    }

    /// <summary>The same with another word about one subject.</summary>
    public HeardBy<TKey, T> SetItem(TKey key, Received<T> received) =>
        new(slots, now, time, (judged ?? ImmutableDictionary<TKey, Received<T>>.Empty).SetItem(key, received));

    public static implicit operator HeardBy<TKey, T>(ImmutableDictionary<TKey, Received<T>> judged) =>
        new(SlotPages<TKey, T>.Empty, 0, TimeProvider.System, judged);

    private Received<T>? Find(TKey key) =>
        judged is not null && judged.TryGetValue(key, out var given) ? given : slots.Find(key)?.Judge(now, time);
}
