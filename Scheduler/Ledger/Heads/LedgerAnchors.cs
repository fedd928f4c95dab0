using System.Globalization;
using System.Text;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>Notes heads of the ledger in an append-only text file beside the database, so that a rewritten or shortened ledger shows.</summary>
/// <remarks>
/// One line for each commit: index, a space, hash; and one for each signed head, as signed. A torn last line is what a crash leaves, and is passed
/// over. The newest lines say all that older ones do, since every hash covers everything before it: so the file is cut to them when it has grown.
/// </remarks>
internal sealed class LedgerAnchors(string path)
{
    /// <summary>Lines at which the file is cut, and lines that then stay.</summary>
    public const int MostLines = 20_000;
    public const int KeptLines = 10_000;

    private const int MostRead = 10_000_000;
    private int? lines;

    /// <summary>Appends and syncs; the entry itself is already durable.</summary>
    public void Note(LedgerEntry head) => Append(string.Create(CultureInfo.InvariantCulture, $"{head.Index} {head.Hash}"));

    /// <inheritdoc cref="Note(LedgerEntry)"/>
    public void Note(SignedHead head) => Append(head.Token);

    /// <param name="read">Reads a head that our key signed; null for any other.</param>
    public AnchoredHeads Read(Func<string, LedgerHead?> read)
    {
        var known = new AnchoredHeads();
        ReadInto(known, path, read);
        return known;
    }

    /// <summary>Adds what a file of heads says, such as one that a gateway kept; nothing when there is no such file.</summary>
    public static void ReadInto(AnchoredHeads known, string file, Func<string, LedgerHead?> read)
    {
        if (!File.Exists(file))
            return;
        var number = 0;
        foreach (var line in File.ReadLines(file).Take(MostRead))
            known.Take(line, ++number, Path.GetFileName(file), read);
    }

    /// <summary>Puts the file aside, when the ledger it speaks of is lost for good, and begins a new one.</summary>
    /// <returns>Where it is now; null when there was none.</returns>
    public string? SetAside(DateTimeOffset now)
    {
        if (!File.Exists(path))
            return null;
        var aside = string.Create(CultureInfo.InvariantCulture, $"{path}.lost-{now:yyyyMMdd'T'HHmmss}");
        File.Move(path, aside);
        lines = 0;
        return aside;
    }

    private void Append(string line)
    {
        lines ??= File.Exists(path) ? File.ReadLines(path).Take(MostRead).Count() : 0;
        if (lines >= MostLines)
            Cut();
        // A torn line of before must not swallow this one.
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var torn = false;
        if (stream.Length > 0)
        {
            stream.Seek(-1, SeekOrigin.End);
            torn = stream.ReadByte() != '\n';
        }

        stream.Write(Encoding.ASCII.GetBytes((torn ? "\n" : "") + line + "\n"));
        stream.Flush(flushToDisk: true);
        lines++;
    }

    private void Cut()
    {
        var kept = File.ReadLines(path).TakeLast(KeptLines).ToList();
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(Encoding.ASCII.GetBytes(string.Join('\n', kept) + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        lines = kept.Count;
    }
}
