namespace PatchEdge.Scheduler.Evidence;

/// <summary>What every slot of a plant holds, as one immutable whole: a changed slot copies its page and shares all others.</summary>
/// <remarks>Pages rather than a tree, since a tree of a hundred thousand costs seventeen misses of the cache at every look.</remarks>
internal sealed class SlotPages<TKey, T>
    where TKey : notnull
    where T : class
{
    public static readonly SlotPages<TKey, T> Empty = new([], [], []);

    private const int PageSize = 128;
    private readonly TKey[] keys;
    private readonly Dictionary<TKey, int> places;
    private readonly SlotState<T>[][] pages;

    private SlotPages(TKey[] keys, Dictionary<TKey, int> places, SlotState<T>[][] pages) => (this.keys, this.places, this.pages) = (keys, places, pages);

    public static SlotPages<TKey, T> Of(IEnumerable<KeyValuePair<TKey, SlotState<T>>> slots)
    {
        var all = slots.ToList();
        return new SlotPages<TKey, T>(
            [.. all.Select(slot => slot.Key)],
            all.Select((slot, place) => (slot.Key, place)).ToDictionary(item => item.Key, item => item.place),
            [.. all.Select(slot => slot.Value).Chunk(PageSize)]);
    }

    /// <summary>Null for a subject that there is not.</summary>
    /// <param name="key">The subject.</param>
    /// <param name="likely">Where it is likely to stand, from 0; it is looked for by its key when it does not.</param>
    public SlotState<T>? Find(TKey key, int likely)
    {
        if (likely >= 0 && likely < keys.Length && EqualityComparer<TKey>.Default.Equals(keys[likely], key))
            return pages[likely / PageSize][likely % PageSize];
        return places.TryGetValue(key, out var place) ? pages[place / PageSize][place % PageSize] : null;
    }

    /// <summary>With one slot changed; the subject must be there.</summary>
    public SlotPages<TKey, T> With(TKey key, SlotState<T> state)
    {
        var place = places[key];
        var (copies, page) = ((SlotState<T>[][])pages.Clone(), (SlotState<T>[])pages[place / PageSize].Clone());
        page[place % PageSize] = state;
        copies[place / PageSize] = page;
        return new SlotPages<TKey, T>(keys, places, copies);
    }
}
