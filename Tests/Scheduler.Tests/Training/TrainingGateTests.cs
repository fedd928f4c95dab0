using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Tests.Harness;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Tests.Training;

public sealed class TrainingGateTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Facts.Now.UtcDateTime);
    private static readonly TrainingPolicy Policy = new(["GMP patching"], ["GMP patching", "Break glass"]);

    [Fact]
    public void Site_that_asks_for_none_is_not_held_up() =>
        Assert.Equal("training-not-asked", Verdict(Facts.Open).Code);

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(-300, null, null)]
    [InlineData(-300, -1, "'GMP patching' ended on 2026-03-01")]
    [InlineData(1, 300, "'GMP patching' begins on 2026-03-03")]
    [InlineData(null, null, "no record of 'GMP patching'")]
    public void Approver_counts_from_the_first_day_of_the_record_to_its_last(int? from, int? until, string? lack)
    {
        TrainingRecord[] records = from is { } first ? [Record("bob (local)", "gmp Patching", first, until)] : [];

        var verdict = Verdict(Facts.Open with { Training = Training(records) });

        if (lack is null)
        {
            Assert.Equal((GateOutcome.Pass, "training-current"), (verdict.Outcome, verdict.Code));
            return;
        }

        Assert.Equal((GateOutcome.Block, "training-lacking", "Bob (approval)", lack), (verdict.Outcome, verdict.Code, verdict.Subject, verdict.Value));
        Assert.Contains("have somebody sign who is trained", verdict.Reason, StringComparison.Ordinal);
        Assert.False(verdict.Doubt);
    }

    [Fact]
    public void Lapsed_training_of_one_does_no_harm_where_enough_others_are_trained()
    {
        var two = Facts.Open with
        {
            Job = Facts.Open.Job with { Approvals = [.. Facts.Open.Job.Approvals, new ApprovalFact("Eve", Facts.Content, Facts.Now)] },
            Training = Training(Record("Eve", "GMP patching", -1, null)),
        };

        Assert.Equal("training-current", Verdict(two).Code);
        Assert.Equal("Bob (approval)", Verdict(two with { Job = two.Job with { ApprovalsRequired = 2 } }).Subject);
    }

    [Fact]
    public void Who_breaks_the_glass_needs_more_than_who_approves_and_approvals_no_longer_count()
    {
        var broken = Facts.Open with
        {
            Run = Facts.Open.Run with { Waivers = [new WaiverFacts("J1.1", WaiverKind.BreakGlass, "", ["Cid", "Dot"], "outbreak", Facts.Now.AddHours(1))] },
            Training = Training(Record("Cid", "GMP patching", -1, null), Record("Cid", "Break glass", -1, null), Record("Dot", "GMP patching", -1, null)),
        };

        var verdict = Verdict(broken);

        Assert.Equal(("Dot (override)", "no record of 'Break glass'"), (verdict.Subject, verdict.Value));
    }

    [Fact]
    public void Table_that_cannot_be_read_is_doubt_and_blocks()
    {
        var unread = Facts.Open with { Training = new TrainingFacts(Policy, [], [new ConfigurationError("lms.csv", 3, "from", null, "is wrong")]) };

        var verdict = Verdict(unread);

        Assert.Equal((GateOutcome.Block, "training-unreadable", true), (verdict.Outcome, verdict.Code, verdict.Doubt));
    }

    [Theory]
    [InlineData(RunState.Armed, GateOutcome.Block)]
    [InlineData(RunState.Held, GateOutcome.Block)]
    [InlineData(RunState.Released, GateOutcome.Pass)]
    [InlineData(RunState.Executing, GateOutcome.Pass)]
    [InlineData(RunState.Verifying, GateOutcome.Pass)]
    public void Training_that_ends_during_a_run_does_not_leave_the_host_half_patched(RunState state, GateOutcome outcome)
    {
        var run = Facts.Open with { Run = Facts.Open.Run with { State = state, Token = 7 }, Training = Training(Record("Bob", "GMP patching", -300, -1)) };

        Assert.Equal(outcome, Verdict(run).Outcome);
    }

    private static Verdict Verdict(PlanningSnapshot snapshot) => Assert.Single(Gate.Evaluate(snapshot), verdict => verdict.Gate == "training");

    private static TrainingFacts Training(params TrainingRecord[] records) => new(Policy, [.. records], []);

    private static TrainingRecord Record(string person, string qualification, int from, int? until) =>
        new(person, qualification, Today.AddDays(from), until is { } last ? Today.AddDays(last) : null, "lms.csv:2");
}
