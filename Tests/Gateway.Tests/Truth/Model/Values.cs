using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>Reads from an entry which values it holds: each bears its number.</summary>
internal static class Values
{
    /// <param name="entry">Of readings.</param>
    /// <param name="into">Receives the source's number in the journal, and the value's own.</param>
    public static void Take(JournalEntry entry, HashSet<(int Source, int Number)> into)
    {
        var cursor = new ReadingBlockCursor(entry.Body);
        while (cursor.MoveNext())
            if (cursor.Value.Value.TryGet(out double number))
                into.Add((cursor.Source, (int)number));
    }
}
