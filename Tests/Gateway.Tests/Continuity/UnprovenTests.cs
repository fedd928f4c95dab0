using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Continuity;

/// <summary>What looks like evidence, or like its absence, and is not. Each was found by a scenario that compared the record with what had happened.</summary>
[Trait("Req", "Every moment is accounted for")]
public sealed class UnprovenTests
{
    private const uint Overflow = 0x480;

    private readonly FoldFixture fixture = new();

    public UnprovenTests() => fixture.StartAll(100);

    [Fact]
    public void Subscription_created_anew_is_not_late_for_the_silence_of_the_one_before()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.Recreated, 20_000);
        fixture.Tell(ContinuityEventKind.Tick, 20_200);
        fixture.Read(0, 20_500);
        Assert.Equal((GapCause.ConnectionLost, 100, 20_500, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Queue_that_overflowed_while_the_connection_was_away_takes_the_repair_back()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.Republished), fixture.GapsOf(0)[^1]);
        fixture.Read(0, 4_300, Overflow, sourceTime: 3_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.None), fixture.GapsOf(0)[^1]);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.Republished), fixture.GapsOf(1)[^1]);
    }

    [Fact]
    public void Queue_that_overflowed_in_an_open_gap_leaves_it_without_repair()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Read(0, 4_000, Overflow, sourceTime: 3_000);
        fixture.Tell(ContinuityEventKind.RecoveredByTransfer, 4_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Overflow_after_another_message_is_a_gap_of_its_own()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        fixture.Tell(ContinuityEventKind.Evidence, 4_500);
        fixture.Read(0, 5_000, Overflow, sourceTime: 4_800);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.Republished), (GapCause.QueueOverflow, 4_500, 4_800, GapRepair.None)], fixture.GapsOf(0)[^2..]);
    }

    [Fact]
    public void Time_after_the_last_message_before_a_step_belongs_to_the_step()
    {
        fixture.Tell(ContinuityEventKind.Tick, 900);
        fixture.Tell(ContinuityEventKind.ClockSetForward, 60_000);
        Assert.Equal((GapCause.ClockStep, 100, 60_000, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Source_is_not_frozen_for_being_silent_while_nobody_could_hear_it_or_in_time_that_was_skipped()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.Tick, 12_000);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 15_000);
        fixture.Tell(ContinuityEventKind.Tick, 15_200);
        fixture.Read(1, 15_500);
        fixture.Tell(ContinuityEventKind.Evidence, 15_500);
        fixture.Tell(ContinuityEventKind.ClockSetForward, 60_000);
        fixture.Tell(ContinuityEventKind.Tick, 60_200);
        Assert.DoesNotContain(fixture.GapsOf(1), gap => gap.Cause == GapCause.SourceFrozen);
        fixture.Tell(ContinuityEventKind.Tick, 72_000);
        Assert.DoesNotContain(fixture.GapsOf(1), gap => gap.Cause == GapCause.SourceFrozen && gap.Start < 60_000);
    }
}
