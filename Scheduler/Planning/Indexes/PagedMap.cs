using System.Diagnostics.CodeAnalysis;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>An immutable map by name: a change gives a new map that shares all pages but the changed ones with the one before.</summary>
/// <remarks>
/// Entries lie in the order in which they came, and a chain leads from a name's hash to its entry. Whoever asks for a hundred thousand names in that order reads memory
/// in order, which a processor foresees; in a tree each look misses the cache a dozen times.
/// </remarks>
internal sealed class PagedMap<T>
    where T : notnull
{
    public static readonly PagedMap<T> Empty = new([new int[ChainsToAPage]], [], 0, 0, 0);

    // Powers of two, so that a place is found without dividing.
    private const int ChainBits = 9;
    private const int ChainsToAPage = 1 << ChainBits;
    private const int EntryBits = 7;
    private const int EntriesToAPage = 1 << EntryBits;

    // Entries are numbered from 1; 0 is none. A page of chains has the number of each chain's first entry.
    private readonly int[][] chains;
    private readonly Entry[][] entries;

    // How many numbers were ever given out, and the first of those that were given back.
    private readonly int numbers;
    private readonly int free;

    private PagedMap(int[][] chains, Entry[][] entries, int count, int numbers, int free) =>
        (this.chains, this.entries, Count, this.numbers, this.free) = (chains, entries, count, numbers, free);

    public int Count { get; }

    /// <summary>In the order in which their names came; one that came after another had gone may stand in its place.</summary>
    public IEnumerable<T> Values => entries.SelectMany(page => page).Where(entry => entry.Key is not null).Select(entry => entry.Value);

    /// <param name="key">The name.</param>
    /// <param name="value">What it stands for.</param>
    /// <param name="likely">Where the name is likely to stand among all that ever came, from 0: it is looked for by its hash when it does not.</param>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value, int likely = -1)
    {
        var number = likely >= 0 && likely < numbers && EntryOf(entries, likely + 1).Key == key ? likely + 1 : Find(chains, entries, key.GetHashCode(), key);
        value = number == 0 ? default : EntryOf(entries, number).Value;
        return number != 0;
    }

    public T? GetValueOrDefault(string key) => TryGetValue(key, out var value) ? value : default;

    /// <summary>Gathers changes for a new map; this one stays as it is.</summary>
    public Changes Change() => new(this);

    private static int Find(int[][] chains, Entry[][] entries, int hash, string key)
    {
        var number = ChainOf(chains, hash);
        while (number != 0)
        {
            ref var entry = ref EntryOf(entries, number);
            if (entry.Hash == hash && entry.Key == key)
                break;
            number = entry.Next;
        }

        return number;
    }

    private static ref int ChainOf(int[][] chains, int hash)
    {
        var chain = hash & ((chains.Length << ChainBits) - 1);
        return ref chains[chain >> ChainBits][chain & (ChainsToAPage - 1)];
    }

    private static ref Entry EntryOf(Entry[][] entries, int number) => ref entries[(number - 1) >> EntryBits][(number - 1) & (EntriesToAPage - 1)];

    private struct Entry(int hash, int next, string? key, T value)
    {
        public readonly int Hash = hash;

        /// <summary>The next number of the chain, or the next that was given back.</summary>
        public int Next = next;

        /// <summary>Null where the number was given back.</summary>
        public readonly string? Key = key;

        public T Value = value;
    }

    /// <summary>Not thread-safe; of no use any more once its map was made.</summary>
    internal sealed class Changes(PagedMap<T> from)
    {
        // Pages that no other map has.
        private readonly HashSet<int> ownChains = [];
        private readonly HashSet<int> ownEntries = [];
        private int[][] chains = [.. from.chains];
        private Entry[][] entries = [.. from.entries];
        private int count = from.Count;
        private int numbers = from.numbers;
        private int free = from.free;

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => new PagedMap<T>(chains, entries, count, numbers, free).TryGetValue(key, out value);

        public void Set(string key, T value)
        {
            var hash = key.GetHashCode();
            if (Find(chains, entries, hash, key) is var known and not 0)
            {
                OwnEntry(known).Value = value;
                return;
            }

            count++;
            var number = NewNumber();
            ref var chain = ref OwnChain(hash);
            OwnEntry(number) = new Entry(hash, chain, key, value);
            chain = number;
        }

        public void Remove(string key)
        {
            var hash = key.GetHashCode();
            if (Find(chains, entries, hash, key) is var number && number == 0)
                return;
            count--;
            ref var gone = ref OwnEntry(number);
            ref var link = ref OwnChain(hash);
            while (link != number)
                link = ref OwnEntry(link).Next;
            link = gone.Next;
            gone = new Entry(0, free, null, default!);
            free = number;
        }

        public PagedMap<T> Map() => count == 0 ? Empty : new(chains, entries, count, numbers, free);

        private int NewNumber()
        {
            if (free != 0)
            {
                var again = free;
                free = EntryOf(entries, again).Next;
                return again;
            }

            if (numbers == chains.Length << ChainBits)
                Lengthen();
            if (numbers == entries.Length << EntryBits)
            {
                ownEntries.Add(entries.Length);
                entries = [.. entries, new Entry[EntriesToAPage]];
            }

            return ++numbers;
        }

        private ref int OwnChain(int hash)
        {
            var page = (hash & ((chains.Length << ChainBits) - 1)) >> ChainBits;
            if (ownChains.Add(page))
                chains[page] = [.. chains[page]];
            return ref ChainOf(chains, hash);
        }

        private ref Entry OwnEntry(int number)
        {
            var page = (number - 1) >> EntryBits;
            if (ownEntries.Add(page))
                entries[page] = [.. entries[page]];
            return ref EntryOf(entries, number);
        }

        /// <summary>Four times as many chains, once there are as many entries as chains; every number stays.</summary>
        private void Lengthen()
        {
            chains = [.. Enumerable.Range(0, chains.Length * 4).Select(_ => new int[ChainsToAPage])];
            ownChains.UnionWith(Enumerable.Range(0, chains.Length));
            for (var number = 1; number <= numbers; number++)
            {
                ref var entry = ref OwnEntry(number);
                ref var chain = ref ChainOf(chains, entry.Hash);
                (entry.Next, chain) = (chain, number);
            }
        }
    }
}
