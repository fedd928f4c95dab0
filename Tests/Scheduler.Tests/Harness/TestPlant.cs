using System.Collections.Immutable;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>Two lines that stop and one that never does, two gateways, three hosts.</summary>
internal static class TestPlant
{
    public const string Site = "Demo";
    public const string Gateway = "gw-1";
    public const string SecondGateway = "gw-2";
    public const string Hmi = "filling-hmi";
    public const string Server = "line-server";
    public const string ChamberHost = "chamber-host";
    public const string Filling = "Filling";
    public const string Packaging = "Packaging";
    public const string Chamber = "Chamber";

    public static PlantModel Model { get; } = new()
    {
        Site = Site,
        Servers = [Opc("filling"), Opc("packaging"), Opc("chamber")],
        Gateways = [new GatewayNode(Gateway, null, ["filling", "packaging", "chamber"]), new GatewayNode(SecondGateway, null, ["packaging"])],
        Historians = [],
        Areas =
        [
            new Area { Name = "Aseptic", Lines = [Line(Filling, "Aseptic", "filling", true), Line(Packaging, "Aseptic", "packaging", true)] },
            new Area { Name = "Laboratory", Lines = [Line(Chamber, "Laboratory", "chamber", false)] },
        ],
        Hosts =
        [
            new Host { Name = Hmi, Class = "hmi", Lines = [Filling] },
            new Host { Name = Server, Class = "server", Lines = [Filling, Packaging] },
            new Host { Name = ChamberHost, Class = "server", Lines = [Chamber] },
        ],
        Hash = new string('a', 64),
    };

    private static Line Line(string name, string area, string server, bool stops) => new()
    {
        Name = name,
        Area = area,
        Dwell = TimeSpan.FromSeconds(10),
        Units = [new Unit("Unit", "packml")],
        Tags =
        [
            new Tag
            {
                Name = $"{name}/Unit.State",
                Line = name,
                Servers = [server],
                Node = "nsu=urn:test;s=" + name,
                SamplingInterval = TimeSpan.FromMilliseconds(100),
                QueueSize = 10,
            },
        ],
        Idle = stops
            ? new IdleRule { State = [new StateCondition($"{name}/Unit.State", "packml", ["Idle"])], NoBatch = [], NoMotion = [] }
            : null,
        Hold = stops ? HoldMode.Method : HoldMode.Unstated,
        HoldNodes = stops ? new HoldNodes(server, $"nsu=urn:test;s={name}.RequestHold", $"nsu=urn:test;s={name}.ReleaseHold", $"nsu=urn:test;s={name}") : null,
    };

    private static OpcUaServer Opc(string name) => new()
    {
        Name = name,
        Url = "opc.tcp://localhost:4840",
        SecurityPolicy = "None",
        SecurityMode = "None",
        PublishingInterval = TimeSpan.FromMilliseconds(250),
        KeepAliveCount = 4,
        LifetimeCount = 60,
    };
}
