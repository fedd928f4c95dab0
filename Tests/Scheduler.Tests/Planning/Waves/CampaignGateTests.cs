using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Fit;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Planning.Waves;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning.Waves;

/// <summary>A campaign of two hosts in two waves: J0 in the first, J1, whose gates are asked, in the second.</summary>
public sealed class CampaignGateTests
{
    private static readonly DateTimeOffset Now = Facts.Now;

    private static PlanningSnapshot Open => Of(Campaign(RunState.Done, Now.AddDays(-3)));

    [Fact]
    public void All_pass_when_the_wave_has_soaked_and_the_plan_holds() =>
        Assert.All(Gate.Evaluate(Open), verdict => Assert.Equal(GateOutcome.Pass, verdict.Outcome));

    [Theory]
    [InlineData(RunState.Armed, "wave-waits")]
    [InlineData(RunState.Executing, "wave-waits")]
    [InlineData(RunState.Revoked, "wave-waits")]
    [InlineData(RunState.Aborted, "campaign-halted")]
    [InlineData(RunState.Quarantined, "campaign-halted")]
    public void Second_wave_waits_for_the_first(RunState first, string code) =>
        Assert.Equal(code, Verdict(Of(Campaign(first, Now.AddDays(-3))), "campaign-wave").Code);

    [Fact]
    public void Second_wave_waits_until_the_first_has_soaked()
    {
        var verdict = Verdict(Of(Campaign(RunState.Done, Now.AddDays(-1))), "campaign-wave");

        Assert.Equal(("wave-soaks", Now.AddDays(1)), (verdict.Code, verdict.ExpectedClearing));
        Assert.StartsWith("canary 1 of 1 done, soak until 2026-03-03", verdict.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_that_somebody_accepted_halts_no_more() =>
        Assert.Equal("wave-waits", Verdict(Of(Campaign(RunState.Aborted, Now) with { FailuresAccepted = 1 }), "campaign-wave").Code);

    [Fact]
    public void Halt_on_record_lasts_until_it_is_resumed() =>
        Assert.Equal("campaign-halted", Verdict(Of(Campaign(RunState.Done, Now.AddDays(-3)) with { HaltedSince = Now }), "campaign-wave").Code);

    [Fact]
    public void Run_under_way_is_finished_whatever_befalls_the_campaign()
    {
        var halted = Of(Campaign(RunState.Aborted, Now) with { Plan = null });
        var executing = halted with { Run = halted.Run with { State = RunState.Executing } };

        Assert.Equal(GateOutcome.Pass, Verdict(executing, "campaign-wave").Outcome);
        Assert.Equal(GateOutcome.Pass, Verdict(executing, "plan").Outcome);
    }

    [Fact]
    public void Campaign_without_a_plan_waits() => Assert.Equal("plan-missing", Verdict(Of(Open.Campaign! with { Plan = null }), "plan").Code);

    [Fact]
    public void Slot_that_has_not_come_is_waited_for()
    {
        var verdict = Verdict(Open with { Now = Now.AddMinutes(-90) }, "plan");

        Assert.Equal(("plan-slot", Now.AddHours(-1)), (verdict.Code, verdict.ExpectedClearing));
    }

    public static TheoryData<string, string> Materials => new()
    {
        { "content", "the campaign was changed" },
        { "job", "J1 was changed" },
        { "lines", "serves" },
        { "host", "no longer in the plant file" },
        { "duration", "needs" },
        { "freeze", "freeze" },
        { "batch", "batch" },
        { "window", "no window is open" },
    };

    [Theory]
    [MemberData(nameof(Materials))]
    public void Material_change_voids_the_plan(string change, string words)
    {
        // Before its slot, so that calendars count.
        var before = Open with { Now = Now.AddMinutes(-90) };
        var line = new CalendarScope(CalendarLayer.Line, TestPlant.Filling);
        var changed = change switch
        {
            "content" => before with { Campaign = before.Campaign! with { ContentHash = "other" } },
            "job" => WithJob(before, before.Job with { ContentHash = new string('9', 64) }),
            "lines" => before with { Plant = before.Plant with { Hosts = [.. before.Plant.Hosts.Select(host => host.Name == TestPlant.Hmi ? host with { Lines = [TestPlant.Filling, TestPlant.Packaging] } : host)] } },
            "host" => before with { Plant = before.Plant with { Hosts = [.. before.Plant.Hosts.Where(host => host.Name != TestPlant.Hmi)] } },
            "duration" => before with { Durations = PastDurations.Of(Enumerable.Repeat((Facts.Procedure, "hmi", TimeSpan.FromHours(3)), 6)) },
            "freeze" => WithRule(before, Facts.Rule(CalendarKind.Freeze, line, (Now.AddMinutes(-50), Now))),
            "batch" => WithRule(before, Facts.Rule(CalendarKind.Batch, line, (Now.AddMinutes(-50), Now))),
            _ => before with { Calendar = Facts.Calendar(Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), (Now, Now.AddHours(9)))) },
        };

        var reasons = PlanCheck.VoidReasons(changed.Campaign!, changed);

        Assert.Contains(reasons, reason => reason.Contains(words, StringComparison.Ordinal));
        if (change != "host")
            Assert.Equal("plan-void", Verdict(changed, "plan").Code);
    }

