using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Storage;

/// <summary>Where the scheduler keeps what it knows: in files of its data directory, or in a PostgreSQL database. One model serves both.</summary>
internal sealed class StoragePlace : IAsyncDisposable
{
    private readonly string data;

    private StoragePlace(string data, PostgresServer? server) => (this.data, Server) = (data, server);

    /// <summary>Null for files.</summary>
    public PostgresServer? Server { get; }

    /// <exception cref="Plant.Files.ConfigurationException">The database's password file cannot be used.</exception>
    public static StoragePlace Of(SchedulerOptions options) => new(options.Data, options.Database is { } database ? PostgresServer.Open(database, options.Name) : null);

    /// <summary>The scheduler's own tables, written only by whoever leads.</summary>
    /// <param name="db">Is told where they are.</param>
    /// <param name="leadership">Null only reads, or writes a file that the caller has for itself.</param>
    public void UseScheduler(DbContextOptionsBuilder db, Leadership? leadership)
    {
        Use(db, DataDirectory.DatabaseName);
        if (Server is not null && leadership is not null)
            db.AddInterceptors(new LeaseFence(leadership));
    }

    public void UseContinuity(DbContextOptionsBuilder db) => Use(db, DataDirectory.ContinuityName);

    public void UseAccounts(DbContextOptionsBuilder db) => Use(db, DataDirectory.AccountsName);

    /// <summary>A context for the command line, which only reads.</summary>
    /// <exception cref="SchemaException">It is not there, or of another version.</exception>
    public async Task<SchedulerDb> ReadAsync(CancellationToken cancellation)
    {
        if (Server is not null)
        {
            await using var connection = await Server.OpenAsync(cancellation);
            Check($"the database {Server.Options.Database}", await PostgresSchema.VersionAsync(connection, "scheduler", cancellation));
        }

        var file = Path.Combine(data, DataDirectory.DatabaseName);
        if (Server is null && !File.Exists(file))
            Check(file, null);
        var db = new SchedulerDb(ReadOnlyOptions());
        if (Server is null)
            Check(file, (await db.Database.SqlQueryRaw<int>("SELECT user_version AS Value FROM pragma_user_version").ToListAsync(cancellation))[0]);
        return db;
    }

    /// <summary>What only reads the scheduler's tables.</summary>
    public DbContextOptions<SchedulerDb> ReadOnlyOptions()
    {
        var db = new DbContextOptionsBuilder<SchedulerDb>();
        return Server is not null
            ? db.UseNpgsql(Server.Contexts).AddInterceptors(new PromptOpening()).Options
            : db.UseSqlite(new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, DataDirectory.DatabaseName), Mode = SqliteOpenMode.ReadOnly }.ToString()).Options;
    }

    /// <summary>Brings every part to the schema that this program knows.</summary>
    /// <exception cref="SchemaException">One is not for this program.</exception>
    public Task PrepareAsync(SchedulerDb scheduler, ContinuityDb continuity, AccountsDb accounts, Func<Task> then, CancellationToken cancellation)
    {
        (DbContext Db, string Part, string File, SchemaPlan Plan)[] parts =
        [
            (scheduler, "scheduler", DataDirectory.DatabaseName, Schema.Plan),
            (continuity, "continuity", DataDirectory.ContinuityName, ContinuityDb.Plan),
            (accounts, "accounts", DataDirectory.AccountsName, new SchemaPlan(AccountsDb.Version, AccountsDb.Steps)),
        ];
        return Server is null ? PrepareAllAsync() : PostgresSchema.AloneAsync(Server, PrepareAllAsync, cancellation);

        async Task PrepareAllAsync()
        {
            foreach (var (db, part, file, plan) in parts)
                await (Server is null
                    ? Schema.PrepareAsync(db, Path.Combine(data, file), plan, cancellation)
                    : PostgresSchema.PrepareAsync(Server, db, part, plan, cancellation));
            await then();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    private void Use(DbContextOptionsBuilder db, string file)
    {
        if (Server is not null)
            db.UseNpgsql(Server.Contexts).AddInterceptors(new PromptOpening());
        else
            db.UseSqlite($"Data Source={Path.Combine(data, file)}").AddInterceptors(new DurablePragmas());
    }

    private static void Check(string place, int? version)
    {
        if (version is not { } found)
            throw new SchemaException($"there is no ledger in {place}: no scheduler has run with this configuration");
        if (found > Schema.Version)
            throw new SchemaException($"{place} has schema {found}, this program knows {Schema.Version}: use the newer program");
        if (found < Schema.Version)
            throw new SchemaException($"{place} has schema {found}: start this scheduler once, which brings it to {Schema.Version}");
    }
}
