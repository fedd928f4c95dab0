using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Appends to the ledger. Only the runner's loop appends, so indexes need no other guard.</summary>
/// <remarks>An entry names the hash of the one before it: whoever changes, removes or inserts one breaks every hash behind it. The entries are also the
/// leaves of a Merkle tree, which grows in the same transaction, so that any one of them can be proven without the others.</remarks>
internal sealed class LedgerBook(TimeProvider time)
{
    /// <summary>Previous hash of the first entry.</summary>
    public const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Identifies this process in entries: monotonic times compare only within one.</summary>
    private readonly string boot = Guid.NewGuid().ToString("N");
    private readonly long startedAt = time.GetTimestamp();

    /// <summary>Adds the entry to the context's transaction; it is durable when that commits, and not before.</summary>
    public async Task<LedgerEntry> AppendAsync(SchedulerDb db, LedgerRecord record, CancellationToken cancellation)
    {
        var pending = db.ChangeTracker.Entries<LedgerEntry>().Select(entry => entry.Entity).MaxBy(entry => entry.Index);
        var head = pending ?? await db.Ledger.AsNoTracking().OrderByDescending(entry => entry.Index).FirstOrDefaultAsync(cancellation);
        var entry = Seal((head?.Index ?? 0) + 1, head?.Hash ?? Genesis, record);
        db.Ledger.Add(entry);
        await StoredTree.GrowAsync(db, entry, cancellation);
        return entry;
    }

    /// <summary>SHA-256 (lower-case hex) of an entry as a leaf (RFC 6962 §2.1).</summary>
    public static string Hash(string json) => Convert.ToHexStringLower(TreeHash.Leaf(json));

    private LedgerEntry Seal(long index, string previous, LedgerRecord record)
    {
        var json = CanonicalJson.Write(new JsonObject
        {
            ["index"] = index,
            ["previous"] = previous,
            ["at"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            ["monotonic"] = (long)time.GetElapsedTime(startedAt).TotalMilliseconds,
            ["boot"] = boot,
            ["actor"] = record.Actor,
            ["action"] = record.Action,
            ["subject"] = record.Subject,
            ["reason"] = record.Reason,
            ["before"] = record.Before?.DeepClone(),
            ["after"] = record.After?.DeepClone(),
        });
        return new LedgerEntry { Index = index, Json = json, Hash = Hash(json) };
    }
}
