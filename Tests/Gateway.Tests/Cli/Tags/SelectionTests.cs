using PatchEdge.Gateway.Cli;
using PatchEdge.Gateway.Cli.Tags;
using PatchEdge.Gateway.Cli.Tags.Selection;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files.Tags;

namespace PatchEdge.Gateway.Tests.Cli.Tags;

/// <summary>Selecting and comparing at our own server: two machines, a loop among them, and a property.</summary>
public sealed class SelectionTests : IAsyncLifetime
{
    private static readonly SelectionLimits Usual = new(16, 100, Properties: false);

    private readonly UaServer server = new(new UaServerOptions
    {
        EndpointUrl = "opc.tcp://127.0.0.1:0",
        ApplicationUri = "urn:test:server",
        Endpoints = [new EndpointSecurity(SecurityPolicy.None, MessageSecurityMode.None)],
    });

    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    private ushort space;
    private UaClient? client;

    [Theory]
    [InlineData("/Objects/Line/*/State", "/Objects/Line/M1/State /Objects/Line/M2/State")]
    [InlineData("/Objects/**/Speed", "/Objects/Line/M1/Speed /Objects/Line/M2/Speed")]
    [InlineData("/Objects/Line/M1/**", "/Objects/Line/M1/State /Objects/Line/M1/Speed /Objects/Line/M1/Line/M2/State /Objects/Line/M1/Line/M2/Speed")]
    [InlineData("/Objects/Line/M*.S*e", "/Objects/Line/M1/State /Objects/Line/M2/State")]
    [InlineData("/Objects/Line/M1/Speed/EURange", "/Objects/Line/M1/Speed/EURange")]
    [InlineData("/Objects/Line<Organizes>M2<#HasComponent>State", "/Objects/Line/M2/State")]
    [InlineData("/Objects/Nowhere/**", "")]
    public async Task Pattern_leads_to_its_variables_and_to_no_others(string pattern, string expected)
    {
        var nodes = await new NodeSelector(client!, Usual).SelectAsync(PathPattern.Parse(pattern), cancel);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), nodes.Select(node => node.Path));
    }

    [Fact]
    public async Task Loops_end_and_bounds_hold()
    {
        var all = await new NodeSelector(client!, Usual).SelectAsync(PathPattern.Parse("/**"), cancel);
        Assert.Equal(4, all.Count);
        Assert.Contains("more than 3 variables", (await Assert.ThrowsAsync<UsageException>(() => new NodeSelector(client!, Usual with { Results = 3 }).SelectAsync(PathPattern.Parse("/**"), cancel))).Message, StringComparison.Ordinal);
        Assert.Contains("below 2 levels", (await Assert.ThrowsAsync<UsageException>(() => new NodeSelector(client!, Usual with { Depth = 2 }).SelectAsync(PathPattern.Parse("/**"), cancel))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 4 nodes", (await Assert.ThrowsAsync<UsageException>(() => new NodeSelector(client!, Usual with { Visited = 4 }).SelectAsync(PathPattern.Parse("/**"), cancel))).Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'HasComponent'", (await Assert.ThrowsAsync<UsageException>(() => new NodeSelector(client!, Usual).SelectAsync(PathPattern.Parse("/Objects<HasComponnent>A"), cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_tells_what_moved_vanished_changed_and_appeared()
    {
        var rows = new List<TagRow>
        {
            Row("same", "/Objects/Line/M1/State", "Int32"),
            Row("moved", "/Objects/Line/M1/Speed", "Double"),
            Row("hidden", "/Objects/Line/M9/Speed", "Double"),
            Row("vanished", "/Objects/Line/M9/State", "Int32"),
            Row("changed", "/Objects/Line/M2/State", "Int16"),
        };
        var nodes = new Dictionary<string, string>
        {
            ["L/same"] = "nsu=urn:test;s=M1.State",
            ["L/moved"] = "nsu=urn:test;s=Old",
            ["L/hidden"] = "nsu=urn:test;s=M1.Speed",
            ["L/vanished"] = "nsu=urn:test;s=Old2",
            ["L/changed"] = "nsu=urn:test;s=M2.State",
        };
        var findings = await TagsCheckCommand.CheckAsync(client!, rows, nodes, cancel);
        Assert.Equal(
        [
            "t.csv:2: L/moved moved since 2026-01-01: /Objects/Line/M1/Speed leads to nsu=urn:test;s=M1.Speed now, the tag is nsu=urn:test;s=Old",
            "t.csv:2: L/hidden moved since 2026-01-01: /Objects/Line/M9/Speed leads nowhere, but its node nsu=urn:test;s=M1.Speed is still there: find its new path with 'browse'",
            "t.csv:2: L/vanished vanished since 2026-01-01: neither /Objects/Line/M9/State nor node nsu=urn:test;s=Old2 is there",
            "t.csv:2: L/changed changed: is of type Int32 now, the table says Int16",
            "/Objects/Line/M2/Speed appeared: nsu=urn:test;s=M2.Speed matches '/Objects/Line/*/*' and is no tag",
        ], findings);
    }

    public async ValueTask InitializeAsync()
    {
        space = server.AddressSpace.AddNamespace("urn:test");
        var line = server.AddressSpace.AddFolder(server.AddressSpace.Objects, new NodeId("Line", space), "Line");
        foreach (var machine in new[] { "M1", "M2" })
        {
            var unit = server.AddressSpace.AddObject(line, new NodeId(machine, space), machine);
            server.AddressSpace.AddVariable(unit, new NodeId(machine + ".State", space), "State", new VariableOptions { DataType = DataTypeIds.Int32, InitialValue = new DataValue(4) });
            var speed = server.AddressSpace.AddVariable(unit, new NodeId(machine + ".Speed", space), "Speed", new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(1.5) });
            server.AddressSpace.AddProperty(speed, "EURange", DataTypeIds.Double, new Variant(100.0));
            server.AddressSpace.AddReference(unit, 35, line);
        }

        await server.StartAsync(cancel);
        client = new UaClient(new UaClientOptions { EndpointUrl = server.BoundEndpointUrl, SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None });
        await client.ConnectAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
            await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private static TagRow Row(string tag, string path, string type) => new("t.csv", 2)
    {
        [TagColumn.Line] = "L", [TagColumn.Tag] = tag, [TagColumn.Type] = type, [TagColumn.BrowsePath] = path, [TagColumn.SelectedBy] = "/Objects/Line/*/*", [TagColumn.ResolvedAt] = "2026-01-01",
    };
}
