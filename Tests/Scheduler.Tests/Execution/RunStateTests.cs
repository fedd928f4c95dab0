using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Tests.Execution;

public sealed class RunStateTests
{
    public static TheoryData<RunState, RunPhase, bool> Everything =>
        [.. from state in Enum.GetValues<RunState>() from phase in Enum.GetValues<RunPhase>() from unsure in new[] { false, true } select (state, phase, unsure)];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Progress_never_leads_to_a_move_that_is_not_allowed(RunState state, RunPhase phase, bool unsure)
    {
        if (ProgressIntake.Next(state, phase, unsure) is { } next)
            Assert.True(RunStates.Allows(state, next), $"{state} with {phase} leads to {next}");
    }

    [Theory]
    [InlineData(RunState.Released, RunPhase.Accepted, RunState.Executing)]
    [InlineData(RunState.Released, RunPhase.StepCompleted, RunState.Executing)]
    [InlineData(RunState.Released, RunPhase.Refused, RunState.Expired)]
    [InlineData(RunState.Executing, RunPhase.Succeeded, RunState.Verifying)]
    [InlineData(RunState.Executing, RunPhase.RolledBack, RunState.Aborted)]
    [InlineData(RunState.Executing, RunPhase.Unknown, RunState.Quarantined)]
    [InlineData(RunState.Expired, RunPhase.Accepted, RunState.Quarantined)]
    [InlineData(RunState.Quarantined, RunPhase.Succeeded, RunState.Verifying)]
    public void Progress_leads_where_release_says(RunState state, RunPhase phase, RunState next) =>
        Assert.Equal(next, ProgressIntake.Next(state, phase, agentWasUnsure: false));

    [Theory]
    [InlineData(RunState.Executing)]
    [InlineData(RunState.Verifying)]
    [InlineData(RunState.Done)]
    public void Refusal_of_a_permit_sent_again_changes_nothing(RunState state) =>
        Assert.Null(ProgressIntake.Next(state, RunPhase.Refused, agentWasUnsure: false));

    [Fact]
    public void Agent_that_did_not_know_the_outcome_cannot_settle_it() =>
        Assert.Null(ProgressIntake.Next(RunState.Quarantined, RunPhase.Succeeded, agentWasUnsure: true));

    [Fact]
    [Trait("Req", "I8")]
    public void Nothing_leads_back_into_a_release()
    {
        // Held has no permit yet: it is the one that may wait again, with a higher token.
        foreach (var from in Enum.GetValues<RunState>().Where(state => state.IsFinal || (state.Occupies && state != RunState.Held)))
            Assert.False(RunStates.Allows(from, RunState.Armed), $"{from} leads back to Armed");
    }

    [Fact]
    [Trait("Req", "I2")]
    public void Nothing_is_released_but_from_held() =>
        Assert.Equal([RunState.Held], Enum.GetValues<RunState>().Where(from => RunStates.Allows(from, RunState.Released)));

    [Fact]
    public void Every_state_that_may_act_occupies() =>
        Assert.All(Enum.GetValues<RunState>().Where(state => state.MayAct), state => Assert.True(state.Occupies));
}
