using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Tests.Interop;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>Faults between our client and the other make's server.</summary>
public sealed class ForeignServerFaultTests(ForeignServer server) : ConnectionFaultTests, IClassFixture<ForeignServer>
{
    protected override async Task<FaultTarget> TargetAsync()
    {
        var peer = await server.PeerAsync();
        return new FaultTarget(
            await server.OptionsAsync(),
            ExpandedNodeId.Parse($"nsu={peer.Ready["namespace"]};s=Load.0"),
            async value => await peer.AskAsync("set", new { values = new JsonObject { ["Load.0"] = value } }),
            async () => (int)(await peer.AskAsync("clients"))["sessions"]!);
    }
}
