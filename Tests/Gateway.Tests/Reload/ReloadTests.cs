using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Tests.Reload;

/// <summary>A whole gateway whose plant file changes while it runs, against our own server.</summary>
public sealed class ReloadTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    private readonly Heard heard = new();
    private UaServer? server;
    private GatewayService? gateway;

    [Fact]
    [Trait("Req", "ConfigurationChange")]
    public async Task Changed_plant_is_taken_over_without_a_break_for_what_stays()
    {
        await StartAsync("  A: { type: Double }\n  B: { type: Double }\n  C: { type: Double }");
        await WatchedAsync("L/A", "L/B", "L/C");
        var before = Gaps("L/A");
        // A stays, B goes, C is sampled otherwise, D comes.
        WritePlant("  A: { type: Double, record: true }\n  C: { type: Double, sampling: 40ms }\n  D: { type: Double }");
        var added = await GapAsync("L/D", gap => gap.End is not null);
        Assert.Equal(GapCause.ConfiguredNotMonitored, added.Cause);
        var removed = await GapAsync("L/B", gap => gap.Cause == GapCause.ConfigurationChange);
        Assert.Null(removed.End);
        Assert.Equal("not configured any more", removed.Detail);
        var changed = await GapAsync("L/C", gap => gap is { Cause: GapCause.ConfigurationChange, End: not null });
        Assert.Equal(before.Select(gap => (gap.Id, gap.End)), Gaps("L/A").Select(gap => (gap.Id, gap.End)));
        Assert.InRange(changed.End!.Value - changed.Start, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20));

        // B comes back: its gap ends where its account goes on.
        WritePlant("  A: { type: Double }\n  B: { type: Double }\n  C: { type: Double, sampling: 40ms }\n  D: { type: Double }");
        var ended = await GapAsync("L/B", gap => gap.Id == removed.Id && gap.End is not null);
        var awaited = await GapAsync("L/B", gap => gap.Id != removed.Id && gap is { Cause: GapCause.ConfigurationChange, End: not null });
        Assert.Equal(ended.End, awaited.Start);
        Assert.Equal(before.Select(gap => (gap.Id, gap.End)), Gaps("L/A").Select(gap => (gap.Id, gap.End)));
    }

    [Fact]
    public async Task No_attestation_speaks_of_two_plants()
    {
        await StartAsync("  A: { type: Double }");
        await WatchedAsync("L/A");
        var first = PlantFile.Read(folder.File("plant.yaml")).Hash;
        WritePlant("  A: { type: Double }\n  B: { type: Double }");
        var second = PlantFile.Read(folder.File("plant.yaml")).Hash;
        await GapAsync("L/B", gap => gap.End is not null);
        await gateway!.StopAsync(cancel);
        using var reader = new JournalReader(folder.File("data"));
        var log = reader.Attestations(DateTimeOffset.MinValue, DateTimeOffset.MaxValue.AddDays(-1));
        Assert.Empty(log.Faults);
        Assert.Equal([first, second], log.Attestations.Select(attestation => attestation.ConfigurationHash).Distinct());
        Assert.Equal([1, 2], log.Attestations.Select(attestation => attestation.Tags).Distinct());
        Assert.All(log.Attestations.Zip(log.Attestations.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    [Fact]
    public async Task Invalid_plant_and_changed_server_leave_the_one_in_force()
    {
        await StartAsync("  A: { type: Double }");
        await WatchedAsync("L/A");
        WritePlant("  A: { tipe: Double }\n  B: { type: Double }");
        await heard.UntilAsync("has 1 errors: the plant that was read before stays in force");
        Assert.Contains(heard.All, message => message.Contains("plant.yaml:13: areas.Area.lines.L.tags.A.tipe: unknown key: did you mean 'type'?", StringComparison.Ordinal));
        WritePlant("  A: { type: Double }\n  B: { type: Double }", publishing: "200ms");
        await heard.UntilAsync("can only be taken over by a restart: server 'plc' has other settings");
        WritePlant("  A: { type: Double }\n  C: { type: Double }");
        await GapAsync("L/C", gap => gap.End is not null);
        Assert.Empty(Gaps("L/B"));
        Assert.DoesNotContain(Gaps("L/A"), gap => gap.Cause != GapCause.ConfiguredNotMonitored);
    }

    [Fact]
    public async Task Tag_added_to_the_table_beside_the_plant_file_is_watched()
    {
        folder.Write("tags.csv", "line,tag,type\n");
        await StartAsync("  A: { type: Double }", table: true);
        await WatchedAsync("L/A");
        folder.Write("tags.csv", "line;tag;type\r\nL;B;Double\r\n");
        await GapAsync("L/B", gap => gap.End is not null);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.StopAsync(CancellationToken.None);
        gateway?.Dispose();
        if (server is not null)
            await server.DisposeAsync();
        folder.Dispose();
    }

    private async Task StartAsync(string tags, bool table = false)
    {
        server = new UaServer(new UaServerOptions
        {
            EndpointUrl = "opc.tcp://127.0.0.1:0",
            ApplicationUri = "urn:test:server",
            Endpoints = [new EndpointSecurity(PatchEdge.OpcUa.Security.SecurityPolicy.None, MessageSecurityMode.None)],
        });
        var space = server.AddressSpace.AddNamespace("urn:test");
        foreach (var name in new[] { "A", "B", "C", "D" })
            server.AddressSpace.AddVariable(server.AddressSpace.Objects, new NodeId("L." + name, space), name, new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(1.5) });
        await server.StartAsync(cancel);
        WritePlant(tags, table: table);
        folder.Write("gateway.yaml", "name: gw\ndata: data\npki: pki\n");
        gateway = new GatewayService(GatewayConfiguration.Load(folder.Path), TimeProvider.System, new LoggerFactory([heard]), new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance));
        await gateway.StartAsync(cancel);
    }

    private void WritePlant(string tags, string publishing = "100ms", bool table = false) => folder.Write("plant.yaml", $$"""
        site: Test
        {{(table ? "tags-file: tags.csv" : "")}}
        defaults: { security: "None:None", publishing: {{publishing}}, keep-alive-count: 5, sampling: 50ms, nodes: "nsu=urn:test;s=" }
        servers: { plc: { url: "{{server!.BoundEndpointUrl}}" } }
        gateways: { gw: { servers: [plc] } }
        areas:
          Area:
            lines:
              L:
                servers: [plc]
                always-on: true
                tags:
        {{string.Join('\n', tags.Split('\n').Select(line => "          " + line))}}
        """);

    private async Task WatchedAsync(params string[] tags)
    {
        foreach (var tag in tags)
            await GapAsync(tag, gap => gap.End is not null);
    }

    private Task<Gap> GapAsync(string tag, Func<Gap, bool> condition) => Eventually.GetAsync(
        $"a gap of {tag}", () => Task.FromResult(Gaps(tag).LastOrDefault(condition)), TimeSpan.FromSeconds(40), () => string.Join(Environment.NewLine, Gaps(tag)));

    private sealed class Heard : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> messages = new();

        public IEnumerable<string> All => messages;

        public Task<string> UntilAsync(string part) => Eventually.GetAsync(
            part, () => Task.FromResult(messages.FirstOrDefault(message => message.Contains(part, StringComparison.Ordinal))), TimeSpan.FromSeconds(40), () => string.Join(Environment.NewLine, messages));

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            messages.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    private ImmutableArray<Gap> Gaps(string tag)
    {
        using var reader = new JournalReader(folder.File("data"));
        return reader.Gaps("tag = $1", tag);
    }
}
