using PatchEdge.Scheduler.Ledger.Verification;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Records;

/// <param name="Index">From 1.</param>
/// <param name="Hash">Hash of the entry.</param>
/// <param name="Entry">The entry itself.</param>
public sealed record LedgerEntryView(long Index, string Hash, JsonElement Entry);

/// <param name="Entries">How many entries hold together.</param>
/// <param name="Head">Hash of the last of them.</param>
/// <param name="Root">Hash of their Merkle tree (RFC 6962 §2.1).</param>
/// <param name="Fault">What is wrong behind them; null when nothing is.</param>
public sealed record LedgerCheckView(long Entries, string Head, string Root, string? Fault);

/// <summary><c>/api/ledger</c>: reads the record and verifies it.</summary>
internal static class LedgerEndpoints
{
    private const int Most = 1_000;

    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/ledger").WithTags("Ledger").RequireAuthorization(Policies.View);
        ledger.MapGet("/", ListAsync).WithSummary("Entries, newest first; 'before' pages on.");
        ledger.MapGet("/verify", async (IDbContextFactory<SchedulerDb> databases, LedgerAnchors anchors, PermitSigner signer, CancellationToken cancellation) =>
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            var check = await LedgerVerifier.RunAsync(db, anchors.Read(signer.ReadHead), cancellation);
            return new LedgerCheckView(check.Entries, check.Head, check.Root, check.Fault);
        }).WithSummary("Walks the whole hash chain and compares it with the heads noted outside the database.");
    }

    public static async Task<LedgerEntryView[]> ListAsync(IDbContextFactory<SchedulerDb> databases, CancellationToken cancellation, long before = long.MaxValue, int take = 100)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var entries = await db.Ledger.AsNoTracking()
            .Where(entry => entry.Index < before)
            .OrderByDescending(entry => entry.Index)
            .Take(Math.Clamp(take, 1, Most))
            .ToListAsync(cancellation);
        return [.. entries.Select(entry => new LedgerEntryView(entry.Index, entry.Hash, JsonElement.Parse(entry.Json)))];
    }
}
