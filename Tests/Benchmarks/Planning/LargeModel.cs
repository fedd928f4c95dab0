using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Plant.Model;

namespace PatchEdge.Benchmarks.Planning;

/// <summary>
/// A plant of any size: ten hosts to a line, the first of them also serving the next. Each line has ten critical tags on two servers, which run on its second and
/// third host and are watched by two gateways; each hundred lines share such a pair of gateways, on hosts of their own. Pairs are redundancy groups.
/// </summary>
internal static class LargeModel
{
    public const int HostsPerLine = 10;
    private const int LinesPerPair = 100;
    private const int CriticalTags = 10;

    public static PlantModel Build(int hosts)
    {
        var lines = Math.Max(1, hosts / HostsPerLine);
        var pairs = (lines + LinesPerPair - 1) / LinesPerPair;
        return new PlantModel
        {
            Site = "Large",
            Servers = [.. Enumerable.Range(0, lines).SelectMany(line => "ab".Select(half => Server(line, half)))],
            RedundancySets = [.. Enumerable.Range(0, lines).Select(line => new RedundancySet(Name("set-", line), RedundancyMode.Hot, Servers(line)))],
            Gateways = [.. Enumerable.Range(0, pairs).SelectMany(pair => "ab".Select(half => new GatewayNode(
                Name("gw-", pair) + half, Name("edge-", pair) + half, [.. Enumerable.Range(pair * LinesPerPair, Math.Min(LinesPerPair, lines - (pair * LinesPerPair))).SelectMany(line => Servers(line))])))],
            Historians = [],
            Areas = [.. Enumerable.Range(0, lines).Chunk(LinesPerPair).Select((chunk, area) => new Area { Name = Name("A", area), Lines = [.. chunk.Select(line => NewLine(line, Name("A", area)))] })],
            Hosts = [
                .. Enumerable.Range(0, pairs).SelectMany(pair => "ab".Select(half => new Host { Name = Name("edge-", pair) + half, Class = "gateway", Lines = [], Group = Name("edge-", pair) })),
                .. Enumerable.Range(0, Math.Max(0, hosts - (2 * pairs))).Select(number => NewHost(number, lines))],
            Hash = new string('a', 64),
        };
    }

    public static string LineName(int number) => string.Create(CultureInfo.InvariantCulture, $"L{number:00000}");

    /// <summary>The gateways that watch the line.</summary>
    public static IEnumerable<string> GatewaysOf(int line) => "ab".Select(half => Name("gw-", line / LinesPerPair) + half);

    private static string Name(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}{number}");

    private static string HostName(int number) => string.Create(CultureInfo.InvariantCulture, $"h{number:000000}");

    private static ImmutableArray<string> Servers(int line) => [Name("plc-", line) + "a", Name("plc-", line) + "b"];

    private static Host NewHost(int number, int lines)
    {
        var line = number / HostsPerLine % lines;
        return new Host
        {
            Name = HostName(number),
            Class = number % 2 == 0 ? "hmi" : "server",
            Lines = number % HostsPerLine == 0 && lines > 1 ? [LineName(line), LineName((line + 1) % lines)] : [LineName(line)],
            Group = number % HostsPerLine is 1 or 2 ? Name("pair-", line) : null,
        };
    }

    private static OpcUaServer Server(int line, char half) => new()
    {
        Name = Name("plc-", line) + half,
        Url = "opc.tcp://plc",
        SecurityPolicy = "None",
        SecurityMode = "None",
        Host = HostName((line * HostsPerLine) + (half == 'a' ? 1 : 2)),
        Set = Name("set-", line),
        PublishingInterval = TimeSpan.FromMilliseconds(100),
        KeepAliveCount = 10,
        LifetimeCount = 100,
    };

    private static Line NewLine(int number, string area) => new()
    {
        Name = LineName(number),
        Area = area,
        Dwell = TimeSpan.FromMinutes(2),
        Units = [],
        Tags = [NewTag(number, "State", false), .. Enumerable.Range(0, CriticalTags).Select(tag => NewTag(number, Name("T", tag), true))],
        Idle = new IdleRule { State = [new StateCondition(LineName(number) + "/State", "packml", ["Idle"])], NoBatch = [], NoMotion = [] },
        Hold = HoldMode.Method,
        HoldNodes = new HoldNodes(Servers(number)[0], "s=Request", "s=Release", "s=Line"),
    };

    private static Tag NewTag(int line, string name, bool critical) => new()
    {
        Name = $"{LineName(line)}/{name}",
        Line = LineName(line),
        Servers = Servers(line),
        Node = "s=" + name,
        Critical = critical,
        MinimumPaths = 1,
        SamplingInterval = TimeSpan.FromSeconds(1),
        QueueSize = 10,
    };
}
