using PatchEdge.Benchmarks.OpcUa;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>A server, a gateway that watches it and, where asked for, a database: processes of their own in a folder of their own.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    /// <summary>Seconds without any progress, after which what the database has not stored is given up: longer than our gateway waits at most before it asks again.</summary>
    private const int Stalled = 90;

    /// <summary>Seconds after which nothing that is not in the journal will come any more: two keep-alive intervals.</summary>
    private const int Silent = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string folder;
    private readonly Worker server;
    private readonly Historian? historian;
    private readonly PipelineLoad load;
    private readonly PipelineOptions options;
    private DateTimeOffset fedSince;
    private long fed;

    private PipelineBench(string folder, Worker server, Historian? historian, GatewayProcess gateway, PipelineLoad load, PipelineOptions options)
    {
        (this.folder, this.server, this.historian, this.load, this.options) = (folder, server, historian, load, options);
        Gateway = gateway;
    }

    public Historian? Historian => historian;

    public GatewayProcess Gateway { get; }

    /// <summary>Source time of each round of the last feed, in ticks.</summary>
    public IReadOnlyList<long> Times { get; private set; } = [];

    private string Journal => Path.Combine(folder, "gateway", "data");

    public static async Task<PipelineBench> StartAsync(string name, string? program, PipelineLoad load, PipelineOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("patchedge-benchmark-").FullName;
        var server = Worker.StartOwn("serve", "--pki", Path.Combine(folder, "server"), "--most", $"{options.Most}");
        var endpoint = (string)(await server.ReadAsync(Patience).ConfigureAwait(false))["endpoint"]!;
        var historian = name == "journal" ? null : await Pipeline.Historian.StartAsync(folder).ConfigureAwait(false);
        var gateway = name == "node"
            ? GatewayProcess.StartNode(Path.Combine(folder, "node"), endpoint, load.Tags, load.Pace, historian!.Url)
            : GatewayProcess.StartOurs(Path.Combine(folder, "gateway"), endpoint, load.Tags, load.Pace, historian?.Url, program);
        // Until it has subscribed, and its first values are through.
        await Task.Delay(TimeSpan.FromSeconds(8 + (load.Tags / 5000.0)), TimeProvider.System).ConfigureAwait(false);
        return new PipelineBench(folder, server, historian, gateway, load, options);
    }

    /// <returns>Values that were fed.</returns>
    public async Task<long> FeedAsync(TimeSpan length)
    {
        fedSince = TimeProvider.System.GetUtcNow();
        await server.AskAsync(new { @do = "feed", items = load.Tags, interval = load.Pace, slice = load.Slice, decimals = !options.Whole }, Patience).ConfigureAwait(false);
        await Task.Delay(length, TimeProvider.System).ConfigureAwait(false);
        var ended = await server.AskAsync(new { @do = "feed", items = 0, interval = load.Pace }, Patience).ConfigureAwait(false);
        Times = [.. ended["times"]!.AsArray().Select(time => (long)time!)];
        return fed = (long)Times.Count * load.Slice;
    }

    /// <summary>Waits until all that was fed is stored by the historian, or without one by the journal, or nothing comes any more.</summary>
    /// <returns>How many values of the last feed are stored; those of a journal alone more than once if they came more than once.</returns>
    public async Task<long> ArrivedAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System).ConfigureAwait(false);
        var (last, still) = (-1L, 0);
        // Counting keeps the database from storing: it is asked only when our gateway's cursor says that it has all, or when nothing moves any more.
        while (true)
        {
            var (count, left) = Journaled();
            if (count >= fed && left == 0)
                break;
            still = count - left == last ? still + 1 : 0;
            if (still >= (left == 0 ? Silent : Stalled))
                break;
            last = count - left;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System).ConfigureAwait(false);
        }

        if (historian is null)
            return Journaled().Count;
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

    /// <summary>What became of each value of the last feed; nothing is known of a gateway without a journal.</summary>
    public Reckoning Reckon() => Directory.Exists(Journal) ? Reckoning.Of(Journal, load, Times, fedSince) : Reckoning.None;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync().ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
        if (historian is not null)
            await historian.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Values of the last feed in our gateway's journal, and how many of these are not behind its cursor; all of them and none for a gateway that does not say.</summary>
    private (long Count, long Left) Journaled()
    {
        if (!Directory.Exists(Journal))
            return (fed, 0);
        using var journal = new JournalReader(Journal);
        var since = fedSince.ToUnixTimeMilliseconds();
        var left = historian is null ? 0 : journal.Scalar("SELECT sum(count) FROM entry WHERE kind = $1 AND at >= $2 AND id >= (SELECT entry FROM cursor WHERE sink = 'influxdb')", (int)JournalKind.Readings, since);
        return (journal.Scalar("SELECT sum(count) FROM entry WHERE kind = $1 AND at >= $2", (int)JournalKind.Readings, since), left);
    }
}
