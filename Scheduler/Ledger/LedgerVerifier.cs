using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Walks the whole ledger, oldest first: its chain, its tree, and every head that was noted outside the database.</summary>
internal static class LedgerVerifier
{
    /// <param name="db">Where it is.</param>
    /// <param name="anchors">Heads noted outside the database, which must all be found again.</param>
    /// <param name="cancellation">Stops the walk.</param>
    public static async Task<LedgerCheck> RunAsync(SchedulerDb db, AnchoredHeads anchors, CancellationToken cancellation)
    {
        var tree = new TreeFrontier();
        var head = LedgerBook.Genesis;
        var reopened = ImmutableArray.CreateBuilder<LostSpan>();
        var contradicted = new List<(long Index, string Fault)>();
        await using var nodes = new StoredNodeWalk(db, cancellation);
        LedgerCheck Check(string? fault) => new(tree.Size, head, Convert.ToHexStringLower(tree.Root), fault, reopened.ToImmutable());

        await foreach (var entry in db.Ledger.AsNoTracking().OrderBy(entry => entry.Index).AsAsyncEnumerable().WithCancellation(cancellation))
        {
            var index = tree.Size + 1;
            if (entry.Index != index)
                return Check($"entry {index} is missing: entry {entry.Index} follows {index - 1}");
            if (Fault(entry, head, reopened) is { } fault)
                return Check(fault);
            var completed = new List<(TreePosition Position, byte[] Hash)>();
            tree.Append(Convert.FromHexString(entry.Hash), (position, hash) => completed.Add((position, hash)));
            head = entry.Hash;
            foreach (var (position, hash) in completed)
                if (await nodes.FaultAsync(position, hash) is { } unlike)
                    return Check(unlike);
            if (anchors.Entries.TryGetValue(index, out var anchored) && anchored != head)
                contradicted.Add((index, $"entry {index} is not the one whose hash was noted outside the database: the ledger was rewritten"));
            if (anchors.Heads.TryGetValue(index, out var signed) && signed.Root != Convert.ToHexStringLower(tree.Root))
                contradicted.Add((index, $"the first {index} entries are not those of the head that {signed.Where} holds: the ledger was rewritten"));
        }

        if (await nodes.LeftoverAsync() is { } leftover)
            return Check(leftover);
        if (contradicted.FirstOrDefault(item => !reopened.Any(span => span.Contains(item.Index))).Fault is { } rewritten)
            return Check(rewritten);
        return anchors.Newest is { } newest && newest.Index > tree.Size
            ? Check($"entry {newest.Index} was noted in {newest.Where} and is gone: an older copy was restored, or the end was cut off")
            : Check(null);
    }

    private static string? Fault(LedgerEntry entry, string previous, ImmutableArray<LostSpan>.Builder reopened)
    {
        if (LedgerBook.Hash(entry.Json) != entry.Hash)
            return $"entry {entry.Index} does not have the hash that was stored with it: it was changed";
        try
        {
            var content = JsonNode.Parse(entry.Json)!;
            if ((long?)content["index"] != entry.Index)
                return $"entry {entry.Index} says it is another: it was moved";
            if ((string?)content["previous"] != previous)
                return $"entry {entry.Index} does not follow the one before it: one of them was changed";
            if ((string?)content["action"] == LedgerActions.Reopened && LostSpan.Of(content["after"]) is { } lost)
                reopened.Add(lost);
            return null;
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            return $"entry {entry.Index} is not readable: {exception.Message}";
        }
    }
}

/// <param name="Entries">How many entries hold together.</param>
/// <param name="Head">Hash of the last of them.</param>
/// <param name="Root">Hash of their tree.</param>
/// <param name="Fault">What is wrong behind them; null when nothing is.</param>
/// <param name="Reopened">Spans that people declared lost, so that heads from before are not held against what stands there now.</param>
internal sealed record LedgerCheck(long Entries, string Head, string Root, string? Fault, ImmutableArray<LostSpan> Reopened);

/// <summary>Entries that were lost with a database, as <c>ledger reopen</c> put on record.</summary>
/// <param name="From">Index of the first.</param>
/// <param name="To">Index of the last.</param>
internal sealed record LostSpan(long From, long To)
{
    public bool Contains(long index) => index >= From && index <= To;

    /// <summary>Null when the entry does not say.</summary>
    public static LostSpan? Of(JsonNode? after) => (long?)after?["lostFrom"] is { } from && (long?)after["lostTo"] is { } to ? new LostSpan(from, to) : null;

    public JsonObject Write() => new() { ["lostFrom"] = From, ["lostTo"] = To };
}
