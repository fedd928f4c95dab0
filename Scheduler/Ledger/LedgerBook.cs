using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Appends to the ledger and verifies it. Only the runner's loop appends, so indexes need no other guard.</summary>
/// <remarks>An entry names the hash of the one before it: whoever changes, removes or inserts one breaks every hash behind it.</remarks>
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
        return entry;
    }

    /// <summary>SHA-256 (lower-case hex) of an entry as a leaf (RFC 6962 §2.1).</summary>
    public static string Hash(string json)
    {
        var leaf = new byte[1 + Encoding.UTF8.GetByteCount(json)];
        Encoding.UTF8.GetBytes(json, leaf.AsSpan(1));
        return Convert.ToHexStringLower(SHA256.HashData(leaf));
    }

    /// <summary>Walks the whole ledger, oldest first.</summary>
    /// <param name="db">Where it is.</param>
    /// <param name="anchors">Heads noted outside the database by index, which must all be found again.</param>
    /// <param name="cancellation">Stops the walk.</param>
    public static async Task<LedgerCheck> VerifyAsync(SchedulerDb db, IReadOnlyDictionary<long, string> anchors, CancellationToken cancellation)
    {
        long count = 0;
        var head = Genesis;
        var unseen = anchors.Count;
        await foreach (var entry in db.Ledger.AsNoTracking().OrderBy(entry => entry.Index).AsAsyncEnumerable().WithCancellation(cancellation))
        {
            count++;
            if (entry.Index != count)
                return new LedgerCheck(count - 1, head, $"entry {count} is missing: entry {entry.Index} follows {count - 1}");
            if (Fault(entry, head) is { } fault)
                return new LedgerCheck(count - 1, head, fault);
            head = entry.Hash;
            if (anchors.TryGetValue(entry.Index, out var anchored))
            {
                unseen--;
                if (anchored != head)
                    return new LedgerCheck(count, head, $"entry {entry.Index} is not the one whose hash was anchored outside the database: the ledger was rewritten");
            }
        }

        return unseen == 0
            ? new LedgerCheck(count, head, null)
            : new LedgerCheck(count, head, $"entry {anchors.Keys.Max()} was anchored outside the database and is gone: an older copy was restored, or the end was cut off");
    }

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

    private static string? Fault(LedgerEntry entry, string previous)
    {
        if (Hash(entry.Json) != entry.Hash)
            return $"entry {entry.Index} does not have the hash that was stored with it: it was changed";
        try
        {
            var content = JsonNode.Parse(entry.Json)!;
            if ((long?)content["index"] != entry.Index)
                return $"entry {entry.Index} says it is another: it was moved";
            return (string?)content["previous"] == previous ? null : $"entry {entry.Index} does not follow the one before it: one of them was changed";
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            return $"entry {entry.Index} is not readable: {exception.Message}";
        }
    }
}

/// <param name="Entries">How many entries hold together.</param>
/// <param name="Head">Hash of the last of them.</param>
/// <param name="Fault">What is wrong behind them; null when nothing is.</param>
internal sealed record LedgerCheck(long Entries, string Head, string? Fault);
