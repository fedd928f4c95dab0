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
    /// <summary>Null for a subject that the plant does not have.</summary>
    /// <param name="key">The subject.</param>
    /// <param name="likely">Where it is likely to stand among all, from 0; one that stands elsewhere is found as well.</param>
    public Received<T>? GetValueOrDefault(TKey key, int likely = -1) =>
        judged is not null && judged.TryGetValue(key, out var given) ? given : slots.Find(key, likely)?.Judge(now, time);

    /// <summary>The same with another word about one subject.</summary>
    public HeardBy<TKey, T> SetItem(TKey key, Received<T> received) =>
        new(slots, now, time, (judged ?? ImmutableDictionary<TKey, Received<T>>.Empty).SetItem(key, received));

    public static implicit operator HeardBy<TKey, T>(ImmutableDictionary<TKey, Received<T>> judged) =>
        new(SlotPages<TKey, T>.Empty, 0, TimeProvider.System, judged);
}
