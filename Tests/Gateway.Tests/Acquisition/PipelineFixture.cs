using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Acquisition;

/// <summary>A line on our own server, and the pipeline that watches it: connection, fold and journal, all real; only who hears the reports is ours.</summary>
internal sealed class PipelineFixture : IAsyncDisposable
{
    public const string Namespace = "urn:test:line";

    /// <summary>Publishing 100 ms × 5.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(500);

    /// <summary>Changes the plant file that a gateway reads when it starts.</summary>
    public Func<string, string> Configured { get; set; } = text => text;

    /// <summary>How history is read; a gateway takes it when it starts.</summary>
    public RepairOptions Repair { get; set; } = new() { Settling = TimeSpan.FromMilliseconds(100), Delays = [TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(300)], Pace = TimeSpan.FromMilliseconds(10), PageSize = 7 };

    private readonly TemporaryFolder folder = new();
    private JournalWriter? journal;
    private ContinuityStage? stage;
    private ServerWatch? watch;
    private HistoryRepairer? repairer;

    private PipelineFixture(UaServer server, VariableNode state, VariableNode batch)
    {
        (Server, State, Batch) = (server, state, batch);
        Live = new Reports();
    }

    public UaServer Server { get; private set; }

    public VariableNode State { get; private set; }

    public VariableNode Batch { get; private set; }

    public string JournalDirectory => folder.File("data");

    public Reports Live { get; }

    public RunNews News { get; } = new(TimeProvider.System);

    public static async Task<PipelineFixture> StartAsync()
    {
        var (server, state, batch) = await StartServerAsync(0);
        var fixture = new PipelineFixture(server, state, batch);
        await fixture.StartGatewayAsync();
        return fixture;
    }

    /// <param name="withRepairs">Whether gaps are looked up; without, they wait in the journal.</param>
    public async Task StartGatewayAsync(bool withRepairs = true)
    {
        var plantFile = folder.File("plant.yaml");
        var plant = PlantFile.Parse(Configured($$"""
            site: Test
            defaults:
              security: None:None
              publishing: 100ms
              keep-alive-count: 5
              lifetime-count: 100
              sampling: 50ms
              dwell: 1s
              nodes: nsu={{Namespace}};s=
            servers:
              plc: { url: "{{Server.BoundEndpointUrl}}" }
            gateways:
              gw: { servers: [plc] }
            areas:
              A:
                lines:
                  L:
                    servers: [plc]
                    batch: Batch
                    units:
                      U: { profile: packml, tags: { StateCurrent: { type: Int32, record: true } } }
                    tags:
                      Batch: { type: String, critical: true }
                      Missing: { type: String }
                    idle:
                      state: [ "U.StateCurrent in [Idle, Stopped]" ]
                      no-batch: [ "Batch == ''" ]
                      no-motion: none
            hosts:
              h: { class: hmi, lines: [L] }
            """), plantFile);
        var options = GatewayFile.Parse("name: gw\npace: { report: 200ms, valid-for: 1s }\n", folder.File("gateway.yaml"));
        var table = SourceTable.Build(plant, "gw", plantFile);
        var configuration = new GatewayConfiguration { Directory = folder.Path, Options = options, Plant = plant, Table = table, Passwords = new Dictionary<string, string>() };
        journal = JournalWriter.Open(options.Journal, plant.Site, "gw", [], TimeProvider.System, NullLogger.Instance);
        JournalRecovery recovery;
        using (var reader = new JournalReader(options.Journal.Directory))
            recovery = reader.Recover();
        var ids = await SourceNumbers.AssignAsync(table, journal, recovery, Moment.Of(TimeProvider.System.GetUtcNow()), CancellationToken.None);
        stage = new ContinuityStage(
            new StageInput { News = News, Options = options, Plant = plant, Table = table, JournalIds = ids, Recovery = recovery, Boot = Guid.NewGuid().ToString("N"), Repair = Repair },
            journal, Live, TimeProvider.System, NullLogger.Instance);
        var connection = ServerConnection.OptionsFor(table.Servers[0], configuration, new CertificateStore(folder.File("pki"), TimeProvider.System), TimeProvider.System);
        watch = new ServerWatch(0, table, connection, stage.Arrivals, TimeProvider.System, NullLogger.Instance);
        if (withRepairs)
            repairer = new HistoryRepairer(0, table, watch.Client, stage.Arrivals, journal, options.Journal.Directory, Repair, TimeProvider.System, NullLogger.Instance);
    }

    public async Task StopGatewayAsync()
    {
        if (repairer is not null)
            await repairer.DisposeAsync();
        if (watch is not null)
            await watch.DisposeAsync();
        if (stage is not null)
            await stage.DisposeAsync();
        if (journal is not null)
            await journal.DisposeAsync();
        (repairer, watch, stage, journal) = (null, null, null, null);
        Live.Clear();
    }

