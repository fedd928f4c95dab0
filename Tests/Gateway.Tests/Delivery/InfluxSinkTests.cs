using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.OpcUa.Types;
using Answer = PatchEdge.Gateway.Tests.Delivery.ScriptedInflux.Answer;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>The error table: what each answer of an InfluxDB does to the data. Nothing is ever lost; what is refused for good is set aside.</summary>
public sealed class InfluxSinkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("1.8.10", null, "/write?db=plant&precision=ns")]
    [InlineData("v2.7.1", "bucket", "/api/v2/write?org=org&bucket=bucket&precision=ns")]
    [InlineData("v2.7.1", null, "/write?db=plant&precision=ns")]
    [InlineData("3.0.1", null, "/api/v3/write_lp?db=plant&precision=nanosecond&accept_partial=true&no_sync=false")]
    public async Task Version_that_answers_ping_decides_where_to_write(string version, string? bucket, string path)
    {
        await using var peer = new ScriptedInflux((_, _, _) => Answer.Done, version);
        await DeliverAsync(peer, 5, options => options with { Database = bucket is null ? "plant" : null, Bucket = bucket, Organisation = "org" });
        Assert.Equal([path], peer.Paths);
        Assert.Equal(5, peer.Stored.Count);
    }

    [Fact]
    public async Task Token_or_user_is_sent()
    {
        await using var peer = new ScriptedInflux((_, _, _) => Answer.Done);
        await DeliverAsync(peer, 1, options => options with { Token = "secret" });
        Assert.Equal(["Token secret"], peer.Authorizations);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task Answer_that_is_not_about_the_data_keeps_everything_and_is_tried_again(int status)
    {
        await using var peer = new ScriptedInflux((_, _, number) => number <= 3 ? new Answer(status, "no") : Answer.Done);
        await DeliverAsync(peer, 7);
        Assert.Equal(4, peer.Paths.Count);
        Assert.Equal(7, peer.Stored.Distinct().Count());
        Assert.Empty(Quarantined());
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        await using var peer = new ScriptedInflux((_, _, number) => number == 1 ? new Answer(503, "busy", 1) : Answer.Done);
        var start = TimeProvider.System.GetTimestamp();
        await DeliverAsync(peer, 3);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(1));
        Assert.Equal(3, peer.Stored.Count);
    }

    [Fact]
    public async Task Too_large_batch_is_halved_until_it_is_taken()
    {
        await using var peer = new ScriptedInflux((_, lines, _) => lines.Length > 30 ? new Answer(413) : Answer.Done);
        await DeliverAsync(peer, 100);
        Assert.Equal(100, peer.Stored.Distinct().Count());
        Assert.Equal(100, peer.Stored.Count);
    }

    [Theory]
    [InlineData(400, "partial write: field type conflict dropped=2")]
    [InlineData(422, "failure writing points")]
    public async Task Refused_lines_are_found_and_set_aside_with_the_servers_words_and_the_rest_is_stored(int status, string words)
    {
        static bool Poison(string line) => line.Contains("value=13", StringComparison.Ordinal) || line.Contains("value=77", StringComparison.Ordinal);
        await using var peer = new ScriptedInflux((_, lines, _) => lines.Any(Poison) ? new Answer(status, words) { StoredAnyway = [.. lines.Where(line => !Poison(line))] } : Answer.Done);
        await DeliverAsync(peer, 100);
        Assert.Equal(98, peer.Stored.Where(line => line.StartsWith("tag_value", StringComparison.Ordinal)).Distinct().Count());
        var quarantined = Quarantined();
        Assert.Equal(2, quarantined.Count);
        Assert.All(quarantined, item => Assert.True(Poison(item.Content) && item.Reason == words));
    }

    [Fact]
    public async Task Database_that_refuses_even_a_plain_point_is_waited_out_and_nothing_is_set_aside()
    {
        await using var peer = new ScriptedInflux((_, _, number) => number <= 5 ? new Answer(400, "database is required") : Answer.Done);
        await DeliverAsync(peer, 20);
        Assert.Equal(20, peer.Stored.Where(line => line.StartsWith("tag_value", StringComparison.Ordinal)).Distinct().Count());
        Assert.Empty(Quarantined());
    }

    [Fact]
    public async Task Restarted_delivery_goes_on_where_the_durable_cursor_stands()
    {
        await using (var first = new ScriptedInflux((_, _, _) => Answer.Done))
            await DeliverAsync(first, 10);
        await using var second = new ScriptedInflux((_, _, _) => Answer.Done);
        await DeliverAsync(second, 4);
        Assert.Equal(4, second.Stored.Count);
    }

    [Fact]
    public async Task Silent_database_is_given_up_at_the_deadline_and_asked_again()
    {
        await using var peer = new ScriptedInflux((_, _, number) =>
        {
            if (number == 1)
                new ManualResetEventSlim().Wait(1500, Cancel);
            return Answer.Done;
        });
        await DeliverAsync(peer, 3, options => options with { Timeout = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(3, peer.Stored.Distinct().Count());
    }

    [Fact]
    public async Task Influxdb_1_6_stores_what_the_journal_holds_and_sets_a_type_conflict_aside()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        using (var http = new HttpClient())
        using (var content = new StringContent("tag_value,site=Site,line=L,tag=t5 value=\"text\" 1"))
            (await http.PostAsync(new Uri(database.Url, "/write?db=patchedge"), content, Cancel)).EnsureSuccessStatusCode();
        await DeliverAsync(database.Url, 50, options => options with { Database = "patchedge" });
        var rows = await database.QueryAsync("SELECT count(status) FROM tag_value");
        // The conflict is the field's in its shard; others of the same measurement may be refused with it, and none is lost.
        Assert.Equal(50, rows[0]["count"].GetInt32() + Quarantined().Count);
    }

    [Fact]
    public async Task Victoria_metrics_takes_what_is_written_by_the_rules_of_version_2()
    {
        var program = Installed.Require("victoria-metrics", "victoria-metrics");
        var port = FreePorts.One();
        await using var database = RunningProgram.Start("victoria-metrics", program, [$"-httpListenAddr=127.0.0.1:{port}", "-storageDataPath", folder.Folder("victoria"), "-retentionPeriod=100y"]);
        await database.LineAsync("started server at|starting http server at|started VictoriaMetrics", TimeSpan.FromSeconds(20));
        var url = new Uri($"http://127.0.0.1:{port}");
        await DeliverAsync(url, 50, options => options with { Database = null, Bucket = "b", Organisation = "o" });
        using var http = new HttpClient();
        await Eventually.TrueAsync(
            "fifty series are found",
            async () => (await http.GetStringAsync(new Uri(url, "/api/v1/series?match[]=tag_value_value&start=2025-12-31T00:00:00Z&end=2026-01-02T00:00:00Z"), Cancel)).Split("\"tag\"").Length == 51,
            Patience);
    }

    private async Task DeliverAsync(ScriptedInflux peer, int lines, Func<InfluxOptions, InfluxOptions>? change = null) => await DeliverAsync(peer.Url, lines, change);

    private async Task DeliverAsync(Uri url, int lines, Func<InfluxOptions, InfluxOptions>? change)
    {
        var journalOptions = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(journalOptions, "influxdb");
        var options = new InfluxOptions { Url = url, Database = "plant", ShortestBackOff = TimeSpan.FromMilliseconds(5), LongestBackOff = TimeSpan.FromMilliseconds(20) };
        var points = new PointWriter("Site", "gw", id => ($"t{id}", "L"));
        using var sink = new InfluxSink(change?.Invoke(options) ?? options, points, journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        await journal.WriteAsync(Values(lines), Cancel);
        await using var pump = new SinkPump(journal, journalOptions.Directory, sink, TimeProvider.System, NullLogger.Instance);
        await Eventually.TrueAsync("everything is delivered", () => Task.FromResult(pump.Backlog == 0), Patience, () => sink.Trouble ?? "no trouble");
    }

    private static JournalBatch Values(int count)
    {
        var batch = new JournalBatch { At = new Moment(1) };
        batch.Readings.Start(new NotificationHead(0, 1, 1, JournalFixture.Zero, JournalFixture.Zero, count));
        for (var index = 0; index < count; index++)
            batch.Readings.Add(index, new DataValue(new Variant((double)index), StatusCodes.Good, JournalFixture.Zero.AddSeconds(index), JournalFixture.Zero));
        return batch;
    }

    private List<(string Content, string Reason)> Quarantined()
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("data", "journal.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT content, reason FROM quarantine";
        using var reader = command.ExecuteReader();
        var items = new List<(string, string)>();
        while (reader.Read())
            items.Add((reader.GetString(0), reader.GetString(1)));
        return items;
    }
}
