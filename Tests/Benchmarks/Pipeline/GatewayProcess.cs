using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>A gateway, ours or node's, that watches the benchmark's server; its processor time and memory are read from outside.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process process;

    private GatewayProcess(Process process) => this.process = process;

    public double ProcessorSeconds
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>The most that it ever held.</summary>
    public double PeakMegabytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64 / 1048576.0;
        }
    }

    /// <summary>How often its threads that live have waited for something, so far; where the system says so, else 0.</summary>
    public long Switches
    {
        get
        {
            var threads = $"/proc/{process.Id}/task";
            return !Directory.Exists(threads) ? 0 : Directory.EnumerateDirectories(threads).Sum(thread =>
            {
                try
                {
                    return File.ReadLines(Path.Combine(thread, "status")).Where(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal))
                        .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));
                }
                catch (IOException)
                {
                    // It ended meanwhile.
                    return 0;
                }
            });
        }
    }

    /// <param name="folder">For configuration and journal.</param>
    /// <param name="endpoint">The server.</param>
    /// <param name="tags">How many of its variables.</param>
    /// <param name="interval">Of what changes, in ms. Sampled twice as often, so that no value falls between two samples, which would be no loss.</param>
    /// <param name="historian">Null: the journal alone.</param>
    /// <param name="build">Another build of it; null for the one beside this program.</param>
    public static GatewayProcess StartOurs(string folder, string endpoint, int tags, int interval, Uri? historian, string? build)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "gateway.yaml"), $"name: gw\njournal: {{ maximum-mib: 16384 }}\n{(historian is null ? "" : $"influxdb: {{ url: \"{historian}\", database: patchedge, verify: off }}\n")}");
        File.WriteAllText(Path.Combine(folder, "plant.yaml"), $$"""
            site: B
            defaults: { security: None:None, publishing: {{interval}}ms, sampling: {{interval / 2}}ms, keep-alive-count: {{Math.Max(1, 5000 / interval)}}, lifetime-count: {{Math.Max(600, 15_000 / interval)}} }
            servers: { plc: { url: "{{endpoint}}" } }
            gateways: { gw: { servers: [plc] } }
            areas: { A: { lines: { L: { servers: [plc], always-on: true } } } }
            tags-file: tags.csv
            hosts: { }

            """);
        var table = new StringBuilder("line,tag,node,type,record\n");
        for (var tag = 0; tag < tags; tag++)
            table.Append(null, $"L,Tag{tag},nsu={OpcUa.PlantServer.Uri};s=Tag{tag},Double,true\n");
        File.WriteAllText(Path.Combine(folder, "tags.csv"), table.ToString());
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = build ?? Path.Combine(own.Parent!.Parent!.FullName, "Gateway", own.Name, "patchedge-gateway.dll");
        return Start("dotnet", [program, "run", "--config", folder]);
    }

    public static GatewayProcess StartNode(string folder, string endpoint, int tags, int interval, Uri historian) => Start(
        "node", [Path.Combine(OpcUa.Worker.NodeInstallation ?? throw new ArgumentException("node-opcua is not installed: run npm ci --prefix Tests/Peers/node-opcua"), "..", "node-gateway", "gateway.js"),
            "--pki", folder, "--endpoint", endpoint, "--url", historian.AbsoluteUri.TrimEnd('/'), "--items", $"{tags}", "--interval", $"{interval}"]);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private static GatewayProcess Start(string program, string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        // What goes wrong shall be seen, what goes right not.
        DataReceivedEventHandler tell = (_, line) =>
        {
            if (line.Data is { } text && (text.Contains("fail", StringComparison.Ordinal) || text.Contains("crit", StringComparison.Ordinal) || text.Contains("rror", StringComparison.Ordinal) || text.Contains("historian", StringComparison.Ordinal)))
                Console.Error.WriteLine(text);
        };
        process.OutputDataReceived += tell;
        process.ErrorDataReceived += tell;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new GatewayProcess(process);
    }
}