    /// <summary>Another process of the same server at the same address.</summary>
    public async Task RestartServerAsync()
    {
        var port = new Uri(Server.BoundEndpointUrl).Port;
        await Server.DisposeAsync();
        (Server, State, Batch) = await StartServerAsync(port);
    }

    public ImmutableArray<Gap> Gaps(string tag)
    {
        using var reader = new JournalReader(folder.File("data"));
        return reader.Gaps("tag = $1", tag);
    }

    /// <summary>Values that were read from history, by tag, in the order of the journal.</summary>
    public ImmutableArray<(string Tag, DataValue Value)> Backfilled() => Values(JournalKind.Backfilled);

    /// <summary>Values of a tag that came through its subscription, in the order of the journal.</summary>
    public IEnumerable<DataValue> Received(string tag) => Values(JournalKind.Readings).Where(value => value.Tag == tag).Select(value => value.Value);

    public HealthRecord LastHealth()
    {
        using var reader = new JournalReader(folder.File("data"));
        return JsonSerializer.Deserialize(Entries(reader).Last(entry => entry.Kind == JournalKind.Health).Body, JournalJson.Default.HealthRecord)!;
    }

    private static IEnumerable<JournalEntry> Entries(JournalReader reader) => reader.Read(1, int.MaxValue, (id, reason) => Assert.Fail($"{id}: {reason}"));

    private ImmutableArray<(string Tag, DataValue Value)> Values(JournalKind kind)
    {
        using var reader = new JournalReader(folder.File("data"));
        var sources = reader.Sources();
        var values = ImmutableArray.CreateBuilder<(string, DataValue)>();
        foreach (var entry in Entries(reader).Where(entry => entry.Kind == kind))
        {
            var cursor = new ReadingBlockCursor(entry.Body);
            while (cursor.MoveNext())
                values.Add((sources[cursor.Source].Tag, cursor.Value));
        }

        return values.ToImmutable();
    }

    /// <summary>Gaps that still wait for history.</summary>
    public long PendingRepairs()
    {
        using var reader = new JournalReader(folder.File("data"));
        return reader.Scalar("SELECT count(*) FROM repair");
    }

    public async Task<Gap> GapAsync(string tag, GapCause cause, Func<Gap, bool>? condition = null) => await Eventually.GetAsync(
        $"a gap of {tag}, {cause}", () => Task.FromResult(Gaps(tag).LastOrDefault(gap => gap.Cause == cause && (condition?.Invoke(gap) ?? true))), TimeSpan.FromSeconds(20),
        () => string.Join(Environment.NewLine, Gaps(tag)));

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        await Server.DisposeAsync();
        folder.Dispose();
    }

    private static async Task<(UaServer Server, VariableNode State, VariableNode Batch)> StartServerAsync(int port)
    {
        var server = new UaServer(new UaServerOptions
        {
            EndpointUrl = $"opc.tcp://127.0.0.1:{port}",
            ApplicationUri = "urn:test:server",
            Endpoints = [new EndpointSecurity(SecurityPolicy.None, MessageSecurityMode.None)],
        });
        var space = server.AddressSpace.AddNamespace(Namespace);
        var state = server.AddressSpace.AddVariable(server.AddressSpace.Objects, new NodeId("L.U.StateCurrent", space), "State", new VariableOptions { DataType = DataTypeIds.Int32, InitialValue = new DataValue(4), HistoryCapacity = 1000 });
        var batch = server.AddressSpace.AddVariable(server.AddressSpace.Objects, new NodeId("L.Batch", space), "Batch", new VariableOptions { DataType = DataTypeIds.String, InitialValue = new DataValue("") });
        await server.StartAsync(CancellationToken.None);
        return (server, state, batch);
    }

    /// <summary>Every report that was posted, in order.</summary>
    internal sealed class Reports : ILiveReports
    {
        private readonly ConcurrentQueue<LineReport> posted = new();

        public LineReport? Last => posted.LastOrDefault();

        public IEnumerable<LineReport> All => posted;

        /// <summary>The newest digest; null before the first.</summary>
        public CoverageDigest? Digest { get; private set; }

        public void Clear() => posted.Clear();

        public void Post(LineReport report) => posted.Enqueue(report);

        public void Post(GatewayStatus newest)
        {
        }

        public void Post(CoverageDigest newest) => Digest = newest;

        public Task<LineReport> UntilAsync(LineState state, TimeSpan? within = null) => Eventually.GetAsync(
            $"line {state}", () => Task.FromResult(Last is { } last && last.State == state ? last : null), within ?? TimeSpan.FromSeconds(20), () => Last?.ToString() ?? "no report");
    }
}
