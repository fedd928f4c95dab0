using Npgsql;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>One row for each scheduler of the database, written by itself and read by the others. Only the database's clock is asked.</summary>
/// <param name="server">Where they are.</param>
/// <param name="name">This scheduler's, its row's key.</param>
/// <param name="holder">This process.</param>
/// <param name="schema">The schema that this program knows.</param>
internal sealed class CandidateStore(PostgresServer server, string name, string holder, int schema)
{
    /// <summary>Of the others that are looked at; more than a site would run.</summary>
    private const int Most = 16;

    private const string Say = """
        INSERT INTO candidate ("Name", "Holder", "Schema", "SeenAt", "HearsSince", "Configuration")
        VALUES (@name, @holder, @schema, patchedge_now(), CASE WHEN @hears THEN patchedge_now() END, @configuration)
        ON CONFLICT ("Name") DO UPDATE SET "Holder" = excluded."Holder", "Schema" = excluded."Schema", "SeenAt" = excluded."SeenAt", "Configuration" = excluded."Configuration",
            "HearsSince" = CASE WHEN excluded."HearsSince" IS NULL OR candidate."Holder" <> excluded."Holder" THEN excluded."HearsSince"
                ELSE coalesce(candidate."HearsSince", excluded."HearsSince") END
        """;

    private static readonly string Others = $"""
        SELECT "Name", "Schema", patchedge_now() - "HearsSince", patchedge_now() - "SteppedDownAt", "Configuration" FROM candidate
        WHERE "Name" <> @name AND "SeenAt" > patchedge_now() - @alive ORDER BY "Name" LIMIT {Most}
        """;

    private const string StepDown = """UPDATE candidate SET "SteppedDownAt" = patchedge_now() WHERE "Name" = @name""";

    private const string Leave = """UPDATE candidate SET "SeenAt" = 0, "HearsSince" = NULL WHERE "Name" = @name AND "Holder" = @holder""";

    /// <summary>Says that this scheduler lives, whether it hears the plant, and what it is configured to do.</summary>
    public async Task SayAsync(bool hears, string configuration, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Say);
        command.Parameters.AddWithValue("name", name);
        command.Parameters.AddWithValue("holder", holder);
        command.Parameters.AddWithValue("schema", schema);
        command.Parameters.AddWithValue("hears", hears);
        command.Parameters.AddWithValue("configuration", configuration);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Every other that said so within this time.</summary>
    public async Task<IReadOnlyList<Candidate>> OthersAsync(TimeSpan alive, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Others);
        command.Parameters.AddWithValue("name", name);
        command.Parameters.AddWithValue("alive", (long)alive.TotalMilliseconds);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var others = new List<Candidate>();
        while (await reader.ReadAsync(cancellation))
            others.Add(new Candidate(reader.GetString(0), reader.GetInt32(1), Span(reader, 2), Span(reader, 3), reader.GetString(4)));
        return others;
    }

    /// <summary>What a scheduler was configured to do when it last said so, whether it lives or not; empty when it never did.</summary>
    public async Task<string> ConfigurationOfAsync(string of, CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand("""SELECT "Configuration" FROM candidate WHERE "Name" = @of""");
        command.Parameters.AddWithValue("of", of);
        return await command.ExecuteScalarAsync(cancellation) as string ?? "";
    }

    /// <summary>This scheduler gives up the lease because it hears nothing.</summary>
    public async Task StepDownAsync(CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(StepDown);
        command.Parameters.AddWithValue("name", name);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>This process ends: nobody need wait for it.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        await using var command = server.Lease.CreateCommand(Leave);
        command.Parameters.AddWithValue("name", name);
        command.Parameters.AddWithValue("holder", holder);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static TimeSpan? Span(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : TimeSpan.FromMilliseconds(reader.GetInt64(column));
}
