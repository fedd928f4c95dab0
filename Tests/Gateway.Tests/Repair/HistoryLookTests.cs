using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Tests.Repair;

public sealed class HistoryLookTests
{
    private static readonly RepairOptions Options = new();

    [Fact]
    public async Task Attempts_are_bounded_each_later_than_the_one_before_and_then_the_gap_says_why_it_stays()
    {
        await using var client = new UaClient(new UaClientOptions { EndpointUrl = "opc.tcp://127.0.0.1:1", SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None });
        var look = new HistoryLook(0, Table(), client, Options);
        var start = new Moment(1000);
        var gap = new Gap
        {
            Id = GapIdentity.Of("gw", "plc", "L/T", start, GapCause.ConnectionLost), Tag = "L/T", Line = "L", Gateway = "gw", Server = "plc", Cause = GapCause.ConnectionLost,
            Start = start.ToDateTimeOffset(), End = new Moment(2000).ToDateTimeOffset(), Detail = "it broke",
        };
        var now = new Moment(5000);
        var row = new RepairRow(gap.Id, "plc", RepairUrgency.Usual, now, 0, 0);
        foreach (var delay in Options.Delays)
        {
            var later = look.Postpone(new PendingRepair(gap, row), now, "BadTimeout");
            Assert.Empty(later.Parts);
            Assert.Equal(row with { Due = now + delay, Attempts = row.Attempts + 1 }, Assert.Single(later.Rest));
            row = later.Rest[0];
            now = row.Due;
        }

        var last = look.Postpone(new PendingRepair(gap, row), now, "BadTimeout");
        Assert.Empty(last.Rest);
        var declared = Assert.Single(last.Parts);
        Assert.Equal((gap.Id, GapRepair.None, gap.Start, gap.End), (declared.Id, declared.Repair, declared.Start, declared.End));
        Assert.Equal("it broke; not repaired: the server's history could not be read in 5 attempts: BadTimeout", declared.Detail);
    }

    private static SourceTable Table() => SourceTable.Build(PlantFile.Parse("""
        site: Test
        servers: { plc: { url: "opc.tcp://127.0.0.1:1", security: "None:None" } }
        gateways: { gw: { servers: [plc] } }
        areas:
          A:
            lines:
              L:
                servers: [plc]
                always-on: true
                tags:
                  T: { type: Double, node: "nsu=urn:x;s=T" }
        """, "plant.yaml"), "gw", "plant.yaml");
}
