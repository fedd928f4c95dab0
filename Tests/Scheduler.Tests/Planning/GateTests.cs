using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Holds;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

public sealed class GateTests
{
    private static readonly DateTimeOffset Now = Facts.Now;

    /// <summary>One way to spoil an open snapshot, the gate that must block and the reason that it must give.</summary>
    private static readonly (string Gate, string Code, Func<PlanningSnapshot, PlanningSnapshot> Spoil)[] Spoils =
    [
        ("emergency-stop", "stop-active", open => open with { EmergencyStop = new EmergencyStopFacts(true, "Eve", "smoke", Now) }),
        ("approved", "approval-missing", open => open with { Job = open.Job with { ApprovalsRequired = 3 } }),
        ("content-unchanged", "content-changed", open => open with { Job = open.Job with { ContentHash = new string('9', 64) } }),
        ("not-before", "not-before", open => open with { Job = open.Job with { NotBefore = Now.AddMinutes(1) } }),
        ("not-before", "resting", open => open with { Run = open.Run with { RestUntil = Now.AddSeconds(1) } }),
        ("window", "window-none", open => open with { Calendar = Facts.Calendar() }),
        ("window", "window-too-short", open => open with { Job = open.Job with { ExpectedDuration = TimeSpan.FromHours(3) } }),
        ("freeze", "freeze", open => open with { Calendar = open.Calendar with { Rules = open.Calendar.Rules.Add(Facts.Rule(
            CalendarKind.Freeze, new CalendarScope(CalendarLayer.Line, TestPlant.Filling), (Now.AddHours(-3), Now.AddMinutes(1)))) } }),
        ("line-idle", "line-active", open => open.With(Facts.Fresh(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Active)))),
        ("line-idle", "line-settling", open => open.With(Facts.Fresh(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Settling)))),
        ("line-idle", "line-unknown", open => open.With(Facts.Fresh(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Unknown)))),
        ("line-idle", "line-evidence-retained", open => open.With(Facts.Doubtful(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle), Standing.Retained))),
        ("line-idle", "line-evidence-stale", open => open.With(Facts.Doubtful(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle), Standing.Stale))),
        ("line-idle", "line-gateway-offline", open => open.With(Facts.Doubtful(Facts.Gateway(TestPlant.Gateway), Standing.Offline))),
        ("line-idle", "line-journal", open => open.With(Facts.Fresh(Facts.Gateway(TestPlant.Gateway) with { JournalWritable = false }))),
        ("line-idle", "line-configuration", open => open.With(Facts.Fresh(Facts.Report(TestPlant.Filling, TestPlant.Gateway, LineState.Idle) with { ConfigurationHash = "other" }))),
        ("line-idle", "line-gateway-restarted", open => open.With(Facts.Fresh(Facts.Gateway(TestPlant.Gateway) with { Boot = "g2" }))),
        ("line-held", "hold-none", open => open with { Plant = WithHold(HoldMode.None) }),
        ("line-held", "hold-unstated", open => open with { Plant = WithHold(HoldMode.Unstated) }),
        ("line-held", "hold-releasing", open => open with { Holds = [Hold("J0.1", HoldStage.Releasing)] }),
        ("line-held", "hold-taken", open => open with { Holds = [Hold("J0.1", HoldStage.Granted)] }),
        ("line-held", "hold-gateway-silent", open => open.With(Facts.Doubtful(Facts.Gateway(TestPlant.Gateway), Standing.Stale))),
        ("line-held", "hold-missing", open => open with { Run = open.Run with { State = RunState.Executing, Token = 7 } }),
        ("line-held", "hold-asked", open => open with { Run = open.Run with { State = RunState.Held, Token = 7 }, Holds = [Hold("J1.1", HoldStage.Asked)] }),
        ("line-held", "hold-token", open => open with { Run = open.Run with { State = RunState.Executing, Token = 8 }, Holds = [Hold("J1.1", HoldStage.Granted)] }),
        ("line-held", "hold-expired", open => open with { Run = open.Run with { State = RunState.Executing, Token = 7 }, Holds = [Hold("J1.1", HoldStage.Granted) with { Expired = true }] }),
        ("host-online", "agent-stale", open => open with { Evidence = open.Evidence with { Agents = open.Evidence.Agents.SetItem(TestPlant.Hmi, Facts.Doubtful(Facts.Agent(TestPlant.Hmi), Standing.Stale)) } }),
        ("agent-ready", "agent-fault", open => open.With(Agent(open) with { Fault = "its state is damaged" })),
        ("agent-ready", "agent-busy", open => open.With(Agent(open) with { CurrentRun = "J9.1" })),
        ("agent-key", "key-foreign", open => open.With(Agent(open) with { PinnedKey = new string('0', 64) })),
        ("procedure", "procedure-missing", open => open.With(Agent(open) with { Procedures = [] })),
        ("procedure", "procedure-changed", open => open with { Run = open.Run with { ProcedureDigest = new string('1', 64) } }),
        ("procedure", "procedure-proves-nothing", open => open.With(Agent(open) with { Remote = true })),
        ("procedure", "procedure-unpinned", open => open with { Run = open.Run with { ProcedureDigest = null } }),
        ("procedure", "procedure-foreign", open => open with { Job = open.Job with { RequiredProcedureDigest = new string('2', 64) } }),
        ("one-run-per-host", "host-occupied", open => open with { Others = open.Others.Add(Facts.Run("J2.1", TestPlant.Hmi, RunState.Quarantined)) }),
        ("one-run-per-line", "line-occupied", open => open with { Others = open.Others.Add(Facts.Run("J3.1", TestPlant.Server, RunState.Executing, TestPlant.Filling, TestPlant.Packaging)) }),
        ("one-run-per-line", "line-yields", open => open with { Others = open.Others.Add(Facts.Run("J4.1", TestPlant.Server, RunState.Armed, TestPlant.Filling) with { Ready = true, Priority = 5 }) }),
        ("ledger-writable", "ledger-fault", open => open with { Health = open.Health with { LedgerFault = "the disk is full" } }),
        ("clock-sound", "clock-stepped", open => open with { Health = open.Health with { ClockFault = "set back by 5s" } }),
    ];

    private static HoldFacts Hold(string run, HoldStage stage) => new(run, TestPlant.Filling, 7, stage, 1, Now.AddMinutes(-1), Now.AddMinutes(10), false);

    private static PlantModel WithHold(HoldMode mode) => TestPlant.Model with
    {
        Areas = [.. TestPlant.Model.Areas.Select(area => area with { Lines = [.. area.Lines.Select(line => line with { Hold = mode, HoldNodes = null })] })],
    };

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Spoils.Length)];

    [Fact]
    [Trait("Req", "I7")]
    public void All_of_an_open_snapshot_pass()
    {
        var verdicts = Gate.Evaluate(Facts.Open);

        Assert.Equal(Gate.All.Length, verdicts.Length);
        Assert.All(verdicts, verdict => Assert.Equal(GateOutcome.Pass, verdict.Outcome));
        Assert.All(verdicts, verdict => Assert.True(verdict.Value.Length > 0 && verdict.Reason.Length > 0 && verdict.Rule.Length > 0 && verdict.Owner.Length > 0));
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    [Trait("Req", "I7")]
    public void One_spoilt_fact_blocks_its_gate_with_its_reason_and_the_others_still_answer(int index)
    {
        var (gate, code, spoil) = Spoils[index];

        var verdicts = Gate.Evaluate(spoil(Facts.Open));

        var blocking = Assert.Single(verdicts, verdict => verdict.Gate == gate);
        Assert.Equal((GateOutcome.Block, code), (blocking.Outcome, blocking.Code));
        Assert.Equal(Gate.All.Select(item => item.Name).Order(), verdicts.Select(verdict => verdict.Gate).Distinct().Order());
    }

    /// <summary>No combination of wrongs makes a right: whatever else is spoilt, each spoilt gate still blocks.</summary>
    [Fact]
    [Trait("Req", "I7")]
    public void Any_set_of_spoilt_facts_blocks_every_gate_concerned() =>
        Gen.Int[0, Spoils.Length - 1].HashSet[1, 6].Sample(chosen =>
        {
            var spoilt = chosen.Order().Aggregate(Facts.Open, (snapshot, index) => Spoils[index].Spoil(snapshot));
            var blocked = Gate.Evaluate(spoilt).Where(verdict => verdict.Outcome == GateOutcome.Block).Select(verdict => verdict.Gate).ToHashSet();
            // A later spoil of the agent hears it anew, so that alone may undo an earlier one.
            return chosen.GroupBy(index => Spoils[index].Gate).All(group => blocked.Contains(group.Key) || Overwritten(group.Key));
        }, iter: 500);

    /// <summary>What an agent elsewhere says of itself proves nothing about the host: its procedure does, or what flows through it again.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Host_of_an_agent_elsewhere_is_released_when_something_will_show_its_health(bool proves, bool carries)
    {
        var open = Facts.Open.With(Agent(Facts.Open) with { Remote = true, Procedures = [.. Agent(Facts.Open).Procedures.Select(installed => installed with { ProvesHealth = proves })] });
        if (carries)
            open = open with { Plant = open.Plant with { Servers = [.. open.Plant.Servers.Select(server => server with { Host = TestPlant.Hmi })] } };

        Assert.Equal((GateOutcome.Pass, "procedure-installed"), Of(Gate.Evaluate(open).Single(verdict => verdict.Gate == "procedure")));
    }

    [Fact]
    [Trait("Req", "I2")]
    public void Line_that_cannot_be_held_passes_only_when_file_and_site_say_so_and_somebody_stands_by_it_now()
    {
        static Verdict Held(HoldMode mode, bool allowed, params WaiverFacts[] signed) =>
            Gate.Evaluate(Facts.Open with { Plant = WithHold(mode), AdvisoryRelease = allowed, Run = Facts.Open.Run with { Waivers = [.. signed] } }).Single(verdict => verdict.Gate == "line-held");
        static WaiverFacts StandBy(string line, int minutes) => new("J1.1", WaiverKind.StandBy, line, ["Eve"], "at the line", Facts.Now.AddMinutes(minutes));

        Assert.Equal((GateOutcome.Pass, "hold-advisory"), Of(Held(HoldMode.None, true, StandBy(TestPlant.Filling, 5))));
        Assert.Equal((GateOutcome.Block, "hold-nobody"), Of(Held(HoldMode.None, true)));
        Assert.Equal((GateOutcome.Block, "hold-nobody"), Of(Held(HoldMode.None, true, StandBy(TestPlant.Packaging, 5))));
        Assert.Equal((GateOutcome.Block, "hold-stand-by-over"), Of(Held(HoldMode.None, true, StandBy(TestPlant.Filling, 0))));
        Assert.Equal((GateOutcome.Block, "hold-none"), Of(Held(HoldMode.None, false, StandBy(TestPlant.Filling, 5))));
        Assert.Equal((GateOutcome.Block, "hold-unstated"), Of(Held(HoldMode.Unstated, true, StandBy(TestPlant.Filling, 5))));
    }

    /// <summary>Of everything that can stand in the way, two signatures pass over calendar and approvals, and over nothing else.</summary>
    [Fact]
    [Trait("Req", "I1")]
    public void Broken_glass_waives_calendar_and_approvals_and_nothing_else()
    {
        string[] waivable = ["window", "freeze", "not-before", "approved"];
        foreach (var (gate, code, spoil) in Spoils)
        {
            var spoilt = spoil(Facts.Open);
            var broken = spoilt with { Run = spoilt.Run with { Waivers = [new WaiverFacts("J1.1", WaiverKind.BreakGlass, "", ["Ann", "Bob"], "worm", spoilt.Now.AddHours(1))] } };

            var verdict = Gate.Evaluate(broken).Single(verdict => verdict.Gate == gate);

            var expected = waivable.Contains(gate) && code != "approval-stopped" ? (GateOutcome.Pass, "waived") : (GateOutcome.Block, code);
            Assert.Equal(expected, Of(verdict));
        }
    }

    [Theory]
    [InlineData(60, "Ann")]
    [InlineData(60, "Ann", "Ann")]
    [InlineData(0, "Ann", "Bob")]
    public void Glass_that_one_person_broke_or_whose_time_is_over_waives_nothing(int minutes, params string[] by)
    {
        var shut = Facts.Open with { Calendar = Facts.Calendar() };

        var verdicts = Gate.Evaluate(shut with { Run = shut.Run with { Waivers = [new WaiverFacts("J1.1", WaiverKind.BreakGlass, "", [.. by], "worm", Facts.Now.AddMinutes(minutes))] } });

        Assert.Equal((GateOutcome.Block, "window-none"), Of(verdicts.Single(verdict => verdict.Gate == "window")));
    }

    private static (GateOutcome Outcome, string Code) Of(Verdict verdict) => (verdict.Outcome, verdict.Code);

    [Theory]
    [InlineData(RunState.Armed, LineState.Settling, false)]
    [InlineData(RunState.Held, LineState.Settling, false)]
    [InlineData(RunState.Executing, LineState.Settling, true)]
    [InlineData(RunState.Executing, LineState.Active, false)]
    [InlineData(RunState.Executing, LineState.Unknown, true)]
    public void Line_that_settles_under_its_hold_is_a_doubt_and_no_evidence_against_the_run(RunState state, LineState line, bool doubt)
    {
        var verdict = Gate.Evaluate((Facts.Open with { Run = Facts.Open.Run with { State = state } })
            .With(Facts.Fresh(Facts.Report(TestPlant.Filling, TestPlant.Gateway, line)))).Single(item => item.Gate == "line-idle");

        Assert.Equal((GateOutcome.Block, doubt), (verdict.Outcome, verdict.Doubt));
    }

    [Fact]
    public void A_gate_that_throws_or_is_silent_blocks()
    {
        var verdicts = Gate.Evaluate(Facts.Open, [new ThrowingGate(), new SilentGate()]);

        Assert.Equal(["gate-failed", "gate-silent"], verdicts.Select(verdict => verdict.Code));
        Assert.All(verdicts, verdict => Assert.Equal(GateOutcome.Block, verdict.Outcome));
    }

    [Fact]
    public void Host_with_two_lines_gets_a_verdict_for_each()
    {
        var open = Facts.Open with { Job = Facts.Open.Job with { Host = TestPlant.Server } };

        var verdicts = Gate.Evaluate(open.With(Facts.Fresh(Facts.Report(TestPlant.Packaging, TestPlant.Gateway, LineState.Active))))
            .Where(verdict => verdict.Gate == "line-idle").ToDictionary(verdict => verdict.Subject, verdict => verdict.Outcome);

        Assert.Equal(GateOutcome.Pass, verdicts[TestPlant.Filling]);
        Assert.Equal(GateOutcome.Block, verdicts[TestPlant.Packaging]);
    }

    [Fact]
    public void Line_that_never_stops_is_never_idle()
    {
        var open = Facts.Open with { Job = Facts.Open.Job with { Host = TestPlant.ChamberHost } };

        // None of its tags is critical: nothing could show that its monitoring is kept.
        Assert.Equal("line-always-on-unwatched", Assert.Single(Gate.Evaluate(open), verdict => verdict is { Gate: "line-idle", Outcome: GateOutcome.Block }).Code);
    }

    [Fact]
    public void Evidence_that_a_line_works_refuses_a_go_ahead_although_another_gateway_contradicts_it()
    {
        var open = Facts.Open with { Job = Facts.Open.Job with { Host = TestPlant.Server }, Run = Facts.Open.Run with { State = RunState.Executing } };

        var verdict = Gate.Evaluate(open.With(Facts.Fresh(Facts.Report(TestPlant.Packaging, TestPlant.SecondGateway, LineState.Active))))
            .Single(item => item is { Gate: "line-idle", Subject: TestPlant.Packaging });

        Assert.Equal((GateOutcome.Block, "line-contradicted", false), (verdict.Outcome, verdict.Code, verdict.Doubt));
    }

    [Fact]
    public void Host_that_the_plant_lost_blocks_without_failing()
    {
        var verdicts = Gate.Evaluate(Facts.Open with { Job = Facts.Open.Job with { Host = "gone" } });

        Assert.DoesNotContain(verdicts, verdict => verdict.Code == "gate-failed");
        Assert.Contains(verdicts, verdict => verdict is { Gate: "line-idle", Code: "host-unknown", Outcome: GateOutcome.Block });
    }

    [Fact]
    public void Who_requested_does_not_count_as_approver()
    {
        var job = Facts.Open.Job with { Approvals = [new ApprovalFact("Ann", Facts.Content, Now), new ApprovalFact("Ann", Facts.Content, Now)] };

        Assert.Equal("approval-missing", Assert.Single(Gate.Evaluate(Facts.Open with { Job = job }), verdict => verdict.Gate == "approved").Code);
    }

    [Fact]
    public void Same_person_twice_counts_once()
    {
        var job = Facts.Open.Job with { ApprovalsRequired = 2, Approvals = [new ApprovalFact("Bob", Facts.Content, Now), new ApprovalFact("Bob", Facts.Content, Now.AddHours(1))] };

        Assert.Equal("1 of 2", Assert.Single(Gate.Evaluate(Facts.Open with { Job = job }), verdict => verdict.Gate == "approved").Value);
    }

    [Fact]
    public void Broken_calendar_shuts_window_and_freeze()
    {
        var broken = Facts.Open with { Calendar = Facts.Open.Calendar with { Errors = [new ConfigurationError("x.ics", 3, "DTEND", null, "is wrong")] } };

        var verdicts = Gate.Evaluate(broken).Where(verdict => verdict.Gate is "window" or "freeze").ToList();

        Assert.All(verdicts, verdict => Assert.Equal("calendar-broken", verdict.Code));
        Assert.Contains("x.ics:3", verdicts[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Window_counts_only_what_is_left_of_an_executing_run()
    {
        var executing = Facts.Open with
        {
            Job = Facts.Open.Job with { ExpectedDuration = TimeSpan.FromHours(3) },
            Run = Facts.Open.Run with { State = RunState.Executing, ExecutingSince = Now.AddMinutes(-90) },
        };

        Assert.Equal("window-open", Assert.Single(Gate.Evaluate(executing), verdict => verdict.Gate == "window").Code);
    }

    [Fact]
    public void Closed_window_names_the_next_one_that_is_long_enough()
    {
        var site = new CalendarScope(CalendarLayer.Site, "");
        var calendar = Facts.Calendar(Facts.Rule(CalendarKind.Window, site, (Now.AddHours(1), Now.AddHours(1.05)), (Now.AddHours(5), Now.AddHours(8))));

        var verdict = Assert.Single(Gate.Evaluate(Facts.Open with { Calendar = calendar }), verdict => verdict.Gate == "window");

        Assert.Equal(("window-closed", Now.AddHours(5)), (verdict.Code, verdict.ExpectedClearing));
    }

    [Fact]
    public void Coming_freeze_cuts_the_window()
    {
        var site = new CalendarScope(CalendarLayer.Site, "");
        var calendar = Facts.Open.Calendar with { Rules = Facts.Open.Calendar.Rules.Add(Facts.Rule(CalendarKind.Freeze, site, (Now.AddMinutes(5), Now.AddHours(1)))) };

        var verdicts = Gate.Evaluate(Facts.Open with { Calendar = calendar });

        Assert.Equal("window-too-short", Assert.Single(verdicts, verdict => verdict.Gate == "window").Code);
        Assert.Equal("no-freeze", Assert.Single(verdicts, verdict => verdict.Gate == "freeze").Code);
    }

    private static AgentStatus Agent(PlanningSnapshot snapshot) => snapshot.Evidence.Agent(TestPlant.Hmi).Message!;

    private static bool Overwritten(string gate) => gate == "host-online";

    private sealed class ThrowingGate : Gate
    {
        public override string Name => "throwing";

        public override string Rule => "none";

        public override string Owner => "nobody";

        protected override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts) => throw new InvalidOperationException("on purpose");
    }

    private sealed class SilentGate : Gate
    {
        public override string Name => "silent";

        public override string Rule => "none";

        public override string Owner => "nobody";

        protected override void Judge(PlanningSnapshot snapshot, List<Verdict> verdicts)
        {
        }
    }
}
