using System.Globalization;
using System.Text.Json.Nodes;
using PatchEdge.EndToEnd.Release;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.Plant.Files;

namespace PatchEdge.EndToEnd.Executors;

/// <summary>One simulated line with its batches, Debian's broker, our scheduler and gateway, and three hosts whose updates are done by three kinds of executor: all as processes.</summary>
internal sealed class ExecutorPlant : IAsyncDisposable
{
    public const string Line = "Filling";
    public const string Command = "by-command";
    public const string Webhook = "by-webhook";
    public const string FleetLock = "by-fleet-lock";
    public static readonly string[] Hosts = [Command, Webhook, FleetLock];
    private const string UrlSecret = "0123456789abcdef";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How much of its first batch the line has behind it when it is started: what is left is long enough to be seen.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromSeconds(15);

    private readonly List<IAsyncDisposable> running = [];
    private readonly TemporaryFolder folder = new();
    private readonly TlsAuthority authority;

    private ExecutorPlant() => authority = new TlsAuthority(folder);

    public SchedulerApi Api { get; private set; } = null!;

    public RunningProgram Scheduler { get; private set; } = null!;

    public WebhookReceiver Receiver { get; private set; } = null!;

    public FleetLockClient Client { get; private set; } = null!;

    /// <summary>What the command really did, one line each: host, run, permit.</summary>
    public string[] Effects => File.Exists(folder.File("effects.txt")) ? File.ReadAllLines(folder.File("effects.txt")) : [];

    /// <summary>Everything that the programs said, for a failure.</summary>
    public string Output => string.Join(Environment.NewLine, running.OfType<RunningProgram>().Select(program => program.Output));

