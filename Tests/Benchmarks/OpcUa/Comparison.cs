using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>
/// <c>opcua</c>: the same measures with our client and with node-opcua's against the same server, turn by turn, round after round, so that
/// whatever else the machine does hits both. Server and clients are processes of their own; only the client's processor time counts.
/// </summary>
internal sealed class Comparison : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Securities = ["None", "Basic256Sha256"];
    private const int NodesPerRead = 1000;
    private const int ManyItems = 50_000;

    private readonly ComparisonOptions options;
    private readonly Report report = new();
    private readonly string folder = Directory.CreateTempSubdirectory("patchedge-benchmark-").FullName;
    private Worker? server;
    private string endpoint = "";
    private int space;

    private Comparison(ComparisonOptions options) => this.options = options;

    private string ServerPki => Path.Combine(folder, "server");

    public static async Task<int> RunAsync(ComparisonOptions options)
    {
        if ((options.Clients.Contains("node") || options.NodeServer) && Worker.NodeInstallation is null)
        {
            await Console.Error.WriteLineAsync("node-opcua is not installed: run npm ci --prefix Tests/Peers/node-opcua, or give --clients ours").ConfigureAwait(false);
            return 2;
        }
        await using var comparison = new Comparison(options);
        await comparison.PrepareAsync().ConfigureAwait(false);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var measure in options.Measures)
            {
                await Console.Error.WriteLineAsync($"round {round} of {options.Rounds}: {measure}").ConfigureAwait(false);
                await comparison.MeasureAsync(measure).ConfigureAwait(false);
            }
        }
        Console.WriteLine(options.Json ? comparison.report.ToJson(options) : comparison.report.ToTable(options));
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(folder, recursive: true);
    }

    private async Task PrepareAsync()
    {
        var ours = new CertificateStore(ClientPki("ours"), TimeProvider.System);
        var client = ours.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Benchmark client", ApplicationUri = ClientWorker.Uri });
        if (options.NodeServer)
        {
            server = Worker.StartNode("benchmark-server.js", "--pki", ServerPki, "--items", $"{options.Items}");
        }
        else
        {
            var store = new CertificateStore(ServerPki, TimeProvider.System);
            var own = store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Benchmark server", ApplicationUri = PlantServer.Uri });
            ours.Trust(own.Certificate);
            store.Trust(client.Certificate);
            client.Dispose();
            own.Dispose();
        }
        if (options.Clients.Contains("node"))
        {
            var preparing = Worker.StartNode("benchmark-client.js", "--pki", ClientPki("node"), "--prepare");
            await using (preparing.ConfigureAwait(false))
            {
                var file = (string)(await preparing.ReadAsync(Patience).ConfigureAwait(false))["certificate"]!;
                if (!options.NodeServer)
                    File.Copy(file, Path.Combine(new CertificateStore(ServerPki, TimeProvider.System).TrustedDirectory, "node.der"));
            }
        }
        server ??= Worker.StartOwn("serve", "--pki", ServerPki);
        var ready = await server.ReadAsync(Patience).ConfigureAwait(false);
        (endpoint, space) = ((string)ready["endpoint"]!, (int)ready["namespace"]!);
        if (options.NodeServer)
            File.Copy(Path.Combine(ServerPki, "own", "certs", "certificate.der"), Path.Combine(ours.TrustedDirectory, "node.der"));
    }

    private async Task MeasureAsync(string measure)
    {
        if (measure == "decoder")
        {
            foreach (var figure in DecoderAlone.Measure())
                report.Add(figure.Measure, figure.Security, figure.Column, figure.Value);
            return;
        }
        if (measure == "server")
        {
            await SaturateAsync().ConfigureAwait(false);
            return;
        }
        foreach (var security in Securities)
        {
            foreach (var client in options.Clients)
            {
                switch (measure)
                {
                    case "notifications":
                        await NotificationsAsync(client, security).ConfigureAwait(false);
                        break;
                    case "memory":
                        await MemoryAsync(client, security).ConfigureAwait(false);
                        break;
                    case "reads":
                        var reads = await ClientAsync(client, measure, security, "--items", $"{NodesPerRead}", "--count", $"{options.Reads}").ConfigureAwait(false);
                        report.Add("reads, 1,000 nodes a call: CPU-s per million values", security, client, 1e6 * (double)reads["cpu"]! / (long)reads["values"]!);
                        break;
                    case "connect":
                        var connect = await ClientAsync(client, measure, security, "--count", $"{options.Connects}").ConfigureAwait(false);
                        report.Add("connect and activate: ms, median", security, client, (double)connect["ms"]!);
                        report.Add("connect and activate: ms, fastest", security, client, (double)connect["fastest"]!);
                        report.Add("connect and activate: CPU-ms of the client", security, client, (double)connect["cpu"]!);
                        break;
                }
            }
        }
    }

    private async Task NotificationsAsync(string client, string security)
    {
        await server!.AskAsync(new { @do = "feed", items = options.Items, interval = options.Interval }, Patience).ConfigureAwait(false);
        var result = await ClientAsync(client, "notifications", security, "--items", $"{options.Items}", "--interval", $"{options.Interval}",
            "--seconds", $"{options.Seconds}", "--warmup", $"{options.Warmup}").ConfigureAwait(false);
        await server.AskAsync(new { @do = "feed", items = 0, interval = 0 }, Patience).ConfigureAwait(false);
        var notifications = (long)result["notifications"]!;
        report.Add("notifications: CPU-s per million", security, client, 1e6 * (double)result["cpu"]! / Math.Max(1, notifications));
        report.Add("notifications: per second", security, client, notifications / (double)result["seconds"]!);
        report.Add("notifications: lost", security, client, (double)result["lost"]!);
        report.Add("notifications: resident MB", security, client, (double)result["rss"]!);
        if (result["allocated"] is { } allocated)
            report.Add("notifications: bytes allocated for each", security, client, (double)allocated / Math.Max(1, notifications));
    }

    private async Task MemoryAsync(string client, string security)
    {
        // A value of each item and second: what is held at rest would say less.
        var items = options.NodeServer ? options.Items : ManyItems;
        await server!.AskAsync(new { @do = "feed", items, interval = 1000 }, Patience).ConfigureAwait(false);
        var result = await ClientAsync(client, "notifications", security, "--items", $"{items}", "--interval", "1000", "--seconds", $"{options.Seconds}", "--warmup", $"{options.Warmup}").ConfigureAwait(false);
        await server.AskAsync(new { @do = "feed", items = 0, interval = 0 }, Patience).ConfigureAwait(false);
        report.Add($"{items:N0} items at 1 s: resident MB", security, client, (double)result["rss"]!);
        report.Add($"{items:N0} items at 1 s: lost", security, client, (double)result["lost"]!);
    }

    // 500,000 changes a second, if the machine lets it; what each costs the server counts, whatever the pace.
    private async Task SaturateAsync()
    {
        var items = options.NodeServer ? options.Items : ManyItems;
        foreach (var security in Securities)
        {
            await server!.AskAsync(new { @do = "feed", items, interval = 100 }, Patience).ConfigureAwait(false);
            var measuring = ClientAsync("ours", "notifications", security, "--items", $"{items}", "--interval", "100", "--seconds", $"{options.Seconds}", "--warmup", $"{options.Warmup}");
            await Task.Delay(TimeSpan.FromSeconds(options.Warmup + 2), TimeProvider.System).ConfigureAwait(false);
            var before = await server.AskAsync(new { @do = "usage" }, Patience).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(options.Seconds - 3), TimeProvider.System).ConfigureAwait(false);
            var after = await server.AskAsync(new { @do = "usage" }, Patience).ConfigureAwait(false);
            var result = await measuring.ConfigureAwait(false);
            await server.AskAsync(new { @do = "feed", items = 0, interval = 0 }, Patience).ConfigureAwait(false);
            var name = options.NodeServer ? "node" : "ours";
            var changes = (long)after["changes"]! - (long)before["changes"]!;
            report.Add("server: changes per CPU-s", security, name, changes / ((double)after["cpu"]! - (double)before["cpu"]!));
            report.Add("server: notifications received per second", security, name, (long)result["notifications"]! / (double)result["seconds"]!);
            report.Add("server: lost on the way", security, name, (double)result["lost"]!);
        }
    }

    private async Task<System.Text.Json.Nodes.JsonObject> ClientAsync(string client, string measure, string security, params string[] more)
    {
        string[] arguments = ["--measure", measure, "--endpoint", endpoint, "--policy", security, "--pki", ClientPki(client), "--namespace", $"{space}", .. more];
        var worker = client == "ours" ? Worker.StartOwn(["client", .. arguments]) : Worker.StartNode("benchmark-client.js", arguments);
        await using (worker.ConfigureAwait(false))
            return await worker.ReadAsync(Patience).ConfigureAwait(false);
    }

    private string ClientPki(string client) => Path.Combine(folder, client);
}
