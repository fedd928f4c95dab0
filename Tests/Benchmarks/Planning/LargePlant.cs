using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Benchmarks.Planning;

/// <summary>A plant of any size in which every host has a patch waiting: ten hosts to a line, one of them also serving the next; a gateway to a hundred lines.</summary>
internal sealed class LargePlant
{
    public const string Procedure = "install-update";
    private const int HostsPerLine = 10;
    private const int LinesPerGateway = 100;
    private static readonly string Digest = new('d', 64);
    private static readonly string Key = new('f', 64);
    private readonly long[] sequences;

    public LargePlant(int hosts, DateTimeOffset now)
    {
        Now = now;
        var lines = Math.Max(1, hosts / HostsPerLine);
        sequences = new long[lines];
        Model = Build(lines, hosts);
        Calendar = Calendars(now);
        Board = new EvidenceBoard(Model, TimeSpan.FromSeconds(2), TimeProvider.System);
        foreach (var gateway in Model.Gateways)
            Board.Take(Status(gateway.Name), retained: false);
        foreach (var host in Model.Hosts)
            Board.Take(Agent(host.Name), retained: false);
        for (var line = 0; line < lines; line++)
            Report(line, LineState.Idle);
        Jobs = Model.Hosts.ToImmutableDictionary(host => "J-" + host.Name, host => Job(host), StringComparer.Ordinal);
        Runs = RunIndex.Empty.With([], Model.Hosts.Select(Run));
        _ = Runs.Ordered;
    }

    public DateTimeOffset Now { get; }

    public PlantModel Model { get; }

    public CalendarFacts Calendar { get; }

    public EvidenceBoard Board { get; }

    public ImmutableDictionary<string, JobFacts> Jobs { get; }

    public RunIndex Runs { get; }

    /// <summary>As the scheduler takes it at each wake.</summary>
    public SiteSnapshot Snapshot() => new()
    {
        Now = Now,
        Plant = Model,
        Jobs = Jobs,
        Runs = Runs,
        Holds = [],
        AdvisoryRelease = false,
        Evidence = Board.Snapshot(),
        Calendar = Calendar,
        EmergencyStop = new EmergencyStopFacts(false, "", "", null),
        Health = new HealthFacts(null, null, Key),
    };

    /// <summary>The line's gateway reports anew.</summary>
    public void Report(int line, LineState state) => Board.Take(new LineReport
    {
        Site = Model.Site,
        Line = LineName(line),
        Gateway = GatewayName(line / LinesPerGateway),
        Boot = "g",
        Sequence = ++sequences[line],
        At = TimeProvider.System.GetUtcNow(),
        ValidForMs = 120_000,
        State = state,
        Since = Now,
        Batch = state == LineState.Active ? "B-1" : "",
        Reason = state == LineState.Active ? "the filler is in Execute" : "every condition holds",
        Conditions = [],
        ConfigurationHash = Model.Hash,
    }, retained: false);

    public static string LineName(int number) => string.Create(CultureInfo.InvariantCulture, $"L{number:00000}");

    private static string GatewayName(int number) => string.Create(CultureInfo.InvariantCulture, $"gw-{number}");

    private static string ServerName(int number) => string.Create(CultureInfo.InvariantCulture, $"plc-{number}");