    [Fact]
    public void Change_elsewhere_leaves_the_plan_as_it_is()
    {
        var before = Open with { Now = Now.AddMinutes(-90) };
        var other = new CalendarScope(CalendarLayer.Line, TestPlant.Packaging);

        Assert.Equal("plan-slot", Verdict(WithRule(before, Facts.Rule(CalendarKind.Freeze, other, (Now.AddHours(-2), Now.AddHours(9)))), "plan").Code);
        Assert.Equal("plan-slot", Verdict(before with { Plant = before.Plant with { Hash = "a new comment elsewhere" } }, "plan").Code);
        Assert.Equal("plan-slot", Verdict(before with { Durations = PastDurations.Of(Enumerable.Repeat((Facts.Procedure, "hmi", TimeSpan.FromMinutes(2)), 6)) }, "plan").Code);
    }

    [Fact]
    public void Slot_that_passed_unused_voids_nothing() => Assert.Equal("plan-current", Verdict(Open with { Now = Now.AddDays(1) }, "plan").Code);

    [Theory]
    [InlineData(1, int.MaxValue, "concurrency-site")]
    [InlineData(int.MaxValue, 1, "concurrency-campaign")]
    [InlineData(2, 2, "concurrency-open")]
    public void As_many_as_allowed_are_under_way_at_once(int site, int campaign, string code)
    {
        var busy = Open with { Concurrency = site, Campaign = Open.Campaign! with { Concurrency = campaign }, Others = [Facts.Run("J7.1", TestPlant.ChamberHost, RunState.Quarantined) with { Campaign = "C" }] };

        Assert.Equal(code, Verdict(busy, "concurrency").Code);
    }

    [Theory]
    [InlineData(RunState.Executing, "group-away")]
    [InlineData(RunState.Quarantined, "group-away")]
    [InlineData(RunState.Armed, "group-whole")]
    public void Host_waits_while_another_of_its_group_is_away(RunState state, string code)
    {
        var paired = Open with
        {
            Plant = Open.Plant with { Hosts = [.. Open.Plant.Hosts.Select(host => host with { Group = "pair" })] },
            Others = [Facts.Run("J7.1", TestPlant.ChamberHost, state)],
        };

        Assert.Equal(code, Verdict(paired, "redundancy-group").Code);
    }

    [Fact]
    public void Host_waits_while_who_stands_in_is_not_heard()
    {
        var paired = Open with { Plant = Open.Plant with { Hosts = [.. Open.Plant.Hosts.Select(host => host with { Group = "pair" })] } };
        var deaf = paired with { Evidence = paired.Evidence with { Agents = paired.Evidence.Agents.SetItem(TestPlant.Server, Facts.Doubtful(Facts.Agent(TestPlant.Server), PatchEdge.Scheduler.Evidence.Standing.Stale)) } };

        var verdict = Verdict(deaf, "redundancy-group");

        Assert.Equal(("group-unheard", true), (verdict.Code, verdict.Doubt));
    }

    private static Verdict Verdict(PlanningSnapshot snapshot, string gate) => Assert.Single(Gate.Evaluate(snapshot), verdict => verdict.Gate == gate);

    private static PlanningSnapshot WithJob(PlanningSnapshot snapshot, JobFacts job) => snapshot with { Job = job, Jobs = new Dictionary<string, JobFacts> { [job.Id] = job } };

    private static PlanningSnapshot WithRule(PlanningSnapshot snapshot, CalendarRule rule) => snapshot with { Calendar = snapshot.Calendar with { Rules = snapshot.Calendar.Rules.Add(rule) } };

    private static PlanningSnapshot Of(CampaignFacts campaign)
    {
        var calendar = Facts.Calendar(Facts.Rule(CalendarKind.Window, new CalendarScope(CalendarLayer.Site, ""), (Now.AddHours(-4), Now.AddDays(2))));
        var open = Facts.Open with { Calendar = calendar, Run = Facts.Open.Run with { Campaign = "C" }, Campaign = campaign };
        return WithJob(open, open.Job with { Campaign = "C", Wave = 1 });
    }

    private static CampaignFacts Campaign(RunState first, DateTimeOffset since) => new()
    {
        Id = "C",
        ContentHash = "c",
        Concurrency = 5,
        HaltAfter = 1,
        Waves =
        [
            new WaveFacts { Name = "canary", Success = 100, Soak = TimeSpan.FromDays(2), Jobs = [new WaveJob("J0", TestPlant.Server, first, since)] },
            new WaveFacts { Name = "rest", Success = 100, Soak = TimeSpan.Zero, Jobs = [new WaveJob("J1", TestPlant.Hmi, RunState.Armed, Now)] },
        ],
        Plan = new Plan
        {
            Site = TestPlant.Site,
            From = Now.AddDays(-5),
            To = Now.AddDays(5),
            InputsHash = "i",
            CampaignContent = "c",
            Unplaced = [],
            Slots =
            [
                new PlanSlot
                {
                    Job = "J1", Host = TestPlant.Hmi, Lines = [TestPlant.Filling], Content = Facts.Content, Campaign = "C", Wave = "rest",
                    Start = Now.AddHours(-1), End = Now.AddMinutes(-30), Needs = "30m", Zone = "UTC", Refused = [],
                },
            ],
        },
    };
}
