using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Acquisition.Redundancy;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Tests.Acquisition.Redundancy;

/// <summary>A line on two of our servers, and a gateway's pipeline that watches both: all real but for who hears the reports.</summary>
internal sealed class RedundantPipeline : IAsyncDisposable
{
    public const string State = "L/U.StateCurrent";

    private readonly TemporaryFolder folder = new();
    private readonly UaServer?[] servers = new UaServer?[2];
    private readonly VariableNode[] states = new VariableNode[2];
    private JournalWriter journal = null!;
    private ContinuityStage stage = null!;
    private ImmutableArray<ServerWatch> watches = [];
    private WarmSet? warm;

    public PipelineFixture.Reports Live { get; } = new();

    public static async Task<RedundantPipeline> StartAsync(string mode)
    {
        var pipeline = new RedundantPipeline();
        for (var member = 0; member < 2; member++)
            await pipeline.StartServerAsync(member, 0);
        await pipeline.StartGatewayAsync(mode);
        return pipeline;
    }

    public UaServerFaults Faults(int member) => servers[member]!.Faults;

    /// <summary>The equipment changes: both servers see it.</summary>
    public void Set(int state)
    {
        for (var member = 0; member < 2; member++)
            SetAt(member, state);
    }

    public void SetAt(int member, int state)
    {
        if (servers[member] is not null)
            states[member].SetValue(new DataValue(state, StatusCodes.Good, TimeProvider.System.GetUtcNow().UtcDateTime));
    }

    public async Task StopServerAsync(int member)
    {
        await servers[member]!.DisposeAsync();
        servers[member] = null;
    }

    /// <summary>What the newest digest says of a member.</summary>
    public bool Observes(int member) => Live.Digest?.Servers is { Length: 2 } known && known[member] is { NoneObserved: false, NotObserved.IsEmpty: true, ProvenUntil: not null };

    public Task ObservesAsync(bool first, bool second) => Eventually.TrueAsync(
        $"a is observed: {first}, b is observed: {second}", () => Task.FromResult(Observes(0) == first && Observes(1) == second), TimeSpan.FromSeconds(30), () => Live.Digest?.ToString() ?? "no digest");

    public ImmutableArray<Gap> Gaps(string server)
    {
        using var reader = new JournalReader(folder.File("data"));
        return reader.Gaps("tag = $1 AND server = $2", State, server);
    }

    public async ValueTask DisposeAsync()
    {
        if (warm is not null)
            await warm.DisposeAsync();
        foreach (var watch in watches)
            await watch.DisposeAsync();
        await stage.DisposeAsync();
        await journal.DisposeAsync();
        foreach (var server in servers)
            if (server is not null)
                await server.DisposeAsync();
        folder.Dispose();
    }

    private async Task StartServerAsync(int member, int port)
    {
        var server = new UaServer(new UaServerOptions
        {
            EndpointUrl = $"opc.tcp://127.0.0.1:{port}",
            ApplicationUri = $"urn:test:server:{member}",
            Endpoints = [new EndpointSecurity(SecurityPolicy.None, MessageSecurityMode.None)],
            Redundancy = RedundancySupport.Warm,
        });
        var space = server.AddressSpace.AddNamespace(PipelineFixture.Namespace);
        states[member] = server.AddressSpace.AddVariable(server.AddressSpace.Objects, new NodeId("L.U.StateCurrent", space), "State", new VariableOptions { DataType = DataTypeIds.Int32, InitialValue = new DataValue(4) });
        await server.StartAsync(CancellationToken.None);
        servers[member] = server;
    }

    private async Task StartGatewayAsync(string mode)
    {
        var plantFile = folder.File("plant.yaml");
        var plant = PlantFile.Parse($$"""
            site: Test
            defaults: { security: "None:None", publishing: 100ms, keep-alive-count: 5, lifetime-count: 100, sampling: 50ms, dwell: 1s, nodes: "nsu={{PipelineFixture.Namespace}};s=" }
            servers:
              pair:
                redundancy: {{mode}}
                members:
                  a: { url: "{{servers[0]!.BoundEndpointUrl}}" }
                  b: { url: "{{servers[1]!.BoundEndpointUrl}}" }
            gateways: { gw: }
            areas:
              A:
                lines:
                  L:
                    servers: [pair]
                    units: { U: { profile: packml, tags: { StateCurrent: { type: Int32, critical: true } } } }
                    idle: { no-batch: none, no-motion: none }
            """, plantFile);
        var options = GatewayFile.Parse("name: gw\npace: { report: 200ms, valid-for: 1s }\n", folder.File("gateway.yaml"));
        var table = SourceTable.Build(plant, "gw", plantFile);
        var configuration = new GatewayConfiguration { Directory = folder.Path, Options = options, Plant = plant, Table = table, Passwords = new Dictionary<string, string>() };
        journal = JournalWriter.Open(options.Journal, plant.Site, "gw", [], TimeProvider.System, NullLogger.Instance);
        JournalRecovery recovery;
        using (var reader = new JournalReader(options.Journal.Directory))
            recovery = reader.Recover();
        var ids = await SourceNumbers.AssignAsync(table, journal, recovery, Moment.Of(TimeProvider.System.GetUtcNow()), CancellationToken.None);
        stage = new ContinuityStage(
            new StageInput { News = new RunNews(TimeProvider.System), Options = options, Plant = plant, Table = table, JournalIds = ids, Recovery = recovery, Boot = Guid.NewGuid().ToString("N") },
            journal, Live, TimeProvider.System, NullLogger.Instance);
        var certificates = new CertificateStore(folder.File("pki"), TimeProvider.System);
        watches =
        [
            .. table.Servers.Select((server, index) => new ServerWatch(
                index, table, ServerConnection.OptionsFor(server, configuration, certificates, TimeProvider.System), stage.Arrivals, TimeProvider.System, NullLogger.Instance,
                asleep: mode == "warm" && index > 0)),
        ];
        if (mode == "warm")
            warm = new WarmSet("pair", watches, TimeProvider.System, NullLogger.Instance);
    }
}
