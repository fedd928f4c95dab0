using System.Globalization;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Notes heads of the ledger in an append-only text file beside the database, so that a rewritten or shortened ledger shows.</summary>
/// <remarks>One line per head: index, a space, hash. A torn last line is what a crash leaves, and is passed over.</remarks>
internal sealed class LedgerAnchors(string path)
{
    private const int MaximumLines = 1_000_000;

    /// <summary>Appends and syncs; the entry itself is already durable.</summary>
    public void Note(LedgerEntry head)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{head.Index} {head.Hash}\n")));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Hash by index; empty when there is no file yet.</summary>
    public IReadOnlyDictionary<long, string> Read()
    {
        var heads = new Dictionary<long, string>();
        if (!File.Exists(path))
            return heads;
        foreach (var line in File.ReadLines(path).Take(MaximumLines))
            if (line.Split(' ') is [var index, { Length: 64 } hash] && long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                heads[number] = hash;
        return heads;
    }
}
