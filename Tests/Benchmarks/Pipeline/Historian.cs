using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>Debian's influxd (1.6) on loopback ports, its data in a folder of the benchmark.</summary>
internal sealed class Historian : IAsyncDisposable
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly string settings;
    private Process? process;

    private Historian(string settings, Uri url) => (this.settings, Url) = (settings, url);

    public Uri Url { get; }

    public static async Task<Historian> StartAsync(string folder)
    {
        var (port, other) = (FreePort(), FreePort());
        var settings = Path.Combine(folder, "influxdb.conf");
        await File.WriteAllTextAsync(settings, $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{other}"
            [meta]
              dir = "{folder}/influxdb/meta"
            [data]
              dir = "{folder}/influxdb/data"
              wal-dir = "{folder}/influxdb/wal"
              index-version = "tsi1"
              max-series-per-database = 0
            [http]
              bind-address = "127.0.0.1:{port}"
              log-enabled = false
            [monitor]
              store-enabled = false
            [subscriber]
              enabled = false
            [logging]
              level = "error"
              suppress-logo = true
            """).ConfigureAwait(false);
        var historian = new Historian(settings, new Uri($"http://127.0.0.1:{port}"));
        await historian.ResumeAsync().ConfigureAwait(false);
        return historian;
    }

    public async Task ResumeAsync()
    {
        process = Process.Start(new ProcessStartInfo("influxd", ["-config", settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await QueryAsync("CREATE DATABASE patchedge").ConfigureAwait(false);
                return;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System).ConfigureAwait(false);
            }
        }
    }

    public async Task PauseAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
        process = null;
    }

    /// <summary>Values stored since a time.</summary>
    public async Task<long> CountAsync(DateTimeOffset since)
    {
        var answer = await QueryAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT count(value) FROM tag_value WHERE time >= {since.ToUnixTimeMilliseconds()}ms")).ConfigureAwait(false);
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("results")[0].TryGetProperty("series", out var series) ? series[0].GetProperty("values")[0][1].GetInt64() : 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await PauseAsync().ConfigureAwait(false);
        http.Dispose();
    }

    private async Task<string> QueryAsync(string query)
    {
        using var body = new FormUrlEncodedContent([new("q", query), new("db", "patchedge")]);
        using var answer = await http.PostAsync(new Uri(Url, "/query"), body).ConfigureAwait(false);
        return await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
