using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Verification;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>What was delivered to a real InfluxDB is read back; points that are deleted, altered or added behind its back are found, and mended.</summary>
public sealed class VerificationTests : IDisposable
{
    private const int Tags = 4;
    private const int Values = 600;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly DateTimeOffset Zero = new(JournalFixture.Zero);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Req", "Read-back")]
    public async Task Points_deleted_altered_or_added_behind_our_back_are_found_and_repaired()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        var configuration = Configure(database.Url);
        await DeliverAsync(configuration);
        Assert.Equal((0, "0 missing, 0 altered, 0 unknown", "0 repaired"), await VerifyAsync());

        await database.QueryAsync($"DELETE FROM tag_value WHERE \"tag\" = 'L/t1' AND time >= {Nanoseconds(100)} AND time < {Nanoseconds(107)}");
        await database.QueryAsync("DROP SERIES FROM gap WHERE \"tag\" = 'L/t2'");
        await database.QueryAsync($"DELETE FROM gateway_health WHERE time = {Nanoseconds(30)}");
        await database.QueryAsync("DROP SERIES FROM ledger_head");
        await WriteAsync(database, $"tag_value,site=Site,line=L,tag=L/t2 value=999 {Nanoseconds(50)}\ntag_value,site=Site,line=L,tag=L/t3 text=\"Anlage \\\"B\\\"\" {Nanoseconds(51)}");
        Assert.Equal((1, "10 missing, 2 altered, 0 unknown", "0 repaired"), await VerifyAsync());
        // Only where it is looked for.
        Assert.Equal((0, "0 missing, 0 altered, 0 unknown", "0 repaired"), await VerifyAsync("--from", Iso(200), "--to", Iso(Values + 10)));
        Assert.Equal((0, "10 missing, 2 altered, 0 unknown", "12 repaired"), await VerifyAsync("--repair"));
        Assert.Equal((0, "0 missing, 0 altered, 0 unknown", "0 repaired"), await VerifyAsync("--window", "7s"));

