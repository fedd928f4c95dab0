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
    public void Message_that_was_in_hand_when_the_connection_broke_does_not_end_the_break()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        // It waited for another one, which was asked for; the next connection had that, and both are handed over.
        fixture.Tell(ContinuityEventKind.Republished, 4_000);
        fixture.Tell(ContinuityEventKind.Evidence, 450);
        Assert.Equal(GapCause.ConnectionLost, fixture.Fold[0].Open);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 4_100);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_100, GapRepair.Republished), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Message_that_was_asked_for_in_a_silence_proves_the_past_only()
    {
        fixture.Tell(ContinuityEventKind.Late, 3_200);
        fixture.Tell(ContinuityEventKind.Republished, 3_300);
        Assert.Equal(GapCause.KeepAliveLate, fixture.Fold[0].Open);
        fixture.Tell(ContinuityEventKind.Evidence, 5_000);
        Assert.Equal((GapCause.KeepAliveLate, 100, 5_000, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Subscription_that_is_in_place_after_a_break_without_a_recovery_is_believed_again()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Fold.SetKeepAlive(0, TimeSpan.FromSeconds(2));
        fixture.Tell(ContinuityEventKind.Evidence, 4_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 4_000, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Queue_that_is_gone_with_its_subscription_before_a_message_brought_it_takes_the_repair_back()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.RecoveredByTransfer, 4_000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 4_100);
        fixture.Tell(ContinuityEventKind.Recreated, 9_000);
        Assert.Equal([(GapCause.ConnectionLost, 100, 4_000, GapRepair.None), (GapCause.ConnectionLost, 4_000, null, GapRepair.None)], fixture.GapsOf(0)[^2..]);
    }

    [Fact]
    public void Break_over_which_the_subscription_was_made_anew_is_not_repaired_by_a_later_recovery()
    {
        fixture.Tell(ContinuityEventKind.ConnectionLost, 500);
        fixture.Tell(ContinuityEventKind.Recreated, 4_000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 4_010);
        fixture.Read(0, 5_990);
        fixture.Tell(ContinuityEventKind.Republished, 5_990);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 6_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 6_000, GapRepair.None), fixture.GapsOf(0)[^1]);
        fixture.Read(1, 7_000);
        Assert.Equal((GapCause.ConnectionLost, 100, 7_000, GapRepair.None), fixture.GapsOf(1)[^1]);
    }

    [Fact]
    public void Server_that_was_missing_at_the_start_is_not_repaired_by_a_recovery_before_the_first_value()
    {
        var started = new FoldFixture();
        started.Tell(ContinuityEventKind.ServerUnreachable, 400);
        started.Fold.SetKeepAlive(0, TimeSpan.FromSeconds(2));
        started.Tell(ContinuityEventKind.ConnectionLost, 3_000);
        started.Read(0, 5_000);
        started.Tell(ContinuityEventKind.RecoveredByRepublish, 5_010);
        Assert.Equal((GapCause.ConnectionLost, 400, 5_010, GapRepair.None), started.GapsOf(0)[^1]);
    }

    [Fact]
    public void Values_dropped_in_a_silence_that_arrived_late_take_its_repair_back_though_other_messages_came_before()
    {
        Held(published: 1_000, arrived: 1_010);
        fixture.Tell(ContinuityEventKind.Late, 4_011);
        // Sent each second, held up on the way, let through together.
        for (var sent = 2_000; sent <= 5_000; sent += 1_000)
            Held(sent, 5_500 + (sent / 1_000));
        Assert.Equal(GapRepair.ArrivedLate, fixture.GapsOf(0)[^1].Repair);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Reading) { Status = Overflow, SourceTime = FoldFixture.At(5_200), Published = FoldFixture.At(5_200) }, 5_510);
        Assert.Equal((GapCause.KeepAliveLate, 1_010, GapRepair.None), (fixture.GapsOf(0)[^1].Cause, fixture.GapsOf(0)[^1].Start, fixture.GapsOf(0)[^1].Repair));
    }

    [Theory]
    [InlineData(2_000, 2_000)]
    [InlineData(-1_500, 3_500)]
    [InlineData(4_000, 3_500)]
    [InlineData(null, 3_500)]
    public void Messages_missing_among_those_that_were_held_up_are_missing_from_where_the_one_before_was_sent(int? sent, long start)
    {
        Held(published: 1_000, arrived: 1_010);
        Held(published: 2_000, arrived: 3_500);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.NotificationsLost) { SourceTime = sent is { } at ? FoldFixture.At(at) : null }, 3_520);
        fixture.Tell(ContinuityEventKind.Evidence, 3_510);
        Assert.Equal((GapCause.SequenceMissing, start, 3_510, GapRepair.None), fixture.GapsOf(0)[^1]);
    }

    [Fact]
    public void Messages_missing_among_those_that_arrived_late_take_the_repair_back()
    {
        Held(published: 1_000, arrived: 1_010);
        fixture.Tell(ContinuityEventKind.Late, 4_011);
        for (var sent = 2_000; sent <= 5_000; sent += 1_000)
            Held(sent, 5_500 + (sent / 1_000));
        fixture.Tell(ContinuityEventKind.NotificationsLost, 5_506);
        Assert.Equal((GapCause.KeepAliveLate, GapRepair.None), (fixture.GapsOf(0)[^2].Cause, fixture.GapsOf(0)[^2].Repair));
    }

    [Fact]
    public void Messages_missing_after_those_that_arrived_late_leave_the_repair_as_it_was()
    {
        Held(published: 1_000, arrived: 1_010);
        fixture.Tell(ContinuityEventKind.Late, 4_011);
        for (var sent = 2_000; sent <= 5_000; sent += 1_000)
            Held(sent, 5_500 + (sent / 1_000));
        Held(published: 6_000, arrived: 6_010);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 7_010);
        Assert.Equal((GapCause.KeepAliveLate, GapRepair.ArrivedLate), (fixture.GapsOf(0)[^2].Cause, fixture.GapsOf(0)[^2].Repair));
    }

    [Fact]
    public void Doubt_that_was_over_before_a_gap_ended_is_not_told_after_it()
    {
        Held(published: 1_000, arrived: 1_010);
        fixture.Tell(ContinuityEventKind.Late, 4_011);
        // Uncertain at 2200, good again at 4600; the message that ends the silence was sent at 4500.
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Reading) { Status = StatusCodes.UncertainLastUsableValue, SourceTime = FoldFixture.At(2_200), Published = FoldFixture.At(2_200) }, 5_503);
        Held(published: 3_500, arrived: 5_503);
        Held(published: 4_500, arrived: 5_504);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Reading) { SourceTime = FoldFixture.At(4_600), Published = FoldFixture.At(4_600) }, 5_506);
        Assert.Null(fixture.Fold[0].Open);
        Assert.DoesNotContain(fixture.GapsOf(0), gap => gap.Cause == GapCause.UncertainQuality && gap.End != gap.Start);
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

    private void Held(long published, long arrived) =>
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(published) }, arrived);

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
