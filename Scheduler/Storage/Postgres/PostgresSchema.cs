using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace PatchEdge.Scheduler.Storage.Postgres;

/// <summary>Brings a PostgreSQL database to the schema that this program knows, or refuses it.</summary>
/// <remarks>The version of each part is a row of <c>schema_version</c>. A migration ends the term of whoever leads: nobody may write what is being changed.</remarks>
internal static class PostgresSchema
{
    /// <summary>Any number that no other program of the database uses: schedulers that start together prepare it one after the other.</summary>
    private const long PreparingLock = 0x5061_7463_6845_6467;

    private static readonly Version Oldest = new(14, 0);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the work while no other scheduler prepares the same database.</summary>
    /// <exception cref="SchemaException">The server cannot be relied on.</exception>
    public static async Task AloneAsync(PostgresServer server, Func<Task> work, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(server, cancellation);
        await ExecuteAsync(connection, null, $"SET lock_timeout = {(long)Patience.TotalMilliseconds}; SELECT pg_advisory_lock({PreparingLock});", cancellation);
        try
        {
            await ExecuteAsync(connection, null, PostgresTables.Common, cancellation);
            await work();
        }
        finally
        {
            await ExecuteAsync(connection, null, $"SELECT pg_advisory_unlock({PreparingLock}); RESET lock_timeout;", CancellationToken.None);
        }
    }

    /// <param name="server">The database.</param>
    /// <param name="db">Says what the tables are; nothing is written through it.</param>
    /// <param name="part">Its name in <c>schema_version</c>.</param>
    /// <param name="plan">What this program knows.</param>
    /// <param name="cancellation">Stops it between steps.</param>
    /// <exception cref="SchemaException">The database was written by a newer program.</exception>
    public static async Task PrepareAsync(PostgresServer server, DbContext db, string part, SchemaPlan plan, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(server, cancellation);
        var version = await VersionAsync(connection, part, cancellation) ?? 0;
        if (version > plan.Version)
            throw new SchemaException($"the database has schema {version} of {part}, this program knows {plan.Version}: start the newer program, or restore a backup");
        if (version == plan.Version)
            return;
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (version == 0)
            await ExecuteAsync(connection, transaction, db.Database.GenerateCreateScript() + plan.AlsoCreatePostgres, cancellation);
        else
            await MigrateAsync(connection, transaction, part, version, plan, cancellation);
        if (plan.IsInTerm)
            await ExecuteAsync(connection, transaction, string.Concat(db.Model.GetEntityTypes().Select(type => PostgresTables.InTerm(type.GetTableName()!))), cancellation);
        await using var command = new NpgsqlCommand(
            """INSERT INTO schema_version VALUES (@part, @version) ON CONFLICT ("Name") DO UPDATE SET "Version" = excluded."Version" """, connection, transaction);
        command.Parameters.AddWithValue("part", part);
        command.Parameters.AddWithValue("version", plan.Version);
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>The version of a part; null when it was never made.</summary>
    public static async Task<int?> VersionAsync(NpgsqlConnection connection, string part, CancellationToken cancellation)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass('schema_version')::text", connection);
        if (await exists.ExecuteScalarAsync(cancellation) is not string)
            return null;
        await using var command = new NpgsqlCommand("""SELECT "Version" FROM schema_version WHERE "Name" = @part""", connection);
        command.Parameters.AddWithValue("part", part);
        return await command.ExecuteScalarAsync(cancellation) is int version ? version : null;
    }

    /// <summary>All steps are one transaction: PostgreSQL takes changes of tables back too, so no copy is needed.</summary>
    private static async Task MigrateAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string part, int version, SchemaPlan plan, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, transaction, """
            UPDATE lease SET "Epoch" = "Epoch" + 1, "Holder" = '', "ExpiresAt" = patchedge_now() WHERE "Id" = 1;
            SELECT set_config('patchedge.epoch', CAST("Epoch" AS text), true) FROM lease;
            """, cancellation);
        for (; version < plan.Version; version++)
        {
            var step = plan.Steps[version - 1];
            await ExecuteAsync(connection, transaction, step.Postgres
                ?? throw new SchemaException($"the database has schema {version} of {part}, from before this program could use PostgreSQL: restore a newer backup"), cancellation);
            if (step.Fill is { } fill)
                await fill(connection, transaction, cancellation);
        }
    }

    /// <exception cref="SchemaException">It is too old, or does not wait for its disk.</exception>
    private static async Task<NpgsqlConnection> OpenAsync(PostgresServer server, CancellationToken cancellation)
    {
        var connection = await server.OpenAsync(cancellation);
        try
        {
            if (connection.PostgreSqlVersion < Oldest)
                throw new SchemaException($"PostgreSQL {connection.PostgreSqlVersion} is older than {Oldest}: use a newer one");
            foreach (var setting in (string[])["fsync", "full_page_writes"])
            {
                await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"SHOW {setting}"), connection);
                if (await command.ExecuteScalarAsync(cancellation) is not "on")
                    throw new SchemaException($"PostgreSQL runs with {setting} = off, so a crash could lose or spoil what is on record: set it to on");
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
