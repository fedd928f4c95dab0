using System.Collections.Immutable;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Model;

namespace PatchEdge.Simulation.Plant;

/// <summary>
/// Two lines, each seen and held through both of two gateways; one host serves the first line, another both. A chamber that never stops is watched
/// through two servers and both gateways, and each of these four stands on a host of its own.
/// </summary>
internal static class Layout
{
    public const string Site = "Sim";
    public const string First = "Filling";
    public const string Second = "Packing";
    public const string Chamber = "Chamber";

    /// <summary>Minutes at most.</summary>
    public const string Update = "update";

    /// <summary>Takes the host down and brings it up in another boot.</summary>
    public const string Restart = "restart";

    /// <summary>A week at most.</summary>
    public const string Overhaul = "overhaul";

    private const int Day = 86_400;

    /// <summary>A permit, a go-ahead, and whatever rests on an agent's nonce.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    public static ImmutableArray<string> Gateways { get; } = ["gw-1", "gw-2"];

    public static ImmutableArray<string> Chambers { get; } = ["chamber-a", "chamber-b"];

    public static PlantModel Model { get; } = new()
    {
        Site = Site,
        Servers = [Server("plc-1", null), Server("plc-2", null), Server(Chambers[0], "opc-a"), Server(Chambers[1], "opc-b")],
        Gateways = [.. Gateways.Select((name, place) => new GatewayNode(name, $"edge-{place + 1}", ["plc-1", "plc-2", .. Chambers]))],
        Historians = [],
        Areas = [new Area { Name = "A", Lines = [Line(First, "plc-1"), Line(Second, "plc-2"), AlwaysOn] }],
        Hosts =
        [
            Host("hmi", First), Host("server", First, Second), Host("edge-1"), Host("edge-2"), Host("opc-a"), Host("opc-b"),
        ],
        Hash = new string('a', 64),
    };

    public static ImmutableArray<string> Hosts { get; } = [.. Model.Hosts.Select(host => host.Name)];

    public static ImmutableArray<TagPath> CriticalPaths { get; } =
        [.. TagPaths.Of(Model).Where(path => Model.Tags.Any(tag => tag.Critical && tag.Name == path.Tag))];

    public static string StateTag(string line) => line + "/Unit.State";

    public static string ServerOf(string line) => Model.Lines.First(known => known.Name == line).HoldNodes!.Server;

    public static ImmutableArray<string> LinesOf(string host) => Model.Hosts.First(known => known.Name == host).Lines;

    /// <summary>What must be waited for when it is inside, in hours rather than seconds.</summary>
    public static bool IsLong(string step) => step == "rebuild" || step.StartsWith("soak", StringComparison.Ordinal);

    /// <summary>What is true of a step, whatever its procedure says.</summary>
    public static bool CannotBeTakenBack(string step) => step is "install" or "reboot" or "rebuild";

    /// <param name="irreversible">False in a host whose owner says of nothing that it cannot be taken back.</param>
    public static ImmutableArray<Procedure> Procedures(bool irreversible = true) =>
    [
        Procedure(Update, Step("stop", 30) with { Repeatable = true }, Step("install", 60) with { Irreversible = irreversible }, Step("start", 30)),
        Procedure(Restart, Step("quiesce", 30), Step("reboot", 120) with { Irreversible = irreversible, Reboot = true }, Step("resume", 30) with { Repeatable = true }),
        Procedure(Overhaul, [Step("strip", 30), Step("rebuild", Day) with { Irreversible = irreversible }, .. Enumerable.Range(1, 6).Select(soak => Step("soak-" + soak, Day)), Step("hand-over", 30)]),
    ];

    private static Procedure Procedure(string name, params Step[] steps) => new()
    {
        Name = name, Folder = "/", Steps = [.. steps], Rollback = [Step(name + "-back", 60)],
    };

    private static Step Step(string name, int timeout) => new() { Name = name, Command = ["/bin/" + name], Timeout = TimeSpan.FromSeconds(timeout) };

    private static Host Host(string name, params string[] lines) => new() { Name = name, Class = name, Lines = [.. lines] };

    private static Tag Tag(string name, string line, params string[] servers) => new()
    {
        Name = name, Line = line, Servers = [.. servers], Node = "nsu=urn:sim;s=" + line, SamplingInterval = TimeSpan.FromMilliseconds(100), QueueSize = 10, Critical = true,
    };

    private static Line AlwaysOn => new()
    {
        Name = Chamber, Area = "A", Dwell = TimeSpan.FromSeconds(6), Units = [], Tags = [Tag(Chamber + "/Temperature", Chamber, [.. Chambers])], Idle = null, Hold = HoldMode.None,
    };

    private static Line Line(string name, string server) => new()
    {
        Name = name,
        Area = "A",
        Dwell = TimeSpan.FromSeconds(6),
        EvidenceAge = TimeSpan.FromSeconds(8),
        Units = [new Unit("Unit", "packml")],
        Tags = [Tag(StateTag(name), name, server)],
        Idle = new IdleRule { State = [new StateCondition(StateTag(name), "packml", ["Idle"])], NoBatch = [], NoMotion = [] },
        Hold = HoldMode.Method,
        HoldNodes = new HoldNodes(server, "nsu=urn:sim;s=Request", "nsu=urn:sim;s=Release", "nsu=urn:sim;s=" + name),
    };

    private static OpcUaServer Server(string name, string? host) => new()
    {
        Name = name,
        Host = host,
        Url = "opc.tcp://localhost:4840",
        SecurityPolicy = "None",
        SecurityMode = "None",
        PublishingInterval = TimeSpan.FromMilliseconds(250),
        KeepAliveCount = 4,
        LifetimeCount = 60,
    };
}
