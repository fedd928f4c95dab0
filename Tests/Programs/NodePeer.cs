using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.Programs;

/// <summary>An OPC UA server or client of another make (node-opcua), run as a process that obeys JSON lines; see Tests/Peers/README.md.</summary>
public sealed class NodePeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RunningProgram program;
    private int asked;

    private NodePeer(RunningProgram program, JsonObject ready)
    {
        this.program = program;
        Ready = ready;
    }

    /// <summary>What it said when it was ready: for the server its <c>endpoint</c>, <c>namespace</c>, <c>certificate</c> (DER file) and <c>trusted</c> folder.</summary>
    public JsonObject Ready { get; }

    public RunningProgram Program => program;

    /// <summary>The line's server; the calling test is skipped when node or its packages are not installed.</summary>
    /// <param name="pki">Folder of its certificates; made when absent.</param>
    /// <param name="arguments">Further arguments, such as <c>--trust-all</c>.</param>
    public static Task<NodePeer> StartServerAsync(string pki, params string[] arguments) => StartAsync("server.js", ["--pki", pki, .. arguments]);

    /// <summary>The judging client, once its session stands.</summary>
    /// <param name="endpoint">Where to connect.</param>
    /// <param name="pki">Folder of its certificates; made when absent.</param>
    /// <param name="arguments">Further arguments, such as <c>--policy Basic256Sha256 --trust-all</c>.</param>
    public static Task<NodePeer> StartClientAsync(string endpoint, string pki, params string[] arguments) =>
        StartAsync("client.js", ["--endpoint", endpoint, "--pki", pki, .. arguments]);

    /// <summary>Runs another script of the peer's folder to its end, which must be a good one; the test is skipped where it cannot run.</summary>
    public static async Task RunAsync(string script, params string[] arguments)
    {
        await using var program = Start(script, arguments);
        var code = await program.ExitAsync(Patience);
        Assert.True(code == 0, $"{program.Name} ended with {code}: {program.Output}");
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <param name="what">The command's name, <c>do</c>.</param>
    /// <param name="fields">Its other fields, as an anonymous object; null for none.</param>
    /// <param name="within">How long to wait; null for a minute.</param>
    /// <exception cref="InvalidOperationException">The peer refused it; the message carries its reason.</exception>
    public async Task<JsonObject> AskAsync(string what, object? fields = null, TimeSpan? within = null)
    {
        var id = Interlocked.Increment(ref asked);
        var command = fields is null ? [] : JsonSerializer.SerializeToNode(fields)!.AsObject();
        command["id"] = id;
        command["do"] = what;
        await program.WriteLineAsync(command.ToJsonString());
        var answer = await LineAsync($"^{{\"id\":{id},.*", within ?? Patience);
        return (bool)answer["ok"]! ? answer : throw new InvalidOperationException($"{program.Name} {what}: {answer["error"]}");
    }

    /// <summary>The first event of a name, told already or to come, whose line matches.</summary>
    /// <param name="name">Such as <c>value</c> or <c>connection_lost</c>.</param>
    /// <param name="within">How long to wait.</param>
    /// <param name="pattern">Regular expression for what follows the name.</param>
    public Task<JsonObject> EventAsync(string name, TimeSpan within, string pattern = "") =>
        LineAsync($"^{{\"event\":\"{name}\".*{pattern}.*", within);

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private async Task<JsonObject> LineAsync(string pattern, TimeSpan within) =>
        JsonNode.Parse((await program.LineAsync(pattern, within)).Value)!.AsObject();

    private static async Task<NodePeer> StartAsync(string script, string[] arguments)
    {
        var program = Start(script, arguments);
        try
        {
            var said = JsonNode.Parse((await program.LineAsync("^{\"event\":\"(ready|failed)\".*", Patience)).Value)!.AsObject();
            return (string?)said["event"] == "ready" ? new NodePeer(program, said) : throw new InvalidOperationException($"{program.Name}: {said["error"]}");
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    private static RunningProgram Start(string script, string[] arguments)
    {
        var node = Installed.Require("node", "nodejs");
        var folder = Folder();
        Assert.SkipWhen(!Directory.Exists(Path.Combine(folder, "node_modules")), $"needs node-opcua: run npm ci --prefix {folder}");
        return RunningProgram.Start("node-opcua " + script, node, [Path.Combine(folder, script), .. arguments], folder);
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
                return Path.Combine(folder.FullName, "Tests", "Peers", "node-opcua");
        throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
