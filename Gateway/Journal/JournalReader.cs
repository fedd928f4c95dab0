using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Repair;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Journal;

/// <summary>Reads the journal beside its writer, or without one. Each reader has a connection of its own and is used by one loop.</summary>
internal sealed partial class JournalReader : IDisposable
{
    private const string GapColumns =
        "gap.id, gap.tag, gap.line, gap.server, gap.cause, gap.start, gap.\"end\", gap.repair, gap.run, gap.detail, (SELECT value FROM meta WHERE key = 'gateway')";

    private readonly SqliteConnection connection;
    private readonly SqliteCommand entriesFrom;

    /// <param name="directory">The journal's directory.</param>
    /// <exception cref="JournalException">There is no journal.</exception>
    public JournalReader(string directory)
    {
        var path = Path.Combine(directory, "journal.db");
        if (!File.Exists(path))
            throw new JournalException($"{path} does not exist. Name the data directory of a gateway that has run.");
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 5 }.ToString());
        connection.Open();
        // Compiled at its first use, and kept: a pump asks again and again.
        entriesFrom = Command("SELECT id, kind, at, count, raw_length, checksum, body FROM entry WHERE id >= $1 ORDER BY id", 0L);
    }

    /// <summary>Where a sink stands; the beginning when it never received anything.</summary>
    /// <param name="sink">Its name.</param>
    /// <param name="damaged">Told when what is kept of it cannot be relied on; then it begins anew, for receiving twice changes nothing.</param>
    public SinkPosition Cursor(string sink, Action? damaged = null)
    {
        using var command = Command("SELECT entry, offset, checksum FROM cursor WHERE sink = $1", sink);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
            return new SinkPosition(1, 0);
        if (reader.GetValue(0) is long entry && reader.GetValue(1) is long and >= 0 and <= int.MaxValue and var offset
            && reader.GetValue(2) is long sum && BlockCodec.Checksum(sink, new SinkPosition(entry, (int)offset)) == unchecked((uint)sum))
            return new SinkPosition(entry, (int)offset);
        damaged?.Invoke();
        return new SinkPosition(1, 0);
    }

    /// <summary>Ids of the oldest and the newest entry; zeros when there is none.</summary>
    public (long Oldest, long Newest) Range() => (Scalar("SELECT min(id) FROM entry"), Scalar("SELECT max(id) FROM entry"));

    /// <summary>What a sink refused for good, by entry: the lines or messages, cut as they are kept.</summary>
    public ILookup<long, string> Quarantined(string sink)
    {
        using var command = Command("SELECT entry, content FROM quarantine WHERE sink = $1", sink);
        using var reader = command.ExecuteReader();
        var items = new List<(long Entry, string Content)>();
        while (reader.Read())
            items.Add((reader.GetInt64(0), reader.GetString(1)));
        return items.ToLookup(item => item.Entry, item => item.Content);
    }

    public long Scalar(string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(sql, values);
        return Convert.ToInt64(command.ExecuteScalar() is { } value and not DBNull ? value : 0L, null);
    }

    /// <summary>A word that the journal was made with, <c>site</c> or <c>gateway</c>; empty when it is not there.</summary>
    public string Meta(string key)
    {
        using var command = Command("SELECT value FROM meta WHERE key = $1", key);
        return command.ExecuteScalar() as string ?? "";
    }

    /// <summary>Tag and server of each source id.</summary>
    public IReadOnlyDictionary<int, (string Tag, string Server)> Sources()
    {
        using var command = Command("SELECT id, tag, server FROM source");
        using var reader = command.ExecuteReader();
        var sources = new Dictionary<int, (string, string)>();
        while (reader.Read())
            sources[reader.GetInt32(0)] = (reader.GetString(1), reader.GetString(2));
        return sources;
    }

    public ImmutableArray<Gap> Gaps(string where, params ReadOnlySpan<object> values)
    {
        using var command = Command($"SELECT {GapColumns} FROM gap WHERE {where} ORDER BY start, id", values);
        using var reader = command.ExecuteReader();
        var gaps = ImmutableArray.CreateBuilder<Gap>();
        while (reader.Read())
            gaps.Add(GapOf(reader));
        return gaps.ToImmutable();
    }

    /// <summary>Repairs of a server's gaps that are due, the most urgent first, among these the newest gap.</summary>
    /// <param name="server">Whose.</param>
    /// <param name="due">Now.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="endedBefore">Only gaps that ended before this, due or not; null for all that are due.</param>
    public IReadOnlyList<PendingRepair> Repairs(string server, Moment due, int most, Moment? endedBefore = null)
    {
        using var command = Command(
            $"""
            SELECT {GapColumns}, repair.server, urgency, due, attempts, seam FROM repair JOIN gap ON gap.id = repair.gap
            WHERE repair.server = $1 AND "end" IS NOT NULL AND {(endedBefore is null ? "due <= $2" : "\"end\" < $2")} ORDER BY urgency DESC, start DESC LIMIT $3
            """,
            server, (endedBefore ?? due).UnixMilliseconds, most);
        using var reader = command.ExecuteReader();
        var repairs = new List<PendingRepair>();
        while (reader.Read())
        {
            var row = new RepairRow(
                reader.GetString(0), reader.GetString(11), (RepairUrgency)reader.GetInt32(12), new Moment(reader.GetInt64(13)), reader.GetInt32(14), reader.GetInt64(15));
            repairs.Add(new PendingRepair(GapOf(reader), row));
        }

        return repairs;
    }

    /// <summary>Attestations whose span touches the given one.</summary>
    public AttestationLog Attestations(DateTimeOffset from, DateTimeOffset until)
    {
        using var command = Command("SELECT sequence, hash, body FROM attestation WHERE \"end\" > $1 AND start < $2 ORDER BY sequence", from.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds());
        using var reader = command.ExecuteReader();
        var rows = new List<(long, string, byte[])>();
        while (reader.Read())
            rows.Add((reader.GetInt64(0), reader.GetString(1), reader[2] as byte[] ?? []));
        return AttestationLog.Check(rows);
    }

    public JournalRecovery Recover()
    {
        var proven = new Dictionary<string, Moment>();
        using (var command = Command("SELECT server, proven FROM evidence"))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                proven[reader.GetString(0)] = new Moment(reader.GetInt64(1));
        (long, string, Moment?) last = (0, "", null);
        using (var command = Command("SELECT sequence, hash, \"end\" FROM attestation ORDER BY sequence DESC LIMIT 1"))
        using (var reader = command.ExecuteReader())
            if (reader.Read())
                last = (reader.GetInt64(0), reader.GetString(1), new Moment(reader.GetInt64(2)));
        return new JournalRecovery
        {
            Alive = proven.TryGetValue("", out var alive) ? alive : last.Item3,
            Proven = proven.Where(pair => pair.Key.Length > 0).ToDictionary(),
            OpenGaps = Gaps("\"end\" IS NULL"),
            UnconfirmedGaps = Gaps("repair IN ('Republished', 'Transferred') AND \"end\" >= (SELECT proven FROM evidence WHERE evidence.server = gap.server)"),
            LastAttestation = last,
            Sources = Sources().ToDictionary(pair => pair.Value, pair => pair.Key),
            Definitions = Definitions(),
            Runs = Runs("TRUE ORDER BY start DESC LIMIT 1000"),
        };
    }

    /// <summary>Patch runs that held a line; none in a journal that no program wrote since runs are kept.</summary>
    public ImmutableArray<RunSpan> Runs(string where, params ReadOnlySpan<object> values)
    {
        if (!HasTable("run"))
            return [];
        using var command = Command($"SELECT run, line, start, \"end\" FROM run WHERE {where}", values);
        using var reader = command.ExecuteReader();
        var runs = ImmutableArray.CreateBuilder<RunSpan>();
        while (reader.Read())
            runs.Add(new RunSpan(reader.GetString(0), reader.GetString(1), new Moment(reader.GetInt64(2)), reader.IsDBNull(3) ? null : new Moment(reader.GetInt64(3))));
        return runs.ToImmutable();
    }

    /// <summary>By source id: since when it is watched; a source of which that was never said is not in it.</summary>
    public IReadOnlyDictionary<int, Moment> WatchedSince()
    {
        var since = new Dictionary<int, Moment>();
        if (!HasTable("definition"))
            return since;
        using var command = Command("SELECT source, since FROM definition WHERE since > 0");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            since[reader.GetInt32(0)] = new Moment(reader.GetInt64(1));
        return since;
    }

    private bool HasTable(string name) => Scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", name) > 0;

    private Dictionary<int, string> Definitions()
    {
        var definitions = new Dictionary<int, string>();
        using var command = Command("SELECT source, text FROM definition");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            definitions[reader.GetInt32(0)] = reader.GetString(1);
        return definitions;
    }

    public void Dispose()
    {
        entriesFrom.Dispose();
        connection.Dispose();
    }

    private static Gap GapOf(SqliteDataReader reader) => new()
    {
        Id = reader.GetString(0),
        Tag = reader.GetString(1),
        Line = reader.GetString(2),
        Server = reader.GetString(3),
        Cause = Enum.Parse<GapCause>(reader.GetString(4)),
        Start = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
        End = reader.IsDBNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)),
        Repair = Enum.Parse<GapRepair>(reader.GetString(7)),
        Run = reader.IsDBNull(8) ? null : reader.GetString(8),
        Detail = reader.GetString(9),
        Gateway = reader.GetString(10),
    };

    private SqliteCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var index = 0; index < values.Length; index++)
            command.Parameters.AddWithValue($"${index + 1}", values[index]);
        return command;
    }
}
