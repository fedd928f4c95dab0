using System.Collections.Immutable;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>A snapshot in which every gate passes, and the pieces to spoil it with.</summary>
internal static class Facts
{
    public const string Procedure = "install-update";
    public const string GatewayBoot = "g1";
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    public static readonly string Digest = new('d', 64);
    public static readonly string ProcedureDigest = new('e', 64);
    public static readonly string Content = new('c', 64);
    public static readonly string Key = new('f', 64);

    public static PlanningSnapshot Open { get; } = new()
    {
        Now = Now,
        Plant = TestPlant.Model,
        Job = new JobFacts
        {
            Id = "J1",
            Host = TestPlant.Hmi,
            Procedure = Procedure,
            PatchDigest = Digest,
            ContentHash = Content,
            RequestedBy = "Ann",
            ApprovalsRequired = 1,
            Approvals = [new ApprovalFact("Bob", Content, Now.AddHours(-1))],
        },
        Run = Run("J1.1", TestPlant.Hmi, RunState.Armed, TestPlant.Filling),
        Others = [],
        Evidence = Evidence(),
        Calendar = Calendar(Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), (Now.AddHours(-1), Now.AddHours(2)))),
        EmergencyStop = new EmergencyStopFacts(false, "", "", null),
        Health = new HealthFacts(null, null, Key),
    };

    public static RunFacts Run(string id, string host, RunState state, params string[] lines) => new()
    {
        Id = id,
        JobId = id.Split('.')[0],
        Host = host,
        Lines = [.. lines],
        State = state,
        Priority = 0,
        ProcedureDigest = ProcedureDigest,
    };

    public static EvidenceSnapshot Evidence(LineState state = LineState.Idle) => new()
    {
        Reports = TestPlant.Model.Lines
            .SelectMany(line => TestPlant.Model.GatewaysOf(line).Select(gateway => (line.Name, gateway.Name)))
            .ToImmutableDictionary(key => key, key => Fresh(Report(key.Item1, key.Item2, state))),
        Gateways = TestPlant.Model.Gateways.ToImmutableDictionary(gateway => gateway.Name, gateway => Fresh(Gateway(gateway.Name))),
        Agents = TestPlant.Model.Hosts.ToImmutableDictionary(host => host.Name, host => Fresh(Agent(host.Name))),
    };

    public static Received<T> Fresh<T>(T message)
        where T : class => new(message, Standing.Fresh, Now.AddSeconds(-1), TimeSpan.FromSeconds(1), "");

    public static Received<T> Doubtful<T>(T message, Standing standing)
        where T : class => new(message, standing, Now.AddSeconds(-1), TimeSpan.FromSeconds(1), $"it is {standing}");

    public static LineReport Report(string line, string gateway, LineState state, long sequence = 1) => new()
    {
        Site = TestPlant.Site,
        Line = line,
        Gateway = gateway,
        Boot = GatewayBoot,
        Sequence = sequence,
        At = Now,
        ValidForMs = 5_000,
        State = state,
        Since = Now.AddMinutes(-5),
        ExpectedIdleAt = state == LineState.Settling ? Now.AddSeconds(7) : null,
        Batch = state == LineState.Active ? "B-42" : "",
        Reason = $"it is {state}",
        Conditions = [],
        ConfigurationHash = TestPlant.Model.Hash,
    };

    public static GatewayStatus Gateway(string name) => new()
    {
        Site = TestPlant.Site,
        Gateway = name,
        Boot = GatewayBoot,
        Online = true,
        At = Now,
        ValidForMs = 5_000,
        ConfigurationHash = TestPlant.Model.Hash,
        JournalWritable = true,
    };

    public static AgentStatus Agent(string host) => new()
    {
        Site = TestPlant.Site,
        Host = host,
        Boot = "a1",
        Online = true,
        At = Now,
        ValidForMs = 5_000,
        Version = "0.1.0",
        Procedures = [new InstalledProcedure(Procedure, ProcedureDigest, 600_000, ["one", "two"])],
        PinnedKey = Key,
    };

    public static CalendarFacts Calendar(params CalendarRule[] rules) =>
        new([.. rules], [], new TimeRange(Now.AddDays(-8), Now.AddDays(400)));

    public static CalendarRule Rule(CalendarKind kind, CalendarScope scope, params (DateTimeOffset Start, DateTimeOffset End)[] spans) => new()
    {
        Kind = kind,
        Scope = scope,
        Title = kind.ToString(),
        Where = "test.ics:1",
        Zone = "UTC",
        Occurrences = [.. spans.Select(span => new TimeRange(span.Start, span.End))],
    };

    public static PlanningSnapshot With(this PlanningSnapshot snapshot, AgentStatus agent) => snapshot with
    {
        Evidence = snapshot.Evidence with { Agents = snapshot.Evidence.Agents.SetItem(agent.Host, Fresh(agent)) },
    };

    public static PlanningSnapshot With(this PlanningSnapshot snapshot, Received<LineReport> report) => snapshot with
    {
        Evidence = snapshot.Evidence with { Reports = snapshot.Evidence.Reports.SetItem((report.Message!.Line, report.Message.Gateway), report) },
    };

    public static PlanningSnapshot With(this PlanningSnapshot snapshot, Received<GatewayStatus> status) => snapshot with
    {
        Evidence = snapshot.Evidence with { Gateways = snapshot.Evidence.Gateways.SetItem(status.Message!.Gateway, status) },
    };
}
