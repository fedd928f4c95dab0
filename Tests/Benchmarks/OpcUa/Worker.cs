using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>A process of ours or of node's that prints JSON lines; its errors go to our standard error. Ended when disposed.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly Process process;
    private readonly string name;

    private Worker(string name, Process process)
    {
        this.name = name;
        this.process = process;
    }

    /// <summary>This program again, under another command.</summary>
    public static Worker StartOwn(params IEnumerable<string> arguments) =>
        Start("ours", Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Worker).Assembly.Location, .. arguments] : arguments);

    public static Worker StartNode(string script, params IEnumerable<string> arguments) =>
        Start("node-opcua", "node", [Path.Combine(NodeFolder, script), .. arguments]);

    /// <summary>Where node-opcua is installed; null when it is not.</summary>
    public static string? NodeInstallation => Directory.Exists(Path.Combine(NodeFolder, "node_modules")) ? NodeFolder : null;

    private static string NodeFolder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
                    return Path.Combine(folder.FullName, "Tests", "Peers", "node-opcua");
            }
            throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
        }
    }

    /// <summary>The next line that is JSON.</summary>
    public async Task<JsonObject> ReadAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within, TimeProvider.System);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token).ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith('{'))
                return JsonNode.Parse(line)!.AsObject();
        }
        throw new InvalidOperationException($"{name} ended before it said what was asked.");
    }

    public async Task<JsonObject> AskAsync(object command, TimeSpan within)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command)).ConfigureAwait(false);
        await process.StandardInput.FlushAsync().ConfigureAwait(false);
        return await ReadAsync(within).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        process.Dispose();
    }

    private static Worker Start(string name, string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new Worker(name, Process.Start(start)!);
    }
}
