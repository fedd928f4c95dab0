using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Faults;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.RealProcesses;

/// <summary>
/// Simulated servers behind a network that can fail, a gateway, a broker and a database, each a process of its own; and the record of what
/// the servers produced and of what was done to them all.
/// </summary>
internal sealed class WatchedPlant : IAsyncDisposable
{
    public const string Gateway = "gw";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Tags = ["PulseCount", "Temperature", "DoorOpen"];

    private readonly TemporaryFolder folder = new();
    private readonly DataFolder data;
    private readonly Dictionary<string, NetworkLink> links = [];
    private readonly Dictionary<string, RunningProgram> servers = [];
    private readonly Dictionary<string, int> ports = [];
    private readonly List<IAsyncDisposable> ended = [];
    private readonly PlantRecorder happened;
    private readonly DateTimeOffset start = TimeProvider.System.GetUtcNow();
    private RunningProgram? gateway;
    private Mosquitto? broker;
    private long silence;

    private WatchedPlant(string[] names)
    {
        data = new DataFolder(folder.File("plant"));
        Record = folder.File("record");
        happened = new PlantRecorder(Record, "tester", TimeProvider.System);
        var free = FreePorts.Several(names.Length);
        foreach (var (name, port) in names.Zip(free))
        {
            ports[name] = port;
            links[name] = new NetworkLink(0, port);
        }

        File.WriteAllText(data.PlantFile, PlantText(names));
        Plant = PlantFile.Read(data.PlantFile);
        Trust.Exchange(data, Plant, TimeProvider.System);
    }

    public PlantModel Plant { get; }

    public string Record { get; }

    public InfluxDb? Influx { get; private set; }

    public IReadOnlyCollection<string> Servers => links.Keys;

    /// <summary>What the gateways so far, and servers, said.</summary>
    public string Output => string.Join("\n--- ", ended.Append(gateway).OfType<RunningProgram>().Concat(servers.Values).Select(program => $"{program.Name}\n{program.Output}"));

    public RunningProgram RunningGateway => gateway ?? throw new InvalidOperationException("The gateway does not run.");