    public static async Task<ExecutorPlant> StartAsync()
    {
        var plant = new ExecutorPlant();
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

    /// <summary>Spans in which the line really worked on product, by the equipment's own record; one that goes on has no end yet.</summary>
    public List<(DateTimeOffset From, DateTimeOffset To)> Worked()
    {
        var worked = new List<(DateTimeOffset From, DateTimeOffset To)>();
        foreach (var record in Directory.EnumerateFiles(folder.File("truth"), "*.jsonl").SelectMany(Lines).Select(line => JsonNode.Parse(line)!).OrderBy(record => (DateTimeOffset)record["at"]!))
            if ((string?)record["kind"] == "lineActive" || (string?)record["kind"] == "LineActive")
                worked.Add(((DateTimeOffset)record["at"]!, DateTimeOffset.MaxValue));
            else if (((string?)record["kind"] == "lineIdle" || (string?)record["kind"] == "LineIdle") && worked is [.., { To.Year: 9999 } last])
                worked[^1] = (last.From, (DateTimeOffset)record["at"]!);
        return worked;
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        foreach (var program in Enumerable.Reverse(running))
            await program.DisposeAsync();
        authority.Dispose();
        folder.Dispose();
    }

    /// <summary>The writer may be in the middle of a line.</summary>
    private static string[] Lines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task StartAllAsync()
    {
        Installed.Require("mosquitto", "mosquitto");
        var broker = Keep(await Mosquitto.StartAsync(folder));
        var (certificate, key) = authority.Issue();
        Receiver = Keep(await WebhookReceiver.StartAsync(new TlsFiles(certificate, key)));
        var ports = FreePorts.Several(2);
        WritePlant(ports[0]);
        WriteScheduler(broker.Port);
        WriteGateway(broker.Port);
        var listen = $"https://127.0.0.1:{ports[1]}";
        WriteAgents(broker.Port, listen, certificate, key);
        Scheduler = Keep(RunningProgram.StartOwn("scheduler", "Scheduler", "patchedge-scheduler", "run", "--config", folder.File("config")));
        await Scheduler.LineAsync("Now listening on", Patience);
        Api = new SchedulerApi(folder.File("scheduler"));
        await Api.ChoosePasswordAsync(Scheduler);
        Keep(RunningProgram.StartOwn("gateway", "Gateway", "patchedge-gateway", "run", "--config", folder.File("config")));
        var agents = Hosts.Select(host => Keep(RunningProgram.StartOwn(host, "Agent", "patchedge-agent", "run", "--config", folder.File(host)))).ToList();
        foreach (var agent in agents)
            await agent.LineAsync("Connected to", Patience);
        Client = Keep(new FleetLockClient($"{listen}/{UrlSecret}/", authority.File));
        var began = TimeProvider.System.GetUtcNow() - Behind;
        var line = Keep(RunningProgram.StartOwn("line", "Simulator", "patchedge-simulator", "line", "--server", "filling", "--data", folder.Path,
            "--start", began.ToString("O", CultureInfo.InvariantCulture)));
        await line.LineAsync("serves [0-9]+ variables", Patience);
    }

    private T Keep<T>(T program)
        where T : IAsyncDisposable
    {
        running.Add(program);
        return program;
    }

    private void WritePlant(int port)
    {
        folder.Write("config/plant.yaml", $"""
            site: Demo
            defaults:
              security: Basic256Sha256:SignAndEncrypt
              publishing: 200ms
              keep-alive-count: 5
              lifetime-count: 100
              sampling: 100ms
              dwell: 2s
              nodes: nsu=urn:patchedge:simulator:plant;s=
            servers:
              filling:
                url: opc.tcp://localhost:{port}
            gateways:
              gw-1:
                servers: [filling]
            areas:
              Aseptic:
                lines:
                  {Line}:
                    servers: [filling]
                    batch: BatchId
                    hold: {'{'} method: {'}'}
                    units:
                      Filler: {'{'} template: packml {'}'}
                    tags:
                      BatchId: {'{'} type: String {'}'}
                    idle:
                      no-batch: [ "BatchId == ''" ]
            hosts:
            {string.Join(Environment.NewLine, Hosts.Select(host => $"  {host}: {{ class: hmi, lines: [{Line}] }}"))}

            """);
        // As an engineer would: each certificate into the other's trust directory.
        var gateway = new CertificateStore(folder.File("gateway", "pki"), TimeProvider.System);
        var server = new CertificateStore(folder.File("equipment", "filling", "pki"), TimeProvider.System);
        using var own = gateway.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge Gateway", ApplicationUri = "urn:patchedge:test:gateway" });
        using var its = server.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge simulated filling", ApplicationUri = "urn:patchedge:simulator:filling" });
        server.Trust(own.Certificate);
        gateway.Trust(its.Certificate);
    }

    private void WriteScheduler(int broker)
    {
        folder.Write("config/scheduler.yaml", $"""
            data: ../scheduler
            listen: http://127.0.0.1:0
            mqtt:
              broker: mqtt://127.0.0.1:{broker}
            offer-every: 1s
            wake-every: 1s
            verify-for: 1s
            rest: 1s
            margin: 0s

            """);
        OpenCalendar.WriteTo(folder);
        foreach (var host in Hosts)
            folder.Write($"config/jobs/{host}.yaml", $"""
                host: {host}
                procedure: update
                patch:
                  name: Update {host}
                  digest: {new string('a', 64)}
                requested-by: planner
                expected-duration: 5s

                """);
    }

    private void WriteGateway(int broker) => folder.Write("config/gateway.yaml", $"""
        name: gw-1
        data: ../gateway/data
        pki: ../gateway/pki
        application-uri: urn:patchedge:test:gateway
        mqtt:
          broker: mqtt://127.0.0.1:{broker}

        """);

    private void WriteAgents(int broker, string listen, string certificate, string key)
    {
        folder.WriteSecret("secrets/url", UrlSecret);
        folder.WriteSecret("secrets/webhook", WebhookReceiver.Secret);
        var steps = new Dictionary<string, string>
        {
            [Command] = $$"""
                  - name: update
                    command: ['/bin/sh', -c, 'echo "$PATCHEDGE_HOST $PATCHEDGE_RUN $PATCHEDGE_PERMIT" >> {{folder.File("effects.txt")}}']
                    timeout: 30s
                    irreversible: true
                """,
            [Webhook] = $$"""
                  - name: update
                    webhook: { url: '{{Receiver.Url}}', secret-file: ../../secrets/webhook, authorities: '{{authority.File}}', poll-every: 200ms }
                    timeout: 30s
                    irreversible: true
                """,
            [FleetLock] = """
                  - name: restart
                    fleet-lock: {}
                    timeout: 60s
                """,
        };
        foreach (var (host, step) in steps)
        {
            folder.Write($"{host}/agent.yaml", $"""
                site: Demo
                host: {host}
                data: data
                scheduler-key: ../config/secrets/scheduler.key.pub.pem
                mqtt:
                  broker: mqtt://127.0.0.1:{broker}
                {(host == FleetLock ? $"fleet-lock: {{ client-id: {FleetLockClient.Id}, listen: '{listen}', secret-file: ../secrets/url, tls: {{ certificate: '{certificate}', key: '{key}' }} }}" : "")}

                """);
            folder.Write($"{host}/procedures/update.yaml", $"""
                name: update
                steps:
                {step}
                rollback: []

                """);
        }
    }
}
