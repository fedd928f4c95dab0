using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Protocol;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;

namespace PatchEdge.EndToEnd.Release;

/// <summary>
/// One line played by a server of another make, Debian's broker and database, and our gateway, scheduler and agent as processes.
/// The tap on the broker keeps all that crosses it.
/// </summary>
internal sealed class PlantUnderTest : IAsyncDisposable
{
    public const string Site = "Peer";
    public const string Line = "Filling";
    public const string Host = "filling-hmi";
    public const string Job = "kb-1";
    public static readonly TimeSpan Dwell = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Func<PlantUnderTest, Task>? schedulers;
    private readonly List<IAsyncDisposable> running = [];
    private readonly TemporaryFolder folder = new();
    private readonly List<MqttApplicationMessage> tapped = [];
    private IMqttClient tap = null!;

    private PlantUnderTest(Func<PlantUnderTest, Task>? schedulers) => this.schedulers = schedulers;

    public NodePeer Server { get; private set; } = null!;

    public InfluxDb Influx { get; private set; } = null!;

    public Mosquitto Broker { get; private set; } = null!;

    public RunningProgram Gateway { get; private set; } = null!;

    public RunningProgram Scheduler { get; private set; } = null!;

    public RunningProgram Agent { get; private set; } = null!;

    public SchedulerApi Api { get; private set; } = null!;

    public IMqttClient Tap => tap;

    /// <summary>What the patch procedure really did on the host, one line a step.</summary>
    public string[] Effects => File.Exists(folder.File("effects.txt")) ? File.ReadAllLines(folder.File("effects.txt")) : [];

    public string Config => folder.File("config");

    public TemporaryFolder Folder => folder;

    /// <summary>What crossed the broker, as it does. Handlers must not block.</summary>
    public event Action<MqttApplicationMessage>? Crossed;

    /// <param name="schedulers">Starts schedulers of its own over the same files, and no database of time series is started; null starts one scheduler.</param>
    public static async Task<PlantUnderTest> StartAsync(Func<PlantUnderTest, Task>? schedulers = null)
    {
        var plant = new PlantUnderTest(schedulers);
        try
        {
            await plant.StartAllAsync();
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    /// <summary>The batch runs: PackML Execute with a batch id and speed.</summary>
    public Task RunBatchAsync(string batch) => SetAsync(new JsonObject
    {
        ["Filler.BatchId"] = batch, ["Filler.StateCurrent"] = 6, ["Filler.Speed"] = 120.0,
    });

    public Task EndBatchAsync() => SetAsync(new JsonObject
    {
        ["Filler.Speed"] = 0.0, ["Filler.StateCurrent"] = 4, ["Filler.BatchId"] = "",
    });

    public Task SetAsync(JsonObject values, string status = "Good") => Server.AskAsync("set", new { values, status });

    /// <summary>The token that the line's own controller is held with; 0 when it is free.</summary>
    public async Task<long> HeldAsync() => (long)(await Server.AskAsync("hold"))["held"]!;

    public async Task LineBecomesAsync(string state, TimeSpan? within = null, string reason = "")
    {
        JsonNode? last = null;
        await Eventually.TrueAsync($"line {state} {reason}", async () =>
        {
            last = await Api.LinesAsync();
            var line = last.AsArray().Single(line => (string)line!["name"]! == Line)!;
            return (string)line["state"]! == state && line.ToJsonString().Contains(reason, StringComparison.Ordinal);
        }, within ?? Patience, () => $"Last: {last?.ToJsonString()}{Environment.NewLine}{Gateway.Output}");
    }

    public Task JobBecomesAsync(string state) =>
        Eventually.TrueAsync($"job {state}", async () => await Api.StateAsync(Job) == state, Patience, () => Scheduler.Output + Agent.Output);

    /// <summary>Messages that crossed the broker on a topic so far.</summary>
    public MqttApplicationMessage[] Tapped(string topic)
    {
        lock (tapped)
            return [.. tapped.Where(message => message.Topic == topic)];
    }

    public Task PublishAsync(string topic, ReadOnlySpan<byte> payload, bool retain) => tap.PublishAsync(new MqttApplicationMessageBuilder()
        .WithTopic(topic).WithPayload(payload.ToArray()).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag(retain).Build());

    public async Task RestartAgentAsync()
    {
        await Agent.KillAsync();
        Agent = StartAgent();
        await Agent.LineAsync("Connected to", Patience);
    }

    public RunningProgram Cli(params string[] arguments) =>
        RunningProgram.StartOwn("why", "Scheduler", "patchedge-scheduler", [.. arguments, "--config", Config]);

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        tap?.Dispose();
        foreach (var program in Enumerable.Reverse(running))
            await program.DisposeAsync();
        folder.Dispose();
    }

    private async Task StartAllAsync()
    {
        Installed.Require("mosquitto", "mosquitto");
        if (schedulers is null)
            Installed.Require("influxd", "influxdb");
        Server = Keep(await NodePeer.StartServerAsync(folder.File("peer"), "--user", "gateway", "--password", "secret of the line", "--no-anonymous", "--shift-namespaces", "3"));
        if (schedulers is null)
            Influx = Keep(await InfluxDb.StartAsync(folder));
        Broker = Keep(await Mosquitto.StartAsync(folder));
        await StartTapAsync();
        ExchangeCertificates();
        WriteConfiguration();
        await RunBatchAsync("B-001");
        if (schedulers is not null)
            await schedulers(this);
        else
            await StartSchedulerAsync();
        Gateway = Keep(RunningProgram.StartOwn("gateway", "Gateway", "patchedge-gateway", "run", "--config", Config));
        Agent = StartAgent();
    }

    private async Task StartSchedulerAsync()
    {
        Scheduler = Keep(RunningProgram.StartOwn("scheduler", "Scheduler", "patchedge-scheduler", "run", "--config", Config));
        await Scheduler.LineAsync("Now listening on", Patience);
        var address = folder.File("scheduler", "local-api.address");
        await Eventually.TrueAsync("the scheduler says where it listens", () => Task.FromResult(File.Exists(address) && new FileInfo(address).Length > 0), Patience);
        Api = new SchedulerApi(folder.File("scheduler"));
        await Api.ApproveAsync(Job, Scheduler);
    }

    private RunningProgram StartAgent() => Keep(RunningProgram.StartOwn("agent", "Agent", "patchedge-agent", "run", "--config", folder.File("agent")));

    public T Keep<T>(T program)
        where T : IAsyncDisposable
    {
        running.Add(program);
        return program;
    }

    private async Task StartTapAsync()
    {
        var factory = new MqttClientFactory();
        tap = factory.CreateMqttClient();
        tap.ApplicationMessageReceivedAsync += received =>
        {
            lock (tapped)
                tapped.Add(received.ApplicationMessage);
            Crossed?.Invoke(received.ApplicationMessage);
            return Task.CompletedTask;
        };
        await tap.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Broker.Port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build());
        await tap.SubscribeAsync($"patchedge/{Site}/#", MqttQualityOfServiceLevel.AtLeastOnce);
    }

