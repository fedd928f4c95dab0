using Npgsql;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>The one row that says who leads. Only the database's clock is asked, and every change is one statement.</summary>
/// <param name="server">Where it is.</param>
/// <param name="holder">This process.</param>
/// <param name="schema">The schema that this program knows: one that another program has changed since is not led by it.</param>
internal sealed class LeaseStore(PostgresServer server, string holder, int schema)
{
    private const string Columns =
        """ "Epoch", "Holder", "Name", "Address", "Key", "TakenAt", "RenewedAt", "ExpiresAt" - patchedge_now() """;

    private const string Read = $"""SELECT {Columns} FROM lease WHERE "Id" = 1""";

    private const string Take = $"""
        UPDATE lease SET "Epoch" = "Epoch" + 1, "Holder" = @holder, "Name" = @name, "Address" = @address, "Key" = @key,
            "TakenAt" = patchedge_now(), "RenewedAt" = patchedge_now(), "ExpiresAt" = patchedge_now() + @length
        WHERE "Id" = 1 AND ("ExpiresAt" <= patchedge_now() OR (@stuck AND "Epoch" = @epoch AND "RenewedAt" = @renewed))
            AND @schema = (SELECT "Version" FROM schema_version WHERE "Name" = 'scheduler')
        RETURNING {Columns}
        """;

    private const string Renew = $"""
        UPDATE lease SET "RenewedAt" = patchedge_now(), "ExpiresAt" = patchedge_now() + @length, "Address" = @address
        WHERE "Id" = 1 AND "Holder" = @holder AND "Epoch" = @epoch AND "ExpiresAt" > patchedge_now()
        RETURNING {Columns}
        """;

    private const string Release = """
        UPDATE lease SET "ExpiresAt" = patchedge_now() WHERE "Id" = 1 AND "Holder" = @holder AND "Epoch" = @epoch AND "ExpiresAt" > patchedge_now()
        """;

    public string Holder => holder;

    public async Task<LeaseRow> ReadAsync(CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Read);
        return await RowAsync(command, cancellation) ?? throw new InvalidOperationException("the database has no lease: its schema was not prepared by this program");
    }

    /// <summary>Begins a term when the last one has ended, or when its row has stood still for too long.</summary>
    /// <param name="name">This scheduler.</param>
    /// <param name="address">Where people reach it.</param>
    /// <param name="key">Thumbprint of its key.</param>
    /// <param name="length">How long the term lasts unless it is renewed.</param>
    /// <param name="stuck">A row that has not changed for so long that its holder must have stopped acting, whatever the database's clock says; null when it has.</param>
    /// <param name="cancellation">Stops it; whether the lease was taken is then not known.</param>
    /// <returns>Null when somebody has it.</returns>
    public async Task<LeaseRow?> TryTakeAsync(string name, string address, string key, TimeSpan length, LeaseRow? stuck, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Take);
        Add(command, ("holder", holder), ("name", name), ("address", address), ("key", key), ("length", (long)length.TotalMilliseconds), ("schema", schema),
            ("stuck", stuck is not null), ("epoch", stuck?.Epoch ?? 0), ("renewed", stuck?.RenewedAt.ToUnixTimeMilliseconds() ?? 0));
        return await RowAsync(command, cancellation);
    }

    /// <returns>Null when the term has ended: nothing of it may be done any more.</returns>
    public async Task<LeaseRow?> RenewAsync(long epoch, string address, TimeSpan length, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Renew);
        Add(command, ("holder", holder), ("epoch", epoch), ("address", address), ("length", (long)length.TotalMilliseconds));
        return await RowAsync(command, cancellation);
    }

    /// <summary>Ends the term now, so that another begins without waiting.</summary>
    public async Task ReleaseAsync(long epoch, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Release);
        Add(command, ("holder", holder), ("epoch", epoch));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void Add(NpgsqlCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values)
            command.Parameters.AddWithValue(name, value);
    }

    private static async Task<LeaseRow?> RowAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new LeaseRow(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)), TimeSpan.FromMilliseconds(reader.GetInt64(7)))
            : null;
    }
}
