using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Tests.Execution;

public sealed class ResumptionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private static readonly Procedure Procedure = new()
    {
        Name = "update",
        Folder = "/",
        Steps =
        [
            StepHelper.Step("plain", "exit", "0"),
            StepHelper.Step("again", "exit", "0") with { Repeatable = true },
            StepHelper.Step("reboot", "exit", "0") with { Reboot = true, Irreversible = true },
        ],
        Rollback =
        [
            StepHelper.Step("undo-again", "exit", "0") with { Undoes = "again" },
            StepHelper.Step("undo-any", "exit", "0"),
        ],
    };

    private static readonly RunRecord Accepted = RunRecord.Accepted(SchedulerKey.Permit(Procedure, "nonce"), Procedure, Now);
    private static readonly RunRecord AtAgain = Accepted.Entered("one", Now).Completed(0, "", Now);
    private static readonly RunRecord AtReboot = AtAgain.Entered("one", Now).Completed(0, "", Now);

    [Fact]
    [Trait("Req", "I8")]
    public void Permit_that_started_nothing_before_the_restart_starts_nothing_after_it()
    {
        var resumed = Resumption.Resume(Accepted, "one", Now);
        Assert.Equal(RunPhase.Stopped, resumed.Progress.Phase);
        Assert.Equal(2, resumed.Progress.Sequence);
    }

    [Fact]
    public void Step_that_was_cut_off_leaves_the_outcome_unknown()
    {
        var resumed = Resumption.Resume(Accepted.Entered("one", Now), "one", Now);
        Assert.Equal(RunPhase.Unknown, resumed.Progress.Phase);
        Assert.Equal("plain", resumed.Progress.Step);
    }

    [Fact]
    public void Repeatable_step_is_begun_again()
    {
        var resumed = Resumption.Resume(AtAgain.Entered("one", Now), "one", Now);
        Assert.False(resumed.IsOver);
        Assert.Equal("again", resumed.Step!.Name);
        Assert.False(resumed.Inside);
    }

    [Fact]
    public void Edge_between_steps_is_kept() => Assert.Same(AtAgain, Resumption.Resume(AtAgain, "two", Now));

    [Fact]
    public void Reboot_is_complete_in_another_boot()
    {
        var resumed = Resumption.Resume(AtReboot.Entered("one", Now), "two", Now);
        Assert.Equal(RunPhase.StepCompleted, resumed.Progress.Phase);
        Assert.Null(resumed.Step);
    }

    [Theory]
    [InlineData("one")]
    [InlineData(HostBoot.Unknown)]
    public void Reboot_is_not_complete_without_proof_of_another_boot(string boot) =>
        Assert.Equal(RunPhase.Unknown, Resumption.Resume(AtReboot.Entered("one", Now), boot, Now).Progress.Phase);

    [Fact]
    public void Granted_restart_of_a_fleet_lock_client_is_waited_for_until_the_boot_is_another()
    {
        var procedure = Procedure with { Steps = [Procedure.Steps[2] with { FleetLock = true }] };
        var granted = RunRecord.Accepted(SchedulerKey.Permit(procedure, "nonce"), procedure, Now).Entered("one", Now);
        Assert.Same(granted, Resumption.Resume(granted, "one", Now));
        Assert.Equal(RunPhase.StepCompleted, Resumption.Resume(granted, "two", Now).Progress.Phase);
    }

    [Fact]
    public void Rollback_step_that_was_cut_off_leaves_the_outcome_unknown() =>
        Assert.Equal(RunPhase.Unknown, Resumption.Resume(AtReboot.TurnedBack("why", Now).Entered("one", Now), "one", Now).Progress.Phase);

    [Fact]
    public void Ended_run_stays_as_it_is()
    {
        var ended = AtReboot.Ended(RunPhase.Succeeded, Now, "");
        Assert.Same(ended, Resumption.Resume(ended, "two", Now));
    }

    [Fact]
    public void Rollback_leaves_out_what_never_started()
    {
        Assert.Empty(Accepted.TurnedBack("why", Now).Undo);
        Assert.Equal(["undo-any"], Accepted.Entered("one", Now).TurnedBack("why", Now).Undo.Select(step => step.Name));
        Assert.Equal(["undo-again", "undo-any"], AtAgain.Entered("one", Now).TurnedBack("why", Now).Undo.Select(step => step.Name));
    }

    [Fact]
    public void Sequence_rises_by_one_with_each_change()
    {
        RunRecord[] course = [Accepted, Accepted.Entered("one", Now), AtAgain, AtAgain.Entered("one", Now), AtReboot, AtReboot.Awaiting(Now)];
        Assert.Equal([1, 2, 3, 4, 5, 6], course.Select(run => run.Progress.Sequence));
    }
}
