using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>Goes on after entries were lost with their database: fills their indexes with entries that say so, since an index that was a token is never given again.</summary>
internal static class LedgerReopening
{
    /// <summary>Most entries that can be put on record as lost.</summary>
    private const int MostLost = 1_000_000;
    private const int Portion = 500;

    /// <remarks>The caller holds <paramref name="data"/> and the term, so no scheduler decides and nobody else appends.</remarks>
    /// <returns>Whether it was done, and what was done or why not.</returns>
    public static async Task<(bool Done, string Message)> RunAsync(
        DataDirectory data, OfflineTerm term, AnchoredHeads anchors, string by, string reason, TimeProvider time, CancellationToken cancellation)
    {
        if (term.Place.Server is null && !File.Exists(data.Database))
            return (false, $"there is no ledger in {data.Location}");
        LedgerCheck alone;
        long from;
        await using (var db = term.Open())
        {
            alone = await LedgerVerifier.RunAsync(db, new AnchoredHeads(), cancellation);
            if (alone.Fault is { } broken)
                return (false, $"the ledger does not hold together by itself: {broken}. Restore a copy that does; nothing was changed");
            if ((await LedgerVerifier.RunAsync(db, anchors, cancellation)).Fault is null)
                return (false, "the ledger agrees with every head that is known: nothing is lost, and nothing was changed");
            from = await FirstContradictionAsync(db, anchors, alone, cancellation);
        }

        var to = anchors.Newest!.Value.Index;
        if (to - alone.Entries > MostLost)
            return (false, $"{to - alone.Entries} entries are lost, and at most {MostLost} can be put on record: restore a newer copy");
        LedgerEntry last = null!;
        var book = new LedgerBook(time);
        for (var next = alone.Entries + 1; next <= to;)
            await term.WriteAsync(async db =>
            {
                for (var i = 0; i < Portion && next <= to; i++, next++)
                    last = await book.AppendAsync(db, new LedgerRecord
                    {
                        Actor = by, Action = LedgerActions.Lost, Subject = "site", Reason = "what stood here was lost with the database; its index is not given again",
                    }, cancellation);
            }, cancellation);

        await term.WriteAsync(async db => last = await book.AppendAsync(db, new LedgerRecord
        {
            Actor = by,
            Action = LedgerActions.Reopened,
            Subject = "site",
            Reason = reason,
            Before = new() { ["root"] = alone.Root, ["entries"] = alone.Entries },
            After = new LostSpan(from, Math.Max(to, alone.Entries)).Write(),
        }, cancellation), cancellation);

        var file = new LedgerAnchors(data.Anchors);
        var aside = file.SetAside(time.GetUtcNow());
        file.Note(last);
        return (true, $"Entry {last.Index} says that entries {from} to {Math.Max(to, alone.Entries)} are lost."
            + (aside is null ? "" : $" The heads that contradict are kept in {aside}."));
    }

    /// <summary>From where on what was noted outside is not what stands here.</summary>
    private static async Task<long> FirstContradictionAsync(SchedulerDb db, AnchoredHeads anchors, LedgerCheck alone, CancellationToken cancellation)
    {
        var first = alone.Entries + 1;
        foreach (var (index, hash) in anchors.Entries.Where(item => item.Key < first).OrderBy(item => item.Key))
            if ((await db.Ledger.AsNoTracking().FirstAsync(entry => entry.Index == index, cancellation)).Hash != hash)
            {
                first = index;
                break;
            }

        foreach (var (size, head) in anchors.Heads.Where(item => item.Key < first).OrderBy(item => item.Key))
            if (Convert.ToHexStringLower(await Tree.TreeProofs.RootAsync(size, Tree.StoredTree.Of(db, cancellation))) != head.Root)
                return size;
        return first;
    }
}
