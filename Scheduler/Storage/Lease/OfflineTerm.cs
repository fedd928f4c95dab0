using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>A term of the command line's own, for what must happen while no scheduler leads: of a file, by its directory's lock; of a shared database, by its lease.</summary>
internal sealed class OfflineTerm : IAsyncDisposable
{
    /// <summary>It is not renewed, and handed back at the end.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    /// <summary>Ends the name under which it leads.</summary>
    public const string NameEnd = " (command line)";

    private readonly StoragePlace place;
    private readonly Leadership leadership;
    private readonly LeaseStore? store;

    private OfflineTerm(StoragePlace place, Leadership leadership, LeaseStore? store) => (this.place, this.leadership, this.store) = (place, leadership, store);

    public StoragePlace Place => place;

    /// <param name="data">Held by the caller.</param>
    /// <param name="options">Of the configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="SchemaException">A scheduler leads, or the database is not of this program's version.</exception>
    public static async Task<OfflineTerm> TakeAsync(DataDirectory data, SchedulerOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var place = StoragePlace.Of(options);
        var leadership = new Leadership(options.Name + NameEnd, place.Server is not null, time);
        try
        {
            if (place.Server is not { } server)
            {
                await using var file = new SchedulerDb(Options(place, leadership));
                if (File.Exists(data.Database))
                    await Schema.PrepareAsync(file, data.Database, cancellation);
                return new OfflineTerm(place, leadership, null);
            }

            await (await place.ReadAsync(cancellation)).DisposeAsync();
            var store = new LeaseStore(server, Guid.NewGuid().ToString("N"), Schema.Version);
            var asked = time.GetTimestamp();
            if (await store.TryTakeAsync(leadership.Name, "", "", Length, null, cancellation) is not { } row)
                throw new SchemaException($"{(await store.ReadAsync(cancellation)).Name} leads: stop every scheduler of this database first");
            leadership.Hold(row, asked, LeaseKeeper.Believed(Length));
            leadership.Act(row.Epoch);
            return new OfflineTerm(place, leadership, store);
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    public SchedulerDb Open() => new(Options(place, leadership));

    /// <summary>Runs the work in one transaction of this term.</summary>
    public async Task WriteAsync(Func<SchedulerDb, Task> work, CancellationToken cancellation)
    {
        await using var db = Open();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await work(db);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (store is not null && leadership.Epoch is { } epoch)
            await store.ReleaseAsync(epoch, CancellationToken.None);
        await place.DisposeAsync();
    }

    private static DbContextOptions<SchedulerDb> Options(StoragePlace place, Leadership leadership)
    {
        var db = new DbContextOptionsBuilder<SchedulerDb>();
        place.UseScheduler(db, leadership);
        return db.Options;
    }
}
