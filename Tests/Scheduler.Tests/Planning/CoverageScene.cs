using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

/// <summary>A stability chamber with two servers and two gateways, each on a host of its own, and everything proven.</summary>
internal static class CoverageScene
{
    public static PlantModel Plant { get; } = PlantFile.Parse(
        """
        site: Demo
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
        servers:
          chamber:
            redundancy: hot
            members:
              a: { url: "opc.tcp://a", host: host-a }
              b: { url: "opc.tcp://b", host: host-b }
        gateways:
          g1: { host: edge-1 }
          g2: { host: edge-2 }
        areas:
          Stability:
            lines:
              Chamber:
                always-on: true
                servers: [chamber]
                tags:
                  Temperature: { critical: true }
                  Humidity: { critical: true }
                  Note:
        hosts:
          host-a: { class: server, lines: [Chamber] }
          host-b: { class: server, lines: [Chamber] }
          edge-1: { class: gateway, lines: none }
          edge-2: { class: gateway, lines: none }
          chamber-hmi: { class: hmi, lines: [Chamber] }
        """,
        "plant.yaml");

    public static PlanningSnapshot Open(PlantModel plant, string host) => Facts.Open with
    {
        Plant = plant,
        Job = Facts.Open.Job with { Host = host },
        Run = Facts.Run("J1.1", host, RunState.Armed, [.. plant.HostNamed(host)!.Lines]),
        Evidence = Evidence(plant),
    };

    public static EvidenceSnapshot Evidence(PlantModel plant) => new()
    {
        Reports = ImmutableDictionary<(string, string), Received<LineReport>>.Empty,
        Gateways = plant.Gateways.ToImmutableDictionary(gateway => gateway.Name, gateway => Facts.Fresh(Facts.Gateway(gateway.Name))),
        Coverage = plant.Gateways.ToImmutableDictionary(gateway => gateway.Name, gateway => Facts.Fresh(Digest(plant, gateway))),
        Agents = plant.Hosts.ToImmutableDictionary(host => host.Name, host => Facts.Fresh(Facts.Agent(host.Name))),
    };

    public static CoverageDigest Digest(PlantModel plant, GatewayNode gateway) => new()
    {
        Site = plant.Site,
        Gateway = gateway.Name,
        Boot = Facts.GatewayBoot,
        Sequence = 1,
        At = Facts.Now,
        ValidForMs = 5_000,
        ConfigurationHash = plant.Hash,
        UndeliveredMs = 0,
        Servers = [.. gateway.Servers.Select(server => new ServerCoverage { Server = server, ProvenUntil = Facts.Now, UnbrokenSince = Facts.Now.AddHours(-1) })],
    };

    public static PlanningSnapshot WithDigest(this PlanningSnapshot open, string gateway, Func<CoverageDigest, CoverageDigest> change) => open with
    {
        Evidence = open.Evidence with
        {
            Coverage = open.Evidence.Coverage.SetItem(gateway, Facts.Fresh(change(open.Evidence.CoverageOf(gateway).Message!))),
        },
    };

    public static PlanningSnapshot WithServer(this PlanningSnapshot open, string gateway, string server, Func<ServerCoverage, ServerCoverage> change) =>
        open.WithDigest(gateway, digest => digest with { Servers = [.. digest.Servers.Select(known => known.Server == server ? change(known) : known)] });

    public static PlanningSnapshot WithAway(this PlanningSnapshot open, string host, RunState state = RunState.Executing) =>
        open with { Others = open.Others.Add(Facts.Run($"J-{host}.1", host, state)) };
}
