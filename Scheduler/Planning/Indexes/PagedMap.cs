using System.Diagnostics.CodeAnalysis;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>An immutable map by name: a change gives a new map that shares all pages but the changed ones with the one before.</summary>
/// <remarks>Pages by hash and no tree: a look into a tree of a hundred thousand misses the cache a dozen times, here it does so three times.</remarks>
internal sealed class PagedMap<T>
    where T : notnull
{
    public static readonly PagedMap<T> Empty = new([new Entry[PageSize][]], 0);

    private const int PageSize = 64;

    /// <summary>Entries to a bucket, on average, at which there are four times as many buckets.</summary>
    private const int Crowd = 2;

    // Page, bucket, entries; null where there are none. The number of pages is a power of two.
    private readonly Entry[]?[][] pages;

    private PagedMap(Entry[]?[][] pages, int count) => (this.pages, Count) = (pages, count);

    public int Count { get; }

    public IEnumerable<T> Values => pages.SelectMany(page => page).OfType<Entry[]>().SelectMany(bucket => bucket).Select(entry => entry.Value);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        var hash = key.GetHashCode();
        var place = hash & ((pages.Length * PageSize) - 1);
        if (pages[place / PageSize][place % PageSize] is { } bucket)
            foreach (ref readonly var entry in bucket.AsSpan())
                if (entry.Hash == hash && entry.Key == key)
                {
                    value = entry.Value;
                    return true;
                }

        value = default;
        return false;
    }

    public T? GetValueOrDefault(string key) => TryGetValue(key, out var value) ? value : default;

    /// <summary>Gathers changes for a new map; this one stays as it is.</summary>
    public Changes Change() => new(this);

    private static ref Entry[]? Bucket(Entry[]?[][] pages, int hash)
    {
        var place = hash & ((pages.Length * PageSize) - 1);
        return ref pages[place / PageSize][place % PageSize];
    }

    private readonly record struct Entry(int Hash, string Key, T Value);

    /// <summary>Not thread-safe; of no use any more once its map was made.</summary>
    internal sealed class Changes(PagedMap<T> from)
    {
        private readonly HashSet<int> own = [];
        private Entry[]?[][] pages = [.. from.pages];
        private int count = from.Count;

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => new PagedMap<T>(pages, count).TryGetValue(key, out value);

        public void Set(string key, T value)
        {
            if (count >= pages.Length * PageSize * Crowd)
                Grow();
            var entry = new Entry(key.GetHashCode(), key, value);
            ref var bucket = ref Own(entry.Hash);
            var place = Find(bucket, entry.Hash, key);
            if (place < 0)
                count++;
            bucket = place < 0 ? [.. bucket ?? [], entry] : [.. bucket!.AsSpan(0, place), entry, .. bucket.AsSpan(place + 1)];
        }

        public void Remove(string key)
        {
            var hash = key.GetHashCode();
            if (Find(Bucket(pages, hash), hash, key) is var place && place < 0)
                return;
            ref var bucket = ref Own(hash);
            bucket = bucket!.Length == 1 ? null : [.. bucket.AsSpan(0, place), .. bucket.AsSpan(place + 1)];
            count--;
        }

        public PagedMap<T> Map() => count == 0 ? Empty : new(pages, count);

        private static int Find(Entry[]? bucket, int hash, string key) =>
            bucket is null ? -1 : Array.FindIndex(bucket, entry => entry.Hash == hash && entry.Key == key);

        /// <summary>The bucket of a hash, on a page that no other map has.</summary>
        private ref Entry[]? Own(int hash)
        {
            var page = (hash & ((pages.Length * PageSize) - 1)) / PageSize;
            if (own.Add(page))
                pages[page] = [.. pages[page]];
            return ref Bucket(pages, hash);
        }

        private void Grow()
        {
            var entries = pages.SelectMany(page => page).OfType<Entry[]>().SelectMany(bucket => bucket).ToLookup(entry => entry.Hash & ((pages.Length * PageSize * 4) - 1));
            pages = [.. Enumerable.Range(0, pages.Length * 4).Select(_ => new Entry[PageSize][])];
            foreach (var bucket in entries)
                pages[bucket.Key / PageSize][bucket.Key % PageSize] = [.. bucket];
            own.UnionWith(Enumerable.Range(0, pages.Length));
        }
    }
}
