using PatchEdge.Scheduler.Ledger.Verification;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Records;

/// <summary>An entry for a page.</summary>
/// <param name="Index">From 1.</param>
/// <param name="At">UTC; null when the entry does not say, which only a damaged one does.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What.</param>
/// <param name="Subject">To what.</param>
/// <param name="Reason">Why.</param>
/// <param name="Json">The entry as stored.</param>
/// <param name="Hash">Its hash as stored.</param>
public sealed record LedgerLine(long Index, DateTimeOffset? At, string Actor, string Action, string Subject, string Reason, string Json, string Hash);

/// <summary>Reads the record for pages. Thread-safe.</summary>
internal sealed class LedgerQueries(IDbContextFactory<SchedulerDb> databases, LedgerAnchors anchors, PermitSigner signer) : IDisposable
{
    private const int PageLength = 50;

    private readonly SemaphoreSlim oneWalk = new(1);

    /// <param name="before">Index that the page ends before; null for the newest.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public async Task<ImmutableArray<LedgerLine>> PageAsync(long? before, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var entries = await db.Ledger.AsNoTracking()
            .Where(entry => before == null || entry.Index < before)
            .OrderByDescending(entry => entry.Index)
            .Take(PageLength)
            .ToListAsync(cancellation);
        return [.. entries.Select(Line)];
    }

    /// <summary>Walks the whole chain; one walk at a time, however many ask.</summary>
    public async Task<LedgerCheckView> VerifyAsync(CancellationToken cancellation)
    {
        await oneWalk.WaitAsync(cancellation);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            var check = await LedgerVerifier.RunAsync(db, anchors.Read(signer.ReadHead), cancellation);
            return new LedgerCheckView(check.Entries, check.Head, check.Root, check.Fault);
        }
        finally
        {
            oneWalk.Release();
        }
    }

    public void Dispose() => oneWalk.Dispose();

    private static LedgerLine Line(LedgerEntry entry)
    {
        try
        {
            var content = JsonElement.Parse(entry.Json);
            return new LedgerLine(
                entry.Index,
                DateTimeOffset.TryParse(Text("at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
                Text("actor"), Text("action"), Text("subject"), Text("reason"), entry.Json, entry.Hash);

            string Text(string name) => content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new LedgerLine(entry.Index, null, "", "not readable", "", exception.Message, entry.Json, entry.Hash);
        }
    }
}
