using System.Collections.Immutable;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Model;

namespace PatchEdge.Simulation.Plant;

/// <summary>Two lines, each seen and held through both of two gateways; one host serves the first line, the other both.</summary>
internal static class Layout
{
    public const string Site = "Sim";
    public const string First = "Filling";
    public const string Second = "Packing";
    public const string Procedure = "update";

    public static ImmutableArray<string> Hosts { get; } = ["hmi", "server"];

    public static ImmutableArray<string> Gateways { get; } = ["gw-1", "gw-2"];

    public static PlantModel Model { get; } = new()
    {
        Site = Site,
        Servers = [Server("plc-1"), Server("plc-2")],
        Gateways = [.. Gateways.Select(name => new GatewayNode(name, null, ["plc-1", "plc-2"]))],
        Historians = [],
        Areas = [new Area { Name = "A", Lines = [Line(First, "plc-1"), Line(Second, "plc-2")] }],
        Hosts = [new Host { Name = Hosts[0], Class = "hmi", Lines = [First] }, new Host { Name = Hosts[1], Class = "server", Lines = [First, Second] }],
        Hash = new string('a', 64),
    };

    public static string StateTag(string line) => line + "/Unit.State";

    public static Host HostNamed(string name) => Model.Hosts.First(host => host.Name == name);

    /// <summary>Something that can be stopped, something that cannot be taken back, and a rollback.</summary>
    public static Procedure Update { get; } = new()
    {
        Name = Procedure,
        Folder = "/",
        Steps = [Step("stop", 30), Step("install", 60) with { Irreversible = true }, Step("start", 30)],
        Rollback = [Step("restore", 60)],
    };

    private static Step Step(string name, int timeout) => new() { Name = name, Command = ["/bin/" + name], Timeout = TimeSpan.FromSeconds(timeout) };

    private static Line Line(string name, string server) => new()
    {
        Name = name,
        Area = "A",
        Dwell = TimeSpan.FromSeconds(6),
        EvidenceAge = TimeSpan.FromSeconds(8),
        Units = [new Unit("Unit", "packml")],
        Tags =
        [
            new Tag
            {
                Name = StateTag(name), Line = name, Servers = [server], Node = "nsu=urn:sim;s=" + name,
                SamplingInterval = TimeSpan.FromMilliseconds(100), QueueSize = 10,
            },
        ],
        Idle = new IdleRule { State = [new StateCondition(StateTag(name), "packml", ["Idle"])], NoBatch = [], NoMotion = [] },
        Hold = HoldMode.Method,
        HoldNodes = new HoldNodes(server, "nsu=urn:sim;s=Request", "nsu=urn:sim;s=Release", "nsu=urn:sim;s=" + name),
    };

    private static OpcUaServer Server(string name) => new()
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
