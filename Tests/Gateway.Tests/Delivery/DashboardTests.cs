using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>Every query of the dashboards that are delivered, against an InfluxDB that the gateway's own delivery has filled.</summary>
public sealed class DashboardTests : IDisposable
{
    private static readonly DateTimeOffset Zero = new(JournalFixture.Zero);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Req", "Dashboards")]
    public async Task Every_query_of_every_dashboard_answers_with_something()
    {
        await using var database = await InfluxDb.StartAsync(folder);
        await FillAsync(database.Url);
        var files = Directory.GetFiles(Folder(), "*.json");
        Assert.Equal(4, files.Length);
        foreach (var file in files)
        {
            using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(file, Cancel));
            Assert.Contains(dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray(), variable => variable.GetProperty("type").GetString() == "datasource");
            var queries = Queries(dashboard.RootElement).ToList();
            Assert.True(queries.Count > 5);
            foreach (var query in queries)
            {
                var rows = await database.QueryAsync(Substituted(query));
                Assert.True(rows.Count > 0 && rows.Exists(row => row.Any(cell => cell.Key != "time" && cell.Value.ValueKind != JsonValueKind.Null)), $"{Path.GetFileName(file)}: nothing comes from {Substituted(query)}");
            }
        }
    }

    private static IEnumerable<string> Queries(JsonElement dashboard) =>
        dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Where(variable => variable.GetProperty("type").GetString() == "query")
            .Concat(dashboard.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()))
            .Select(element => element.GetProperty("query").GetString()!);

    /// <summary>As Grafana does: the time shown, the width of a pixel, and the variables' values, here of "All".</summary>
    private static string Substituted(string query)
    {
        var text = query
            .Replace("$timeFilter", string.Create(CultureInfo.InvariantCulture, $"time >= {Zero.ToUnixTimeMilliseconds()}ms and time <= {Zero.AddMinutes(10).ToUnixTimeMilliseconds()}ms"), StringComparison.Ordinal)
            .Replace("$__interval", "30s", StringComparison.Ordinal);
        text = Regex.Replace(text, @"\$(site|line|gateway)\b", ".*", RegexOptions.NonBacktracking);
        Assert.DoesNotContain("$", text.Replace("$/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        return text;
    }

    private async Task FillAsync(Uri url)
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options, "influxdb");
        for (var minute = 0; minute < 5; minute++)
        {
            var at = Zero.AddMinutes(minute);
            var batch = new JournalBatch { At = Moment.Of(at) };
            batch.Gaps.Add(Gap($"a{minute}", GapCause.ConnectionLost, at) with { End = at.AddSeconds(5), Run = minute == 2 ? "run-1" : null });
            batch.Gaps.Add(Gap($"b{minute}", GapCause.KeepAliveLate, at) with { End = minute == 4 ? null : at.AddSeconds(1), Repair = minute == 1 ? GapRepair.Republished : GapRepair.None });
            batch.Coverage.Add(new CoverageRecord("t", "L", "plc", at, 54_000, 1000, 5000) { Samples = 60, Bad = 0, Overflow = 0, LatencyP50Ms = 4, LatencyMaxMs = 9.5 });
            batch.Lines.Add(new LineReport
            {
                Site = "Site", Line = "L", Gateway = "gw", Boot = "b", Sequence = minute, At = at, ValidForMs = 5000, State = LineState.Active, Since = at, Reason = "r", Batch = "B-1", Conditions = [], ConfigurationHash = "h",
            });
            batch.Health = new HealthRecord(at, 3, 12.5, 100 * minute, 1000 * minute, 1, 0)
            {
                JournalBytes = 1_000_000, JournalMaximumBytes = 2_000_000, DiskFreeBytes = 3_000_000, ReserveHeld = 1, JournalWritable = 1, LongestCommitMs = 2.5, Quarantined = 0,
                Sinks = new() { ["influxdb"] = new SinkHealth(3, 12.5, 1000 * minute, minute, 0), ["mqtt"] = new SinkHealth(0, 0, minute, 0, 0) }, ClockOffsetsMs = new() { ["plc"] = 1.5 },
            };
            await journal.WriteAsync(batch, Cancel);
            foreach (var (action, granted, answered) in new[] { (HoldAction.Hold, true, true), (HoldAction.Release, true, true), (HoldAction.Hold, false, minute % 2 == 0) })
                await journal.WriteAsync(
                    ReleaseWork.Of(new HoldReply { Run = $"run-{minute}", Line = "L", Gateway = "gw", Action = action, Token = 7, Request = "x", Granted = granted, Answered = answered, Reason = granted ? "" : "a batch runs" }, at.AddSeconds(granted ? (int)action : 30)), Cancel);
        }

        using var sink = new InfluxSink(new InfluxOptions { Url = url, Database = "patchedge" }, new PointWriter("Site", "gw", _ => null), journal, TimeProvider.System, new Random(1), NullLogger.Instance);
        await using var pump = new SinkPump(journal, options.Directory, sink, TimeProvider.System, NullLogger.Instance);
        await Eventually.TrueAsync("everything is delivered", () => Task.FromResult(pump.Backlog == 0), TimeSpan.FromSeconds(30), () => sink.Trouble ?? "no trouble");
    }

    private static Gap Gap(string id, GapCause cause, DateTimeOffset start) => JournalFixture.Gap(id) with { Line = "L", Cause = cause, Start = start, Detail = "d" };

    private static string Folder()
    {
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
            if (File.Exists(Path.Combine(parent.FullName, "PatchEdge.sln")))
                return Path.Combine(parent.FullName, "config", "dashboards");
        throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
