using System.Globalization;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>What is known of the ledger from outside its database.</summary>
internal sealed class AnchoredHeads
{
    private readonly Dictionary<long, string> entries = [];
    private readonly Dictionary<long, (string Root, string Where)> heads = [];

    /// <summary>Hash of an entry by its index.</summary>
    public IReadOnlyDictionary<long, string> Entries => entries;

    /// <summary>Root of the tree by its size, and who holds it.</summary>
    public IReadOnlyDictionary<long, (string Root, string Where)> Heads => heads;

    /// <summary>The highest index that is known, and who says so; null when nothing is.</summary>
    public (long Index, string Where)? Newest { get; private set; }

    /// <summary>Lines that are neither an entry's hash nor a head that our key signed, with their number from 1.</summary>
    public List<int> Strange { get; } = [];

    /// <summary>Takes one line of a file of heads: <c>INDEX HASH</c>, or a signed head as it was handed out.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number from 1.</param>
    /// <param name="where">The file, for messages.</param>
    /// <param name="read">Reads a head that our key signed; null for any other.</param>
    public void Take(string line, int number, string where, Func<string, LedgerHead?> read)
    {
        if (line.Split(' ') is [var index, { Length: 64 } hash] && long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var entry))
        {
            entries[entry] = hash;
            Know(entry, where);
        }
        else if (read(line.Trim()) is { } head)
        {
            heads[head.Size] = (head.Root, where);
            Know(head.Size, where);
        }
        else
        {
            Strange.Add(number);
        }
    }

    private void Know(long index, string where)
    {
        if (Newest is not { } newest || index > newest.Index)
            Newest = (index, where);
    }
}
