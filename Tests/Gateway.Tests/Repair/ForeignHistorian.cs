using PatchEdge.Gateway.Acquisition;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Tests.Repair;

/// <summary>The other make's server with its historian, a connection to it, and the plant that it is; started by the first test that needs it.</summary>
public sealed class ForeignHistorian : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private NodePeer? peer;
    private UaClient? client;
    private SourceTable? table;

    public NodePeer Peer => peer!;

    internal UaClient Client => client!;

    internal SourceTable Table => table!;

    public async Task StartAsync()
    {
        if (table is not null)
            return;
        peer = await NodePeer.StartServerAsync(folder.File("server"), "--trust-all");
        var endpoint = (string)peer.Ready["endpoint"]!;
        var nodes = $"nsu={(string)peer.Ready["namespace"]!};s=";
        client = new UaClient(new UaClientOptions { EndpointUrl = endpoint, SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        table = SourceTable.Build(PlantFile.Parse($$"""
            site: Test
            defaults: { security: "None:None" }
            servers: { plc: { url: "{{endpoint}}" } }
            gateways: { gw: { servers: [plc] } }
            areas:
              A:
                lines:
                  Line:
                    servers: [plc]
                    always-on: true
                    tags:
                      Filler.Setpoint: { type: Double, node: "{{nodes}}Filler.Setpoint" }
                      Filler.Speed: { type: Double, node: "{{nodes}}Filler.Speed" }
            """, folder.File("plant.yaml")), "gw", folder.File("plant.yaml"));
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
            await client.DisposeAsync();
        if (peer is not null)
            await peer.DisposeAsync();
        folder.Dispose();
    }
}
