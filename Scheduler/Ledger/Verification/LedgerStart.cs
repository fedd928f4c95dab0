using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Verification;

/// <summary>Where a walk begins: at the first entry, or behind entries that a head vouches for which our key signed.</summary>
/// <remarks>
/// The subtrees that make up that head's tree are stored; together they have the root that was signed, so they are the ones of then. A changed row
/// below them is found by a walk of the whole, which is done beside the work.
/// </remarks>
internal sealed record LedgerStart
{
    public static readonly LedgerStart Beginning = new() { Size = 0, Peaks = [], Head = LedgerBook.Genesis, Reopened = [] };

    /// <summary>So many heads are looked at before a walk begins at the first entry; all but those of another key are good.</summary>
    private const int Tried = 16;

    /// <summary>So many of the newest that were noted before the start are compared: one of them covers all older ones.</summary>
    private const int Compared = 16;

    /// <summary>Entries before it.</summary>
    public required long Size { get; init; }

    /// <summary>Hashes of the subtrees that those make up.</summary>
    public required ImmutableArray<byte[]> Peaks { get; init; }

    /// <summary>Hash of the last of them.</summary>
    public required string Head { get; init; }

    /// <summary>Spans among all entries that people declared lost.</summary>
    public required ImmutableArray<LostSpan> Reopened { get; init; }

    public TreeFrontier Tree() => new(Size, Peaks);

    /// <param name="db">Where the ledger is.</param>
    /// <param name="anchors">Heads noted outside the database.</param>
    /// <param name="read">Reads a head that our key signed; null for any other.</param>
    /// <param name="most">At most so many entries lie before it; none when that is below 1.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <returns>The start, and what contradicts it; null when nothing does.</returns>
    public static async Task<(LedgerStart Start, string? Fault)> FindAsync(SchedulerDb db, AnchoredHeads anchors, Func<string, LedgerHead?> read, long most, CancellationToken cancellation)
    {
        if (most < 1)
            return (Beginning, null);
        var reopened = await ReopenedAsync(db, cancellation);
        foreach (var stored in await db.LedgerHeads.AsNoTracking().Where(head => head.Size <= most).OrderByDescending(head => head.Size).Take(Tried).ToListAsync(cancellation))
            if (read(stored.Token) is { } head && head.Size == stored.Size && !reopened.Any(span => span.Contains(head.Size)))
                try
                {
                    return await BehindAsync(db, anchors, head, reopened, cancellation);
                }
                catch (LedgerDamagedException exception)
                {
                    return (Beginning, exception.Message);
                }

        return (Beginning, null);
    }

    private static async Task<(LedgerStart Start, string? Fault)> BehindAsync(SchedulerDb db, AnchoredHeads anchors, LedgerHead head, ImmutableArray<LostSpan> reopened, CancellationToken cancellation)
    {
        var nodes = StoredTree.Of(db, cancellation);
        var root = await TreeProofs.RootAsync(head.Size, nodes);
        if (Convert.ToHexStringLower(root) != head.Root)
            return (Beginning, LedgerVerifier.NotOfHead(head.Size, "the database"));
        var leaf = await nodes(new TreePosition(0, head.Size - 1));
        var path = await TreeProofs.InclusionAsync(head.Size - 1, head.Size, nodes);
        if (!TreeVerifier.Includes(head.Size - 1, leaf, head.Size, root, path))
            return (Beginning, $"entry {head.Size} is not the one that the head of {head.Size} entries ends with: it was changed");
        var peaks = ImmutableArray.CreateBuilder<byte[]>();
        foreach (var position in TreePosition.Cover(0, head.Size))
            peaks.Add(await nodes(position));
        var start = new LedgerStart { Size = head.Size, Peaks = peaks.ToImmutable(), Head = Convert.ToHexStringLower(leaf), Reopened = reopened };
        return (start, await start.ContradictionAsync(anchors, nodes));
    }

    /// <summary>Whether what was noted last before the start is found again.</summary>
    private async Task<string?> ContradictionAsync(AnchoredHeads anchors, NodeReader nodes)
    {
        foreach (var (index, hash) in anchors.Entries.Where(item => Counts(item.Key)).OrderByDescending(item => item.Key).Take(Compared))
            if (Convert.ToHexStringLower(await nodes(new TreePosition(0, index - 1))) != hash)
                return LedgerVerifier.NotAsNoted(index);
        foreach (var (size, head) in anchors.Heads.Where(item => Counts(item.Key)).OrderByDescending(item => item.Key).Take(Compared))
            if (Convert.ToHexStringLower(await TreeProofs.RootAsync(size, nodes)) != head.Root)
                return LedgerVerifier.NotOfHead(size, head.Where);
        return null;
    }

    private bool Counts(long index) => index >= 1 && index <= Size && !Reopened.Any(span => span.Contains(index));

    private static async Task<ImmutableArray<LostSpan>> ReopenedAsync(SchedulerDb db, CancellationToken cancellation)
    {
        var entries = await LedgerTables.OfSubject(db, "site").AsNoTracking().Where(entry => entry.Json.Contains($"\"action\":\"{LedgerActions.Reopened}\"")).OrderBy(entry => entry.Index).ToListAsync(cancellation);
        return [.. entries.Select(entry => LostSpan.Of(JsonNode.Parse(entry.Json)!["after"])).OfType<LostSpan>()];
    }
}