    /// <summary>As an engineer would: each certificate into the other's trust directory.</summary>
    private void ExchangeCertificates()
    {
        var store = new CertificateStore(folder.File("gateway", "pki"), TimeProvider.System);
        using var own = store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge Gateway", ApplicationUri = "urn:patchedge:test:gateway" });
        File.WriteAllBytes(Path.Combine((string)Server.Ready["trusted"]!, "gateway.der"), own.Der);
        store.Trust(UaCertificate.Read(File.ReadAllBytes((string)Server.Ready["certificate"]!), "the peer's certificate"));
    }

    private void WriteConfiguration()
    {
        folder.WriteSecret("config/secrets/line", "secret of the line");
        folder.Write("config/plant.yaml", $"""
            site: {Site}
            defaults:
              security: Basic256Sha256:SignAndEncrypt
              publishing: 200ms
              keep-alive-count: 5
              lifetime-count: 100
              sampling: 50ms
              dwell: {Dwell.TotalSeconds}s
              nodes: nsu=urn:patchedge:peer:line;s=
            servers:
              peer:
                url: {(string)Server.Ready["endpoint"]!}
                user: gateway
                password-file: secrets/line
            gateways:
              gw-1:
                servers: [peer]
            areas:
              Aseptic:
                lines:
                  {Line}:
                    servers: [peer]
                    batch: Filler.BatchId
                    hold:
                      method:
                        object: nsu=urn:patchedge:peer:line;s=Line
                        request: nsu=urn:patchedge:peer:line;s=Line.RequestHold
                        release: nsu=urn:patchedge:peer:line;s=Line.ReleaseHold
                    units:
                      Filler:
                        profile: packml
                        tags:
                          StateCurrent: {'{'} node: "nsu=urn:patchedge:peer:line;s=Filler.StateCurrent", type: Int32, record: true {'}'}
                          BatchId: {'{'} node: "nsu=urn:patchedge:peer:line;s=Filler.BatchId", type: String {'}'}
                          Speed: {'{'} node: "nsu=urn:patchedge:peer:line;s=Filler.Speed", type: Double, critical: true {'}'}
                    idle:
                      state: [ "Filler.StateCurrent in [Idle, Stopped]" ]
                      no-batch: [ "Filler.BatchId == ''" ]
                      no-motion: [ "Filler.Speed == 0" ]
            hosts:
              {Host}: {'{'} class: hmi, lines: [{Line}] {'}'}

            """);
        folder.Write("config/gateway.yaml", $"""
            name: gw-1
            data: ../gateway/data
            pki: ../gateway/pki
            application-uri: urn:patchedge:test:gateway
            mqtt:
              broker: mqtt://127.0.0.1:{Broker.Port}
            {(Influx is null ? "" : $"influxdb: {{ url: \"{Influx.Url}\", database: patchedge }}")}

            """);
        folder.Write("config/scheduler.yaml", $"""
            data: ../scheduler
            listen: http://127.0.0.1:0
            mqtt:
              broker: mqtt://127.0.0.1:{Broker.Port}
            offer-every: 1s
            wake-every: 1s
            verify-for: 2s
            rest: 1s

            """);
        OpenCalendar.WriteTo(folder);
        if (schedulers is null)
            WriteJob(Job);
        Directory.CreateDirectory(folder.File("config", "jobs"));
        folder.Write("agent/agent.yaml", $"""
            site: {Site}
            host: {Host}
            data: data
            scheduler-key: ../config/secrets/scheduler.key.pub.pem
            mqtt:
              broker: mqtt://127.0.0.1:{Broker.Port}

            """);
        folder.Write("agent/procedures/install-update.yaml", $"""
            name: install-update
            steps:
              - name: install
                command: ['/bin/sh', -c, 'echo install $PATCHEDGE_RUN >> {folder.File("effects.txt")}']
                timeout: 30s
                irreversible: true
            rollback: []

            """);
    }

    /// <summary>Asks for a patch, as somebody who puts a file into the jobs' directory does.</summary>
    public void WriteJob(string id) =>
        folder.Write($"config/jobs/{id}.yaml", $"""
            id: {id}
            host: {Host}
            procedure: install-update
            patch:
              name: Update under test
              digest: {new string('a', 64)}
            requested-by: planner

            """);
}