        await WriteAsync(database, $"tag_value,site=Site,line=L,tag=L/t1 value=5,status=0i {Nanoseconds(90) + 12345}");
        Assert.Equal((1, "0 missing, 0 altered, 1 unknown", "0 repaired"), await VerifyAsync("--repair"));
        var json = await RunAsync("--json");
        var row = JsonDocument.Parse(json.Output.Split('\n').First(line => line.StartsWith('{'))).RootElement;
        Assert.Equal(("L/t1", 1, "tag_value"), (row.GetProperty("tag").GetString(), row.GetProperty("unknown").GetInt32(), row.GetProperty("measurement").GetString()));
        Assert.Equal(row.GetProperty("journal_sum").GetString(), row.GetProperty("influxdb_sum").GetString());
    }

    [Fact]
    [Trait("Req", "Two gateways' points merge")]
    public async Task Samples_that_two_gateways_delivered_count_once_and_what_each_says_of_itself_stays_apart()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        var configuration = Configure(database.Url);
        await DeliverAsync(configuration);
        await DeliverAsync(configuration with { Options = configuration.Options with { Name = "gw-2", Journal = configuration.Options.Journal with { Directory = folder.Folder("second") } } });
        async Task<int> CountAsync(string query) => (await database.QueryAsync(query))[0]["count"].GetInt32();
        foreach (var tag in Enumerable.Range(0, Tags))
            Assert.Equal(Values, await CountAsync($"SELECT count(status) FROM tag_value WHERE \"tag\" = 'L/t{tag}'"));
        Assert.Equal(0.1 * (Values - 1) * Values / 2, (await database.QueryAsync("SELECT sum(value) FROM tag_value WHERE \"tag\" = 'L/t1'"))[0]["sum"].GetDouble(), 3);
        var series = await database.QueryAsync("SHOW SERIES FROM tag_value");
        Assert.Equal(Tags, series.Count);
        foreach (var gateway in new[] { "gw", "gw-2" })
        {
            Assert.Equal(Values / 20, await CountAsync($"SELECT count(notifications) FROM gateway_health WHERE \"gateway\" = '{gateway}'"));
            Assert.Equal(1, await CountAsync($"SELECT count(open) FROM gap WHERE \"gateway\" = '{gateway}'"));
        }

        // Each finds all of its own, and takes nothing of the other's for a stranger's.
        Assert.Equal((0, "0 missing, 0 altered, 0 unknown", "0 repaired"), await VerifyAsync());
    }

    [Fact]
    [Trait("Req", "Truncation or rewriting shows")]
    public async Task Head_of_the_ledger_stands_in_the_database_as_it_was_signed()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        await DeliverAsync(Configure(database.Url));
        var head = Assert.Single(await database.QueryAsync("SELECT * FROM ledger_head"));
        Assert.Equal(
            (Zero.AddSeconds(33).ToUnixTimeMilliseconds(), "Site", "gw", 12, new string('a', 64), Head()),
            (head["time"].GetInt64(), head["site"].GetString(), head["gateway"].GetString(), head["size"].GetInt32(), head["root"].GetString(), head["head"].GetString()));
    }

    [Theory]
    [InlineData(2, "--from", "yesterday")]
    [InlineData(2, "--window", "0")]
    public async Task Wrong_argument_is_refused(int exit, params string[] arguments)
    {
        Configure(new Uri("http://127.0.0.1:9"));
        var configuration = GatewayConfiguration.Load(folder.File("config"));
        await DeliverNothingAsync(configuration);
        var run = await RunAsync(arguments);
        Assert.Equal(exit, run.Exit);
        Assert.Contains(arguments[0], run.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "Retention by delivered-and-verified")]
    public async Task Gateway_reads_back_by_itself_mends_and_lets_go_only_of_what_it_has_read_back()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        var configuration = Configure(database.Url);
        await DeliverAsync(configuration);
        await database.QueryAsync($"DELETE FROM tag_value WHERE \"tag\" = 'L/t0' AND time >= {Nanoseconds(10)} AND time < {Nanoseconds(20)}");
        var options = configuration.Options.Journal with { KeepFor = TimeSpan.FromDays(1) };
        long Entries() => Read(options, "SELECT count(*) FROM entry");
        var log = new HeardLog();
        await using var journal = JournalWriter.Open(options, "Site", "gw", ["influxdb"], TimeProvider.System, log, [HistorianVerification.CursorName]);
        var entries = Entries();
        using (var store = new RetentionProbe(options))
            store.Apply(["influxdb"], [HistorianVerification.CursorName]);
        Assert.Equal(entries, Entries());
        await using (var verification = new HistorianVerification(
            configuration.Options.Influx! with { VerifyPace = TimeSpan.FromMilliseconds(200) }, Points(configuration), HistorianScope.Of(configuration), journal, options.Directory, TimeProvider.System, log))
        {
            await Eventually.TrueAsync(
                "all is read back", () => Task.FromResult(Read(options, "SELECT entry FROM cursor WHERE sink = 'influxdb:verified'") > entries), Patience, () => string.Join(Environment.NewLine, log.Lines));
            Assert.Equal(10, verification.Mended);
            Assert.True(verification.Compared > Tags * Values);
        }

        Assert.Contains(log.Lines, line => line.Text.Contains("10 point(s)", StringComparison.Ordinal));
        Assert.Equal(Values, (await database.QueryAsync("SELECT count(status) FROM tag_value WHERE \"tag\" = 'L/t0'"))[0]["count"].GetInt32());
        using (var store = new RetentionProbe(options))
            store.Apply(["influxdb"], [HistorianVerification.CursorName]);
        Assert.Equal(0, Entries());
    }

    private static long Nanoseconds(int second) => (Zero.AddSeconds(second).UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    private static string Iso(int second) => Zero.AddSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static long Read(JournalOptions options, string sql)
    {
        using var reader = new JournalReader(options.Directory);
        return reader.Scalar(sql);
    }

    private static PointWriter Points(GatewayConfiguration configuration) =>
        new("Site", configuration.Options.Name, id => id <= configuration.Table.Tags.Length ? (configuration.Table.Tags[id - 1].Name, "L") : null);

    /// <summary>Signed by nobody: the gateway holds no key.</summary>
    private static string Head()
    {
        var head = new LedgerHead { Site = "Site", Size = 12, Root = new string('a', 64), At = Zero.AddSeconds(33) };
        return $"e30.{System.Buffers.Text.Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(head, MessageJson.Default.LedgerHead))}.AA";
    }

    private static async Task WriteAsync(InfluxDb database, string lines)
    {
        using var http = new HttpClient();
        using var content = new StringContent(lines);
        (await http.PostAsync(new Uri(database.Url, "/write?db=patchedge"), content, Cancel)).EnsureSuccessStatusCode();
    }

    private static async Task DeliverNothingAsync(GatewayConfiguration configuration)
    {
        await using var journal = JournalWriter.Open(configuration.Options.Journal, "Site", "gw", ["influxdb"], TimeProvider.System, NullLogger.Instance);
        await journal.WriteAsync(JournalFixture.Batch(1), Cancel);
        await journal.WriteAsync(JournalFixture.Batch(2), Cancel);
        await journal.WriteAsync(new CursorMove("influxdb", new SinkPosition(3, 0)), Cancel);
    }

    /// <summary>Values, a gap that closes, lines of every other measurement; some points twice, as after a reconnection.</summary>
    private static async Task DeliverAsync(GatewayConfiguration configuration)
    {
        var options = configuration.Options.Journal;
        await using var journal = JournalWriter.Open(options, "Site", configuration.Options.Name, ["influxdb"], TimeProvider.System, NullLogger.Instance);
        await journal.WriteAsync(new LedgerHeadWork(Moment.Of(Zero.AddSeconds(1)), Head()), Cancel);
        await journal.AddSourcesAsync(configuration.Table.Tags.Select((tag, index) => (index + 1, tag.Name, "plc")), Cancel);
        for (var second = 0; second < Values; second += 20)
        {
            var batch = new JournalBatch { At = Moment.Of(Zero.AddSeconds(second + 20)) };
            for (var repeat = 0; repeat < (second % 100 == 0 ? 2 : 1); repeat++)
            {
                batch.Readings.Start(new NotificationHead(0, 1, (uint)second, JournalFixture.Zero.AddSeconds(second), JournalFixture.Zero, Tags * 20));
                for (var value = second; value < second + 20; value++)
                    for (var tag = 0; tag < Tags; tag++)
                        batch.Readings.Add(tag + 1, new DataValue(tag == 3 ? new Variant($"Füllung \"{value}\", \\ {repeat}") : new Variant(value * 0.1), StatusCodes.Good, JournalFixture.Zero.AddSeconds(value), JournalFixture.Zero));
            }

            batch.Gaps.Add(JournalFixture.Gap("g") with { Tag = "L/t2", Line = "L", Gateway = configuration.Options.Name, Start = Zero.AddSeconds(40), End = second == 0 ? null : Zero.AddSeconds(40 + second), Server = "plc" });
            batch.Coverage.Add(new CoverageRecord("L/t1", "L", "plc", Zero.AddSeconds(second), 19_000, 1000, 0) { Samples = second < 300 ? 20 : null, LatencyMaxMs = 1.5 });
            if (second == 300)
                batch.Coverage.Add(new CoverageRecord("L/t1", "L", "plc", Zero.AddSeconds(100), 20_000, 0, 0));
            batch.Health = new HealthRecord(Zero.AddSeconds(second + 10), 5, 1.25, second, second * 4, 0, 0) { ClockOffsetsMs = new() { ["plc one"] = -0.5 } };
            await journal.WriteAsync(batch, Cancel);
        }

        using var sink = new InfluxSink(configuration.Options.Influx!, Points(configuration), journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        await using var pump = new SinkPump(journal, options.Directory, sink, TimeProvider.System, NullLogger.Instance);
        await Eventually.TrueAsync("everything is delivered", () => Task.FromResult(pump.Backlog == 0), Patience, () => sink.Trouble ?? "no trouble");
    }

    private GatewayConfiguration Configure(Uri database)
    {
        folder.Write("config/gateway.yaml", $"name: gw\ndata: data\njournal: {{ reserve-mib: 4 }}\ninfluxdb: {{ url: \"{database}\", database: patchedge }}\n");
        folder.Write("config/plant.yaml", """
            site: Site
            defaults: { security: None:None, nodes: nsu=urn:x;s= }
            servers:
              plc: { url: opc.tcp://127.0.0.1:4840 }
            gateways:
              gw: { servers: [plc] }
            areas:
              A:
                lines:
                  L:
                    servers: [plc]
                    always-on: true
                    tags:
                      t0: { type: Double, record: true }
                      t1: { type: Double, record: true, critical: true }
                      t2: { type: Double, record: true }
                      t3: { type: String, record: true }
            hosts: { }
            """);
        return GatewayConfiguration.Load(folder.File("config"));
    }

    private async Task<(int Exit, string Differences, string Repaired)> VerifyAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        var last = run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[^1];
        var parts = last.Split("; ");
        return (run.Exit, parts.Length == 3 ? parts[1].Replace(" to the journal", "", StringComparison.Ordinal) : run.Output, parts[^1].TrimEnd('.'));
    }

    private async Task<(int Exit, string Output)> RunAsync(params string[] arguments)
    {
        await using var program = RunningProgram.StartOwn("gateway", "Gateway", "patchedge-gateway", ["continuity", "verify", "--config", folder.File("config"), .. arguments]);
        return (await program.ExitAsync(Patience), program.Output);
    }

    /// <summary>Lets retention act beside the journal's own loop, which holds nothing meanwhile.</summary>
    private sealed class RetentionProbe(JournalOptions options) : IDisposable
    {
        private readonly JournalStore store = JournalStore.Open(options, "Site", "gw");

        public void Apply(string[] sinks, string[] verified) =>
            JournalRetention.Apply(store, options, new JournalCursors(sinks, verified), Moment.Of(TimeProvider.System.GetUtcNow()), tight: false);

        public void Dispose() => store.Dispose();
    }
}