    private static PlantModel Build(int lines, int hosts) => new()
    {
        Site = "Large",
        Servers = [],
        Gateways = [.. Enumerable.Range(0, (lines + LinesPerGateway - 1) / LinesPerGateway).Select(number => new GatewayNode(
            GatewayName(number), null, [.. Enumerable.Range(number * LinesPerGateway, Math.Min(LinesPerGateway, lines - (number * LinesPerGateway))).Select(ServerName)]))],
        Historians = [],
        Areas = [.. Enumerable.Range(0, lines).Chunk(LinesPerGateway).Select((chunk, area) => new Area
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"A{area}"),
            Lines = [.. chunk.Select(line => NewLine(line, string.Create(CultureInfo.InvariantCulture, $"A{area}")))],
        })],
        Hosts = [.. Enumerable.Range(0, hosts).Select(number => new Host
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"h{number:000000}"),
            Class = number % 2 == 0 ? "hmi" : "server",
            Lines = number % HostsPerLine == 0 && lines > 1
                ? [LineName(number / HostsPerLine % lines), LineName(((number / HostsPerLine) + 1) % lines)]
                : [LineName(number / HostsPerLine % lines)],
        })],
        Hash = new string('a', 64),
    };

    private static Line NewLine(int number, string area) => new()
    {
        Name = LineName(number),
        Area = area,
        Dwell = TimeSpan.FromMinutes(2),
        Units = [],
        Tags =
        [
            new Tag { Name = LineName(number) + "/State", Line = LineName(number), Servers = [ServerName(number)], Node = "s=State", SamplingInterval = TimeSpan.FromSeconds(1), QueueSize = 10 },
        ],
        Idle = new IdleRule { State = [new StateCondition(LineName(number) + "/State", "packml", ["Idle"])], NoBatch = [], NoMotion = [] },
        Hold = HoldMode.Method,
        HoldNodes = new HoldNodes(ServerName(number), "s=Request", "s=Release", "s=Line"),
    };

    /// <summary>Nights for the site, a weekend of its own for every tenth line, a freeze for every area: a year of each.</summary>
    private CalendarFacts Calendars(DateTimeOffset now)
    {
        var rules = ImmutableArray.CreateBuilder<CalendarRule>();
        rules.Add(Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), Every(now.AddHours(-2), 1, TimeSpan.FromHours(7), 365)));
        foreach (var (line, number) in Model.Lines.Select((line, number) => (line, number)).Where(item => item.number % 10 == 0))
            rules.Add(Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Line, line.Name), Every(now.AddHours(-3), 7, TimeSpan.FromHours(48 + (number % 5)), 52)));
        foreach (var area in Model.Areas)
            rules.Add(Rule(CalendarKind.Freeze, new CalendarScope(CalendarLayer.Area, area.Name), Every(now.AddDays(20), 90, TimeSpan.FromDays(3), 4)));
        return new CalendarFacts(rules.ToImmutable(), [], new TimeRange(now.AddDays(-8), now.AddDays(400)));
    }

    private static IEnumerable<TimeRange> Every(DateTimeOffset start, int days, TimeSpan length, int count) =>
        Enumerable.Range(0, count).Select(number => new TimeRange(start.AddDays(number * days), start.AddDays(number * days) + length));

    private static CalendarRule Rule(CalendarKind kind, CalendarScope scope, IEnumerable<TimeRange> occurrences) => new()
    {
        Kind = kind,
        Scope = scope,
        Title = kind.ToString(),
        Where = "large.ics:4",
        Zone = "Europe/Berlin",
        Occurrences = [.. occurrences],
    };

    private GatewayStatus Status(string name) => new()
    {
        Site = Model.Site,
        Gateway = name,
        Boot = "g",
        Online = true,
        At = TimeProvider.System.GetUtcNow(),
        ValidForMs = 120_000,
        ConfigurationHash = Model.Hash,
        JournalWritable = true,
    };

    private AgentStatus Agent(string host) => new()
    {
        Site = Model.Site,
        Host = host,
        Boot = "a",
        Online = true,
        At = TimeProvider.System.GetUtcNow(),
        ValidForMs = 120_000,
        Version = "1.0",
        Procedures = [new InstalledProcedure(Procedure, Digest, 1_200_000, ["install", "reboot"])],
        PinnedKey = Key,
    };

    private JobFacts Job(Host host) => new()
    {
        Id = "J-" + host.Name,
        Host = host.Name,
        Procedure = Procedure,
        PatchDigest = Digest,
        ContentHash = Digest,
        ExpectedDuration = TimeSpan.FromMinutes(20),
        RequestedBy = "Ann",
        ApprovalsRequired = 1,
        Approvals = [new ApprovalFact("Bob", Digest, Now)],
    };

    private static RunFacts Run(Host host) => new()
    {
        Id = $"J-{host.Name}.1",
        JobId = "J-" + host.Name,
        Host = host.Name,
        Lines = host.Lines,
        State = RunState.Armed,
        Priority = 0,
        ProcedureDigest = Digest,
    };
}
