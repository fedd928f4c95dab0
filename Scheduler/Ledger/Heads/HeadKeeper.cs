using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Messaging;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>Signs heads of the ledger, hands them out, and judges those that come back. Only the runner's loop calls it.</summary>
/// <remarks>A head is signed at each release, and a minute after the last one when the ledger has grown: what grew by nothing needs no new head.</remarks>
internal sealed class HeadKeeper(
    IDbContextFactory<SchedulerDb> databases, PermitSigner signer, LedgerAnchors anchors, AgentLink link, LedgerHealth health, PlantModel plant, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AllKeptFor = TimeSpan.FromDays(7);
    private static readonly TimeSpan ThinnedEvery = TimeSpan.FromDays(1);

    private long? signedAt;
    private long? thinnedAt;
    private string? unsent;

    /// <summary>At the beginning of a term: what another key or another scheduler signed, and what the broker kept, is not relied on.</summary>
    public Task RenewAsync(CancellationToken cancellation)
    {
        (signedAt, unsent) = (null, null);
        return SignAsync(isRelease: false, cancellation);
    }

    /// <summary>Signs when it is time, and sends what could not be sent before.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (signedAt is not { } last || time.GetElapsedTime(last) >= Every)
            await SignAsync(isRelease: false, cancellation);
        if (unsent is { } token && link.IsConnected && await link.SendRetainedAsync(Topics.LedgerHead(plant.Site), token, cancellation) && unsent == token)
            unsent = null;
    }

    /// <summary>Signs the ledger as it is now, unless that has been done. A ledger that does not verify is not signed.</summary>
    public async Task SignAsync(bool isRelease, CancellationToken cancellation)
    {
        if (health.IsTampered)
            return;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var size = await StoredTree.SizeAsync(db, cancellation);
        if (size > 0 && !await db.LedgerHeads.AnyAsync(head => head.Size == size && (head.IsRelease || !isRelease), cancellation))
        {
            var head = await MakeAsync(db, size, isRelease, cancellation);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            await db.LedgerHeads.Where(stored => stored.Size == size).ExecuteDeleteAsync(cancellation);
            db.LedgerHeads.Add(head);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            anchors.Note(head);
            unsent = head.Token;
        }
        else if (signedAt is null)
        {
            // A broker that was restarted has forgotten what it kept.
            unsent = (await db.LedgerHeads.AsNoTracking().OrderByDescending(head => head.Size).FirstOrDefaultAsync(cancellation))?.Token;
        }

        signedAt = time.GetTimestamp();
        if (thinnedAt is not { } thinned || time.GetElapsedTime(thinned) >= ThinnedEvery)
            await ThinAsync(db, cancellation);
    }

    /// <summary>Compares a head that was handed out with the ledger as it is now.</summary>
    /// <param name="token">What came back, from anyone.</param>
    /// <param name="from">Who gave it back.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <returns>What contradicts the ledger, which is locked then; null when nothing new does. A head that our key did not sign says nothing.</returns>
    public async Task<string?> JudgeAsync(string token, string from, CancellationToken cancellation)
    {
        if (health.IsTampered || signer.ReadHead(token) is not { } head || head.Site != plant.Site || head.Size < 1)
            return null;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var size = await StoredTree.SizeAsync(db, cancellation);
        string? fault = null;
        if (head.Size > size)
            fault = $"{from} holds its head of {head.Size} entries, signed {head.At:yyyy-MM-dd HH:mm:ss} UTC, and it has {size}: an older copy was restored, or the end was cut off";
        else if (!health.Reopened.Any(lost => lost.Contains(head.Size)))
            fault = await ContradictionAsync(db, head, from, cancellation);
        if (fault is not null)
            health.Tampered(fault);
        return fault;
    }

    private static async Task<string?> ContradictionAsync(SchedulerDb db, LedgerHead head, string from, CancellationToken cancellation)
    {
        try
        {
            var root = await TreeProofs.RootAsync(head.Size, StoredTree.Of(db, cancellation));
            return Convert.ToHexStringLower(root) == head.Root
                ? null
                : $"{from} holds its head of {head.Size} entries, signed {head.At:yyyy-MM-dd HH:mm:ss} UTC, and these entries are others: the ledger was rewritten";
        }
        catch (LedgerDamagedException exception)
        {
            return exception.Message;
        }
    }

    private async Task<SignedHead> MakeAsync(SchedulerDb db, long size, bool isRelease, CancellationToken cancellation)
    {
        var head = new LedgerHead
        {
            Site = plant.Site,
            Size = size,
            Root = Convert.ToHexStringLower(await TreeProofs.RootAsync(size, StoredTree.Of(db, cancellation))),
            At = time.GetUtcNow(),
        };
        return new SignedHead { Size = size, Root = head.Root, At = head.At, IsRelease = isRelease, Token = signer.Sign(head) };
    }

    /// <summary>Of old heads one a day stays, beside those of releases: any later head proves what an earlier one did.</summary>
    private async Task ThinAsync(SchedulerDb db, CancellationToken cancellation)
    {
        var before = (time.GetUtcNow() - AllKeptFor).ToUnixTimeMilliseconds();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync(
            $"""DELETE FROM ledger_head WHERE NOT "IsRelease" AND "At" < {before} AND "Size" NOT IN (SELECT max("Size") FROM ledger_head GROUP BY "At" / 86400000)""", cancellation);
        await transaction.CommitAsync(cancellation);
        thinnedAt = time.GetTimestamp();
    }
}