    /// <summary>Starts everything but the gateway.</summary>
    /// <param name="names">Of the servers. The last one grants long queues, all others three places.</param>
    public static async Task<WatchedPlant> StartAsync(params string[] names)
    {
        Installed.Require("influxd", "influxdb");
        Installed.Require("mosquitto", "mosquitto");
        var plant = new WatchedPlant(names);
        try
        {
            plant.Influx = await InfluxDb.StartAsync(plant.folder);
            plant.broker = await Mosquitto.StartAsync(plant.folder);
            File.WriteAllText(Path.Combine(plant.data.Config, "gateway.yaml"), plant.GatewayText());
            foreach (var name in names)
                plant.StartServer(name);
            foreach (var server in plant.servers.Values)
                await server.LineAsync("serves", Patience);
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    public static string TagOf(string server, string tag) => $"{LineOf(server)}/{tag}";

    public void StartServer(string name)
    {
        string[] shorter = name == links.Keys.Last() ? [] : ["--largest-queue", "3"];
        servers[name] = RunningProgram.StartOwn(name, "Simulator", "patchedge-simulator",
            ["line", "--server", name, "--data", data.Root, "--start", start.ToString("O"), "--record", Record, "--obey", "--port", ports[name].ToString(null, null), .. shorter]);
    }

    public async Task KillServerAsync(string name)
    {
        await servers[name].KillAsync();
        ended.Add(servers[name]);
    }

    /// <summary>Ends when it serves.</summary>
    public async Task RestartServerAsync(string name)
    {
        StartServer(name);
        await servers[name].LineAsync("serves", Patience);
    }

    public NetworkLink LinkTo(string server) => links[server];

    /// <summary>A server that is dead at the moment hears nothing, and has no fault.</summary>
    public async Task TellAsync(string server, EquipmentFault fault)
    {
        try
        {
            await servers[server].WriteLineAsync(fault.ToString());
        }
        catch (IOException)
        {
            // Killed by another fault of this round.
        }
    }

    public RunningProgram StartGateway() => gateway = RunningProgram.StartOwn("gateway", "Gateway", "patchedge-gateway", "run", "--config", data.Config);

    public async Task KillGatewayAsync()
    {
        await RunningGateway.KillAsync();
        ended.Add(RunningGateway);
        gateway = null;
    }

    public async Task KillBrokerAsync()
    {
        await broker!.Program.KillAsync();
        ended.Add(broker);
    }

    public async Task RestartBrokerAsync() => broker = await Mosquitto.StartAsync(folder, broker!.Port);

    public async Task KillDatabaseAsync()
    {
        await Influx!.Program.KillAsync();
        ended.Add(Influx);
    }

    public async Task RestartDatabaseAsync() => Influx = await InfluxDb.StartAsync(folder, port: Influx!.Url.Port);

    /// <summary>From now on nothing passes to a server; the end is put down by <see cref="EndSilence"/>.</summary>
    public void Silence(string server)
    {
        silence = Begin(FaultKind.NetworkSilent, server);
        links[server].Silence();
    }

    public void EndSilence() => End(silence);

    /// <summary>Puts a fault down as it begins.</summary>
    public long Begin(FaultKind kind, string target) => happened.Begin(kind, target, TimeProvider.System.GetUtcNow());

    /// <summary>Puts its end down.</summary>
    public void End(long fault) => happened.End(fault, TimeProvider.System.GetUtcNow());

    /// <summary>What a command of the gateway prints, its lines of JSON.</summary>
    public async Task<IReadOnlyList<string>> AskGatewayAsync(params string[] arguments)
    {
        await using var asked = RunningProgram.StartOwn("gateway " + arguments[1], "Gateway", "patchedge-gateway", [.. arguments, "--json", "--config", data.Config]);
        var exit = await asked.ExitAsync(Patience);
        Assert.True(exit == 0, asked.Output);
        return [.. asked.Output.Split(Environment.NewLine).Where(line => line.StartsWith('{'))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in servers.Values.Append(gateway).OfType<IAsyncDisposable>().Append(broker).Append(Influx).Concat(links.Values).Concat(ended).Append(happened))
            if (program is not null)
                await program.DisposeAsync();
        folder.Dispose();
    }

    private static string LineOf(string server) => char.ToUpperInvariant(server[0]) + server[1..];

    private string PlantText(string[] names) => $"""
        site: Truth
        defaults:
          security: Basic256Sha256:SignAndEncrypt
          publishing: 250ms
          keep-alive-count: 4
          lifetime-count: 60
          sampling: 50ms
          nodes: nsu=urn:patchedge:simulator:plant;s=
        servers:
        {Lines(names, name => $"  {name}: " + Map($"url: \"opc.tcp://localhost:{links[name].Port}\""))}
        gateways:
          {Gateway}: {Map($"servers: [{string.Join(", ", names)}]")}
        areas:
          Area:
            lines:
        {Lines(names, name => $"""
              {LineOf(name)}:
                servers: [{name}]
                always-on: true
                tags:
                  {Tags[0]}: {Map("type: Int64, critical: true, record: true")}
                  {Tags[1]}: {Map("type: Double, critical: true, record: true, longest-silence: 3s")}
                  {Tags[2]}: {Map("type: Boolean, critical: true, record: true")}
        """)}

        """;

    private static string Map(string content) => "{ " + content + " }";

    private static string Lines(string[] names, Func<string, string> text) => string.Join(Environment.NewLine, names.Select(text));

    private string GatewayText() => $"""
        name: {Gateway}
        data: '{Slashes(folder.File("journal"))}'
        pki: '{Slashes(data.GatewayPki(Gateway))}'
        application-uri: {Trust.GatewayUri}:{Gateway}
        mqtt:
          broker: mqtt://127.0.0.1:{broker!.Port}
        influxdb:
          url: {Influx!.Url}
          database: patchedge
        pace:
          attestation: 1s

        """;

    private static string Slashes(string path) => path.Replace('\\', '/');
}
