using System.Globalization;
using PatchEdge.Benchmarks.OpcUa;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>
/// <c>pipeline</c>: from the changes of a server to the acknowledgement of an InfluxDB. Only the gateway's own processor time counts, from the
/// start of the feed until everything has arrived, so that what is late is paid for as well. What a gateway costs that is told nothing is measured
/// before, and taken off for the cost of a value.
/// </summary>
internal static class PipelineComparison
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(PipelineOptions options)
    {
        Console.WriteLine($"{"gateway",-10} {"tags",7} {"values",12} {"per second",12} {"idle, CPU-s/s",14} {"CPU-s per million",18} {"without idle",13} {"resident MB",12} {"peak MB",8} {"arrived",12}");
        foreach (var tags in options.Tags)
            foreach (var gateway in options.Gateways)
                await MeasureAsync(options, gateway, tags).ConfigureAwait(false);
        if (options.Backlog > 0 && options.Gateways.Contains("influxdb"))
            await DrainAsync(options).ConfigureAwait(false);
        return 0;
    }

    private static async Task MeasureAsync(PipelineOptions options, string name, int tags)
    {
        var folder = Directory.CreateTempSubdirectory("patchedge-benchmark-").FullName;
        await using var bench = await Bench.StartAsync(folder, name, tags, options).ConfigureAwait(false);
        await bench.FeedAsync(tags, TimeSpan.FromSeconds(options.Warmup)).ConfigureAwait(false);
        await bench.ArrivedAsync().ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(options.Settle), TimeProvider.System).ConfigureAwait(false);
        var quiet = Meter.Start(bench.Gateway);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System).ConfigureAwait(false);
        var idle = quiet.Processor / quiet.Seconds;
        var meter = Meter.Start(bench.Gateway);
        var values = await bench.FeedAsync(tags, TimeSpan.FromSeconds(options.Seconds)).ConfigureAwait(false);
        var rate = values / meter.Seconds;
        var arrived = await bench.ArrivedAsync().ConfigureAwait(false);
        Tell(name, tags, values, rate, idle, meter, bench.Gateway, arrived);
    }

    /// <summary>Values pile up while the historian is away; what draining them costs, and how fast it goes.</summary>
    private static async Task DrainAsync(PipelineOptions options)
    {
        var tags = options.Tags[0];
        var folder = Directory.CreateTempSubdirectory("patchedge-benchmark-").FullName;
        await using var bench = await Bench.StartAsync(folder, "influxdb", tags, options).ConfigureAwait(false);
        await bench.FeedAsync(tags, TimeSpan.FromSeconds(options.Warmup)).ConfigureAwait(false);
        await bench.ArrivedAsync().ConfigureAwait(false);
        await bench.Historian!.PauseAsync().ConfigureAwait(false);
        var values = await bench.FeedAsync(tags, TimeSpan.FromSeconds((double)options.Backlog / tags * options.Interval / 1000)).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System).ConfigureAwait(false);
        var meter = Meter.Start(bench.Gateway);
        await bench.Historian.ResumeAsync().ConfigureAwait(false);
        var arrived = await bench.ArrivedAsync().ConfigureAwait(false);
        Tell("draining", tags, values, values / meter.Seconds, 0, meter, bench.Gateway, arrived);
    }

    private static void Tell(string name, int tags, long values, double rate, double idle, Meter meter, GatewayProcess gateway, long arrived)
    {
        var (spent, million) = (meter.Processor, Math.Max(1, values) / 1e6);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-10} {tags,7:#,0} {values,12:#,0} {rate,12:#,0} {idle,14:0.0000} {spent / million,18:0.000} {(spent - (idle * meter.Seconds)) / million,13:0.000} {gateway.ResidentMegabytes,12:0.0} {gateway.PeakMegabytes,8:0.0} {arrived,12:#,0}"));
    }

    /// <summary>A gateway's processor time and the wall's since a moment.</summary>
    private readonly record struct Meter(GatewayProcess Gateway, double Before, long Began)
    {
        public double Processor => Gateway.ProcessorSeconds - Before;

        public double Seconds => TimeProvider.System.GetElapsedTime(Began).TotalSeconds;

        public static Meter Start(GatewayProcess gateway) => new(gateway, gateway.ProcessorSeconds, TimeProvider.System.GetTimestamp());
    }

    private sealed class Bench(string folder, Worker server, Historian? historian, GatewayProcess gateway, PipelineOptions options) : IAsyncDisposable
    {
        /// <summary>Seconds without any progress, after which what has not arrived is given up: longer than our gateway waits at most before it asks again.</summary>
        private const int Stalled = 90;

        private DateTimeOffset fedSince;
        private long fed;

        public Historian? Historian => historian;

        public GatewayProcess Gateway => gateway;

        public static async Task<Bench> StartAsync(string folder, string name, int tags, PipelineOptions options)
        {
            var server = Worker.StartOwn("serve", "--pki", Path.Combine(folder, "server"));
            var endpoint = (string)(await server.ReadAsync(Patience).ConfigureAwait(false))["endpoint"]!;
            var historian = name == "journal" ? null : await Pipeline.Historian.StartAsync(folder).ConfigureAwait(false);
            var gateway = name == "node"
                ? GatewayProcess.StartNode(Path.Combine(folder, "node"), endpoint, tags, options.Interval, historian!.Url)
                : GatewayProcess.StartOurs(Path.Combine(folder, "gateway"), endpoint, tags, options.Interval, historian?.Url, options.Program);
            // Until it has subscribed, and its first values are through.
            await Task.Delay(TimeSpan.FromSeconds(8 + (tags / 5000.0)), TimeProvider.System).ConfigureAwait(false);
            return new Bench(folder, server, historian, gateway, options);
        }

        /// <returns>Values that were fed.</returns>
        public async Task<long> FeedAsync(int tags, TimeSpan length)
        {
            fedSince = TimeProvider.System.GetUtcNow();
            var before = (long)(await server.AskAsync(new { @do = "feed", items = tags, interval = options.Interval, decimals = !options.Whole }, Patience).ConfigureAwait(false))["changes"]!;
            await Task.Delay(length, TimeProvider.System).ConfigureAwait(false);
            fed = (long)(await server.AskAsync(new { @do = "feed", items = 0, interval = options.Interval }, Patience).ConfigureAwait(false))["changes"]! - before;
            return fed;
        }

        /// <summary>Waits until all that was fed is stored by the historian, or without one by the journal, or nothing comes any more.</summary>
        /// <returns>How many values of the last feed are stored.</returns>
        public async Task<long> ArrivedAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System).ConfigureAwait(false);
            var (last, still) = (-1L, 0);
            // Counting keeps the database from storing: it is asked only when our gateway's cursor says that it has all, or when nothing moves any more.
            while (still < Stalled)
            {
                var count = Journaled();
                if (count >= fed)
                    break;
                still = count == last ? still + 1 : 0;
                last = count;
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System).ConfigureAwait(false);
            }

            if (historian is null)
                return Journaled();
            for (still = 0, last = -1; ;)
            {
                var count = await historian.CountAsync(fedSince).ConfigureAwait(false);
                if (count >= fed || still == 3)
                    return count;
                still = count == last ? still + 1 : 0;
                last = count;
                await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System).ConfigureAwait(false);
            }
        }

        /// <summary>Values of the last feed that our gateway has done with: in its journal, or behind its cursor; all of them for a gateway that does not say.</summary>
        private long Journaled()
        {
            if (!Directory.Exists(Path.Combine(folder, "gateway", "data")))
                return fed;
            using var journal = new JournalReader(Path.Combine(folder, "gateway", "data"));
            var since = fedSince.ToUnixTimeMilliseconds();
            return historian is null
                ? journal.Scalar("SELECT sum(count) FROM entry WHERE kind = $1 AND at >= $2", (int)JournalKind.Readings, since)
                : journal.Scalar("SELECT sum(count) FROM entry WHERE kind = $1 AND at >= $2 AND id < (SELECT entry FROM cursor WHERE sink = 'influxdb')", (int)JournalKind.Readings, since);
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync().ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
            if (historian is not null)
                await historian.DisposeAsync().ConfigureAwait(false);
            Directory.Delete(folder, recursive: true);
        }
    }
}
