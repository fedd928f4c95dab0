using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Types;
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

    [Fact]
    public void Messages_missing_right_after_a_recovery_take_the_repair_back()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByTransfer, 4_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.Transferred), fixture.GapsOf(0)[^1]);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 4_400);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.None), (GapCause.SequenceMissing, 4_000, null, GapRepair.None)], fixture.GapsOf(0)[^2..]);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.None), fixture.GapsOf(1)[^2]);
        Assert.Single(fixture.GapsOf(2));
    }

    [Fact]
    public void Messages_missing_after_another_message_leave_the_repair_as_it_was()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByTransfer, 4_000);
        fixture.Tell(ContinuityEventKind.Evidence, 4_200);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 4_400);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.Transferred), (GapCause.SequenceMissing, 4_200, null, GapRepair.None)], fixture.GapsOf(0)[^2..]);
    }

    [Fact]
    public void Messages_missing_after_a_second_break_take_both_repairs_back_when_none_came_between()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 4_100);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 6_000);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 6_000);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.None), (GapCause.ConnectionLost, 4_000, 6_000, GapRepair.None)], fixture.GapsOf(0)[^2..]);
    }

    [Fact]
    public void Repair_that_no_message_confirmed_is_taken_back_by_the_next_one()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 4_000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 4_100);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 6_000);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.None), (GapCause.ConnectionLost, 4_000, 6_000, GapRepair.Republished)], fixture.GapsOf(0)[^2..]);
    }

    [Fact]
    public void Silence_counts_only_up_to_the_last_message_whatever_the_clock_says()
    {
        Prove(until: 10_000);
        fixture.Tell(ContinuityEventKind.Tick, 10_200);
        Assert.Single(fixture.GapsOf(1));
        fixture.Tell(ContinuityEventKind.ConnectionLost, 10_300);
        fixture.Tell(ContinuityEventKind.Tick, 13_000);
        Assert.Equal((GapCause.ConnectionLost, 10_000, null, GapRepair.None), fixture.GapsOf(1)[^1]);
    }

    [Fact]
    public void Silence_that_a_message_had_proven_before_the_connection_went_is_told()
    {
        Prove(until: 10_150);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 10_160);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 12_000);
        Assert.Equal(
            [(GapCause.SourceFrozen, 10_100, 10_150, GapRepair.None), (GapCause.ConnectionLost, 10_150, 12_000, GapRepair.Republished), (GapCause.SourceFrozen, 12_000, null, GapRepair.None)],
            fixture.GapsOf(1)[^3..]);
    }

    [Fact]
    public void Subscription_created_anew_does_not_rename_the_gap_that_was_told_before_it()
    {
        fixture.Tell(ContinuityEventKind.ServerNotRunning, 500);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 600);
        fixture.Tell(ContinuityEventKind.Recreated, 5_000);
        fixture.Tell(ContinuityEventKind.ServerRunning, 5_800);
        fixture.Read(0, 6_000);
        Assert.Equal(
            [(GapCause.ConnectionLost, 100, 5_000, GapRepair.None), (GapCause.ServerNotRunning, 5_000, 5_800, GapRepair.None), (GapCause.ConnectionLost, 5_800, 6_000, GapRepair.None)],
            fixture.GapsOf(0)[^3..]);
    }

    [Theory]
    [InlineData(995, 995)]
    [InlineData(985, 1_990)]
    [InlineData(null, 1_990)]
    public void Change_that_the_server_stamped_after_it_sent_the_message_before_is_believed_though_that_was_still_on_its_way(int? stamped, long end)
    {
        // Sent at 990 by the server's clock, which is right, and twenty milliseconds on its way.
        fixture.Read(0, 500, StatusCodes.BadNoCommunication, sourceTime: 400);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(990) }, 1_010);
        fixture.Apply(
            new ContinuityEvent(ContinuityEventKind.Reading) { SourceTime = stamped is { } time ? FoldFixture.At(time) : null, Published = stamped is { } same ? FoldFixture.At(same) : null }, 1_990);
        Assert.Equal((GapCause.BadQuality, 400, end, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Values_dropped_while_messages_were_held_up_are_missing_from_where_the_one_before_was_sent()
    {
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(1_000) }, 1_010);
        // Sent at 2000 and 3000, held up on the way, let through together.
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(2_000) }, 3_500);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Reading) { Status = Overflow, SourceTime = FoldFixture.At(2_400), Published = FoldFixture.At(2_400) }, 3_510);
        Assert.Equal((GapCause.QueueOverflow, 2_000, 2_400, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    /// <summary>Messages without values, one each second, up to a last one.</summary>
    private void Prove(long until)
    {
        for (var at = 1_000L; at < until; at += 1_000)
        {
            fixture.Tell(ContinuityEventKind.Evidence, at);
            fixture.Tell(ContinuityEventKind.Tick, at);
        }

        fixture.Tell(ContinuityEventKind.Evidence, until);
    }
}
