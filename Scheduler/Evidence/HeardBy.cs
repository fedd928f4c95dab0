using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest messages of one kind by subject, judged as of one moment when they are asked for. Immutable: taking it costs nothing, however large the plant.</summary>
/// <param name="slots">What was received.</param>
/// <param name="now">The moment, as a timestamp of the monotonic clock.</param>
/// <param name="time">The clock that gave it.</param>
/// <param name="judged">What was judged elsewhere; it comes before the slots.</param>
internal sealed class HeardBy<TKey, T>(
    ImmutableDictionary<TKey, SlotState<T>> slots, long now, TimeProvider time, ImmutableDictionary<TKey, Received<T>>? judged = null)
    where TKey : notnull
    where T : class
{
    /// <summary>Null for a subject that the plant does not have.</summary>
    public Received<T>? GetValueOrDefault(TKey key)
    {
        if (judged is not null && judged.TryGetValue(key, out var given))
            return given;
        return slots.TryGetValue(key, out var slot) ? slot.Judge(now, time) : null;
    }

    /// <summary>The same with another word about one subject.</summary>
    public HeardBy<TKey, T> SetItem(TKey key, Received<T> received) =>
        new(slots, now, time, (judged ?? ImmutableDictionary<TKey, Received<T>>.Empty).SetItem(key, received));

    public static implicit operator HeardBy<TKey, T>(ImmutableDictionary<TKey, Received<T>> judged) =>
        new(ImmutableDictionary<TKey, SlotState<T>>.Empty, 0, TimeProvider.System, judged);
}
