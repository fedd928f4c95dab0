using System.Text.Json;

namespace PatchEdge.Programs;

/// <summary>Debian's influxdb (1.6) on loopback ports with a folder of its own.</summary>
public sealed class InfluxDb : IAsyncDisposable
{
    private readonly RunningProgram program;
    private readonly HttpClient http = new();

    private InfluxDb(RunningProgram program, Uri url)
    {
        this.program = program;
        Url = url;
    }

    public Uri Url { get; }

    public RunningProgram Program => program;

    /// <param name="folder">For its data, kept from one start to the next.</param>
    /// <param name="database">Made at the start; empty for none.</param>
    /// <param name="port">0 chooses a free one.</param>
    /// <param name="http">Further lines of the configuration's section <c>http</c>.</param>
    public static async Task<InfluxDb> StartAsync(TemporaryFolder folder, string database = "patchedge", int port = 0, string http = "")
    {
        var file = Installed.Require("influxd", "influxdb");
        var ports = FreePorts.Several(2);
        if (port != 0)
            ports[0] = port;
        var data = folder.Folder("influxdb").Replace('\\', '/');
        var settings = folder.Write("influxdb.conf", $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{ports[1]}"
            [meta]
              dir = "{data}/meta"
            [data]
              dir = "{data}/data"
              wal-dir = "{data}/wal"
              index-version = "inmem"
            [http]
              enabled = true
              bind-address = "127.0.0.1:{ports[0]}"
              log-enabled = false
              {http}
            [monitor]
              store-enabled = false
            [subscriber]
              enabled = false
            """);
        var started = new InfluxDb(RunningProgram.Start("influxd", file, ["-config", settings]), new Uri($"http://127.0.0.1:{ports[0]}"));
        await started.WaitUntilReadyAsync();
        if (database.Length > 0)
            await started.QueryAsync($"CREATE DATABASE {database}", "");
        return started;
    }

    /// <summary>Rows of the first series of an InfluxQL query, each as column → value; empty when nothing matched.</summary>
    public async Task<List<Dictionary<string, JsonElement>>> QueryAsync(string query, string database = "patchedge")
    {
        using var body = new FormUrlEncodedContent([new("q", query), new("db", database), new("epoch", "ms")]);
        using var response = await http.PostAsync(new Uri(Url, "/query"), body);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var result = document.RootElement.GetProperty("results")[0];
        if (result.TryGetProperty("error", out var error))
            throw new InvalidOperationException($"InfluxDB refused '{query}': {error}");
        var rows = new List<Dictionary<string, JsonElement>>();
        if (!result.TryGetProperty("series", out var series))
            return rows;
        foreach (var one in series.EnumerateArray())
        {
            var columns = one.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToArray();
            foreach (var row in one.TryGetProperty("values", out var values) ? values.EnumerateArray().ToArray() : [])
                rows.Add(columns.Zip(row.EnumerateArray()).ToDictionary(pair => pair.First, pair => pair.Second.Clone()));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await program.DisposeAsync();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(new Uri(Url, "/ping"), deadline.Token);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!program.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
            }
        }
    }
}
