using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Features.Records;

/// <summary>Makes packs for people and programs, one at a time: each may be large. Thread-safe.</summary>
internal sealed class PackDesk(PackExporter exporter, IDbContextFactory<SchedulerDb> databases, IDbContextFactory<ContinuityDb> continuity) : IDisposable
{
    private readonly SemaphoreSlim one = new(1);

    /// <exception cref="PackException">There is no such run, or it cannot be proven yet.</exception>
    public async Task<byte[]> ExportAsync(string run, CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            await using var records = await continuity.CreateDbContextAsync(cancellation);
            return await exporter.ExportAsync(db, records, run, cancellation);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
