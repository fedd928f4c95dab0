using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
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
    [InlineData(400, "partial write: field type conflict dropped=#")]
    [InlineData(422, "failure writing points")]
    public async Task Refused_lines_are_found_and_set_aside_with_the_servers_words_and_the_rest_is_stored(int status, string words)
    {
        static bool Poison(string line) => line.Contains("value=13", StringComparison.Ordinal) || line.Contains("value=77", StringComparison.Ordinal);
        await using var peer = new ScriptedInflux((_, lines, _) => lines.Any(Poison) ? new Answer(status, words.Replace("#", $"{lines.Count(Poison)}", StringComparison.Ordinal)) { StoredAnyway = [.. lines.Where(line => !Poison(line))] } : Answer.Done);
        await DeliverAsync(peer, 100);
        Assert.Equal(98, peer.Stored.Where(line => line.StartsWith("tag_value", StringComparison.Ordinal)).Distinct().Count());
        var quarantined = Quarantined();
        Assert.Equal(2, quarantined.Count);
        Assert.All(quarantined, item => Assert.True(Poison(item.Content) && item.Reason == words.Replace("#", "1", StringComparison.Ordinal)));
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

    [Theory]
    [Trait("Hostile", "49")]
    [InlineData("max-body-size = 2000", "")]
    [InlineData("", "CREATE RETENTION POLICY short ON patchedge DURATION 1h REPLICATION 1 DEFAULT")]
    public async Task Influxdb_1_6_that_takes_less_gets_less_and_what_it_never_takes_is_set_aside(string http, string prepare)
    {
        await using var database = await InfluxDb.StartAsync(folder, http: http);
        if (prepare.Length > 0)
            await database.QueryAsync(prepare);
        await DeliverAsync(database.Url, 400, options => options with { Database = "patchedge" });
        var rows = await database.QueryAsync("SELECT count(status) FROM tag_value");
        // Points older than the retention policy are refused, all of them, and told as such without being looked for one by one.
        Assert.Equal(prepare.Length > 0 ? 0 : 400, rows.Count == 0 ? 0 : rows[0]["count"].GetInt32());
        Assert.Equal(prepare.Length > 0 ? 400 : 0, Quarantined().Count);
        Assert.All(Quarantined(), item => Assert.Contains("retention policy", item.Reason, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Hostile", "51")]
    public async Task Influxdb_1_6_without_the_database_or_with_other_credentials_keeps_everything_waiting()
    {
        await using var database = await InfluxDb.StartAsync(folder, "", http: "auth-enabled = true");
        await database.QueryAsync("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES", "");
        using var http = new HttpClient();
        async Task AskAsync(string query) =>
            (await http.PostAsync(new Uri(database.Url, $"/query?u=admin&p=secret&q={Uri.EscapeDataString(query)}"), null, Cancel)).EnsureSuccessStatusCode();
        var words = new List<string>();
        await DeliverAsync(database.Url, 20, options => options with { Database = "patchedge", User = "writer", Password = "new" }, async trouble =>
        {
            words.Add(trouble);
            if (words.Count == 1)
                await AskAsync("CREATE USER writer WITH PASSWORD 'new' WITH ALL PRIVILEGES");
            else
                await AskAsync("CREATE DATABASE patchedge");
        });
        Assert.Contains("credentials are refused", words[0], StringComparison.Ordinal);
        Assert.Contains(words, trouble => trouble.Contains("does not exist", StringComparison.Ordinal));
        Assert.Empty(Quarantined());
    }

    [Fact]
    [Trait("Hostile", "49")]
    public async Task Influxdb_1_6_that_is_killed_restarted_and_frozen_ends_up_with_every_point_once()
    {
        const int Lines = 3000;
        var port = FreePorts.One();
        var database = await InfluxDb.StartAsync(folder, port: port);
        try
        {
            var told = 0;
            await DeliverAsync(
                database.Url, Lines, options => options with { Database = "patchedge", MostLines = 50, Timeout = TimeSpan.FromMilliseconds(700) }, async _ =>
                {
                    switch (told++)
                    {
                        case 0:
                            await database.DisposeAsync();
                            database = await InfluxDb.StartAsync(folder, port: port);
                            break;
                        case 1:
                            database.Program.Thaw();
                            break;
                    }
                },
                async delivered =>
                {
                    // At a third it dies with a request under way, at two thirds it stands still: what it did take of that nobody knows.
                    if (told == 0 && delivered > Lines / 3)
                        await database.Program.KillAsync();
                    else if (told == 1 && delivered > Lines * 2 / 3)
                        database.Program.Freeze();
                });
            Assert.Equal(2, told);
            var rows = await database.QueryAsync("SELECT count(status), sum(value) FROM tag_value");
            Assert.Equal((Lines, Lines * (Lines - 1) / 2), (rows[0]["count"].GetInt32(), rows[0]["sum"].GetInt32()));
            Assert.Empty(Quarantined());
        }
        finally
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    [Trait("Hostile", "49")]
    public async Task Lines_that_version_3_names_are_set_aside_each_with_its_own_words_in_three_requests()
    {
        static bool Poison(string line) => line.Contains("value=13", StringComparison.Ordinal) || line.Contains("value=77", StringComparison.Ordinal);
        await using var peer = new ScriptedInflux(
            (_, lines, _) =>
            {
                var errors = lines.Index().Where(line => Poison(line.Item)).Select(line => $$"""{"original_line":"x","line_number":{{line.Index + 1}},"error_message":"line {{line.Index + 1}} is bad"}""").ToList();
                return errors.Count == 0 ? Answer.Done
                    : new Answer(400, $$"""{"error":"partial write of line protocol occurred","data":[{{string.Join(',', errors)}}]}""") { StoredAnyway = [.. lines.Where(line => !Poison(line))] };
            },
            "3.2.0");
        await DeliverAsync(peer, 100);
        Assert.Equal(["line 14 is bad", "line 78 is bad"], Quarantined().Select(item => item.Reason).Order());
        Assert.Equal(98, peer.Stored.Where(line => line.StartsWith("tag_value", StringComparison.Ordinal)).Distinct().Count());
        // The batch, a plain point, the batch without them.
        Assert.Equal(3, peer.Paths.Count);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"data\":[{\"line_number\":0}]}")]
    [InlineData("{\"data\":[{\"line_number\":99999}]}")]
    [InlineData("{\"data\":[{\"line_number\":\"x\"}]}")]
    [InlineData("{\"data\":[{\"line_number\":2,\"error_message\":\"lies\"}]}")]
    [InlineData("dropped=99999999999999999999")]
    public async Task Refusal_whose_words_are_wrong_costs_only_the_lines_that_are_refused(string words)
    {
        await using var peer = new ScriptedInflux((_, lines, _) => lines.Any(line => line.Contains("value=5,", StringComparison.Ordinal)) ? new Answer(400, words) : Answer.Done, "3.2.0");
        await DeliverAsync(peer, 10);
        Assert.Contains("value=5,", Assert.Single(Quarantined()).Content, StringComparison.Ordinal);
        Assert.Equal(9, peer.Stored.Where(line => line.StartsWith("tag_value", StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    [Trait("Hostile", "48")]
    public async Task Entry_that_makes_delivery_fail_is_set_aside_after_a_few_tries_and_the_others_arrive()
    {
        await using var peer = new ScriptedInflux((_, _, _) => Answer.Done);
        var journalOptions = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(journalOptions, "influxdb");
        await journal.WriteAsync(Values(5), Cancel);
        await journal.WriteAsync(new Poison(), Cancel);
        await journal.WriteAsync(Values(7), Cancel);
        var log = new HeardLog();
        var points = new PointWriter("Site", "gw", id => ($"t{id}", "L"));
        using var sink = new InfluxSink(new InfluxOptions { Url = peer.Url, Database = "plant" }, points, journal, TimeProvider.System, new Random(1), log);
        await using var pump = new SinkPump(journal, journalOptions.Directory, sink, TimeProvider.System, log);
        await Eventually.TrueAsync("the others are delivered", () => Task.FromResult(pump.Backlog == 0), Patience, () => string.Join(Environment.NewLine, log.Lines));
        Assert.Equal(7, peer.Stored.Distinct().Count());
        Assert.Contains("JsonException", Assert.Single(Quarantined()).Reason, StringComparison.Ordinal);
        Assert.Equal(5, log.Lines.Count(line => line.Id == 408));
    }

    [Fact]
    [Trait("Hostile", "11")]
    public async Task Source_times_that_no_historian_can_store_give_way_to_the_time_of_receipt()
    {
        await using var peer = new ScriptedInflux((_, _, _) => Answer.Done);
        var journalOptions = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(journalOptions, "influxdb");
        var batch = new JournalBatch { At = new Moment(1) };
        batch.Readings.Start(new NotificationHead(0, 1, 1, JournalFixture.Zero, JournalFixture.Zero, 3));
        foreach (var time in new[] { DateTime.MaxValue, new DateTime(1601, 1, 1), new DateTime(2262, 5, 1) })
            batch.Readings.Add(1, new DataValue(new Variant(1.5), StatusCodes.Good, DateTime.SpecifyKind(time, DateTimeKind.Utc), DateTime.MinValue));
        await journal.WriteAsync(batch, Cancel);
        using var sink = new InfluxSink(new InfluxOptions { Url = peer.Url, Database = "plant" }, new PointWriter("Site", "gw", _ => ("t", "L")), journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        await using var pump = new SinkPump(journal, journalOptions.Directory, sink, TimeProvider.System, NullLogger.Instance);
        await Eventually.TrueAsync("delivered", () => Task.FromResult(pump.Backlog == 0), Patience);
        Assert.Equal([$"tag_value,site=Site,line=L,tag=t value=1.5,status=0i {(JournalFixture.Zero.Ticks - DateTime.UnixEpoch.Ticks) * 100}"], peer.Stored.Distinct());
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

    /// <param name="url">The database.</param>
    /// <param name="lines">How many values.</param>
    /// <param name="change">Of the options.</param>
    /// <param name="onTrouble">Hears of each new trouble.</param>
    /// <param name="onProgress">Hears again and again how much is delivered.</param>
    private async Task DeliverAsync(Uri url, int lines, Func<InfluxOptions, InfluxOptions>? change, Func<string, Task>? onTrouble = null, Func<long, Task>? onProgress = null)
    {
        var journalOptions = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(journalOptions, "influxdb");
        var options = new InfluxOptions { Url = url, Database = "plant", ShortestBackOff = TimeSpan.FromMilliseconds(5), LongestBackOff = TimeSpan.FromMilliseconds(20) };
        var points = new PointWriter("Site", "gw", id => ($"t{id}", "L"));
        using var sink = new InfluxSink(change?.Invoke(options) ?? options, points, journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        await journal.WriteAsync(Values(lines), Cancel);
        await using var pump = new SinkPump(journal, journalOptions.Directory, sink, TimeProvider.System, NullLogger.Instance);
        string? last = null;
        using var deadline = new CancellationTokenSource(Patience * 2, TimeProvider.System);
        while (pump.Backlog > 0)
        {
            if (onProgress is not null)
                await onProgress(sink.Counters.Delivered);
            if (sink.Trouble is { } trouble && trouble != last && onTrouble is not null)
                await onTrouble(last = trouble);
            Assert.False(deadline.IsCancellationRequested, sink.Trouble ?? "no trouble, and no end");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancel);
        }
    }

    private sealed class Poison : JournalWork
    {
        public override void Write(JournalStore store) => store.Append(JournalKind.Gaps, new Moment(1), 1, "[{\"id\":"u8);
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
