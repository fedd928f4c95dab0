using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Continuity;

public sealed class ContinuityFoldTests
{
    private const uint Overflow = 0x480;

    private readonly FoldFixture fixture = new();

    [Fact]
    public void New_source_is_not_monitored_until_its_first_value()
    {
        fixture.Read(0, 300);
        fixture.Tell(ContinuityEventKind.Evidence, 300);
        Assert.Equal([(GapCause.ConfiguredNotMonitored, 0, 300, GapRepair.None)], fixture.GapsOf(0));
        Assert.Equal([(GapCause.ConfiguredNotMonitored, 0, null, GapRepair.None)], fixture.GapsOf(1));
        Assert.Equal(FoldFixture.At(300), fixture.Fold.ProvenUntil(0));
    }

    [Fact]
    [Trait("Req", "GatewayDown")]
    public void Source_of_an_earlier_process_was_down_from_where_that_proved_it_to_the_first_evidence()
    {
        var restarted = new FoldFixture(source => source == 0 ? FoldFixture.At(-5000) : null);
        restarted.StartAll(700);
        Assert.Equal([(GapCause.GatewayDown, -5000, 700, GapRepair.None)], restarted.GapsOf(0));
    }

    [Fact]
    public void Silence_with_keep_alives_is_no_gap()
    {
        fixture.StartAll(100);
        for (var at = 2100; at < 60_000; at += 2000)
        {
            fixture.Tell(ContinuityEventKind.Evidence, at);
            fixture.Tell(ContinuityEventKind.Tick, at + 10);
        }

        Assert.Single(fixture.GapsOf(0));
    }

    [Fact]
    [Trait("Req", "Unknown within 1.5 × keep-alive")]
    public void Silence_of_one_and_a_half_keep_alives_is_a_gap_since_the_last_message()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.Tick, 4000);
        Assert.Single(fixture.GapsOf(0));
        fixture.Tell(ContinuityEventKind.Tick, 4001);
        Assert.Equal((GapCause.KeepAliveLate, 1000, null, GapRepair.None), fixture.GapsOf(0)[1]);
        fixture.Tell(ContinuityEventKind.Evidence, 9000);
        Assert.Equal((GapCause.KeepAliveLate, 1000, 9000, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "ConnectionLost")]
    public void Lost_connection_is_a_gap_of_its_subscription_only_and_republish_repairs_it()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 1800);
        Assert.Equal((GapCause.ConnectionLost, 1000, null, GapRepair.None), fixture.GapsOf(1)[1]);
        Assert.Single(fixture.GapsOf(2));
        fixture.Tell(ContinuityEventKind.Republished, 2500);
        Assert.Null(fixture.GapsOf(1)[1].End);
        fixture.Tell(ContinuityEventKind.RecoveredByRepublish, 2600);
        Assert.Equal((GapCause.ConnectionLost, 1000, 2600, GapRepair.Republished), fixture.GapsOf(1)[1]);
    }

    [Fact]
    public void Recovery_repairs_nothing_when_notifications_were_lost_in_it()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 1800);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 2500);
        fixture.Tell(ContinuityEventKind.RecoveredByTransfer, 2600);
        Assert.Equal((GapCause.ConnectionLost, 1000, 2600, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    public void Subscription_made_anew_leaves_each_source_in_its_gap_until_its_own_first_value()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 1800);
        fixture.Tell(ContinuityEventKind.Recreated, 5000);
        fixture.Read(0, 5100);
        fixture.Tell(ContinuityEventKind.Evidence, 5100);
        fixture.Read(1, 5900);
        Assert.Equal((GapCause.ConnectionLost, 1000, 5100, GapRepair.None), fixture.GapsOf(0)[1]);
        Assert.Equal((GapCause.ConnectionLost, 1000, 5900, GapRepair.None), fixture.GapsOf(1)[1]);
    }

    [Fact]
    [Trait("Req", "SequenceMissing")]
    public void Lost_notifications_are_a_gap_from_the_last_message_to_the_next()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 2000);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        Assert.Equal((GapCause.SequenceMissing, 1000, 2000, GapRepair.None), fixture.GapsOf(1)[1]);
    }

    [Fact]
    [Trait("Req", "BadQuality")]
    public void Quality_ends_and_begins_where_the_source_says_when_that_fits_between_the_messages()
    {
        fixture.StartAll(1000);
        fixture.Read(0, 2000, StatusCodes.BadNoCommunication, sourceTime: 1600);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        fixture.Read(0, 4000, StatusCodes.Good, sourceTime: 3700);
        Assert.Equal((GapCause.BadQuality, 1600, 3700, GapRepair.None), fixture.GapsOf(0)[1]);
        Assert.Single(fixture.GapsOf(1));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(9000)]
    [InlineData(null)]
    public void Quality_without_a_believable_source_time_leaves_the_longest_gap(int? sourceTime)
    {
        fixture.StartAll(1000);
        fixture.Read(0, 2000, StatusCodes.UncertainLastUsableValue, sourceTime);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        fixture.Read(0, 4000, StatusCodes.Good, sourceTime is 9000 ? 9000 : sourceTime);
        Assert.Equal((GapCause.UncertainQuality, 1000, 4000, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "QueueOverflow")]
    public void Overflow_is_a_gap_since_the_last_message()
    {
        fixture.StartAll(1000);
        fixture.Read(0, 2000, Overflow, sourceTime: 1900);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        Assert.Equal((GapCause.QueueOverflow, 1000, 1900, GapRepair.None), fixture.GapsOf(0)[1]);
        Assert.Null(fixture.Fold[0].Open);
    }

    [Fact]
    [Trait("Req", "QueueOverflow")]
    public void Overflow_in_the_second_message_of_several_is_a_gap_since_the_last_that_told_all()
    {
        fixture.StartAll(1000);
        fixture.Read(0, 2000, Overflow, sourceTime: 1900);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(1990), MoreFollow = true }, 2000);
        fixture.Read(1, 2001, Overflow, sourceTime: 1900);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(1991) }, 2001);
        Assert.Equal((GapCause.QueueOverflow, 1000, 1900, GapRepair.None), fixture.GapsOf(0)[1]);
        Assert.Equal((GapCause.QueueOverflow, 1000, 1900, GapRepair.None), fixture.GapsOf(1)[1]);
        Assert.Equal(FoldFixture.At(2001), fixture.Fold.ProvenUntil(1));
    }

    [Fact]
    [Trait("Req", "ConnectionLost")]
    public void Message_whose_rest_never_comes_proves_nothing_but_that_the_subscription_lives()
    {
        fixture.StartAll(1000);
        for (var at = 2000; at <= 9000; at += 1000)
        {
            fixture.Read(0, at, sourceTime: at - 10);
            fixture.Apply(new ContinuityEvent(ContinuityEventKind.Evidence) { Published = FoldFixture.At(at), MoreFollow = true }, at);
            fixture.Apply(new ContinuityEvent(ContinuityEventKind.Tick), at + 500);
        }

        Assert.Null(fixture.Fold[1].Open);
        Assert.Equal(FoldFixture.At(1000), fixture.Fold.ProvenUntil(1));
        fixture.Tell(ContinuityEventKind.ConnectionLost, 9600);
        fixture.Tell(ContinuityEventKind.Recreated, 10_000);
        Assert.Equal((GapCause.ConnectionLost, 1000, null, GapRepair.None), fixture.GapsOf(1)[^1]);
    }

    [Fact]
    [Trait("Req", "ConfiguredNotMonitored")]
    public void Rejected_item_is_a_gap_of_that_source_only()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ItemRejected, 1500, source: 1);
        Assert.Equal((GapCause.ConfiguredNotMonitored, 1500, null, GapRepair.None), fixture.GapsOf(1)[1]);
        Assert.Single(fixture.GapsOf(0));
    }

    [Fact]
    public void Rejected_item_stays_so_whatever_happens_to_its_subscription()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ItemRejected, 1500, source: 1);
        fixture.Tell(ContinuityEventKind.ConnectionLost, 2000);
        fixture.Tell(ContinuityEventKind.Recreated, 3000);
        fixture.Read(0, 3100);
        fixture.Tell(ContinuityEventKind.Evidence, 3100);
        Assert.Equal((GapCause.ConfiguredNotMonitored, 1500, null, GapRepair.None), fixture.GapsOf(1)[^1]);
        fixture.Read(1, 4000);
        Assert.Equal(4000, fixture.GapsOf(1)[^1].End);
    }

    [Fact]
    [Trait("Req", "ServerNotRunning")]
    public void Server_that_does_not_run_dooms_all_its_sources_and_no_others()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ServerNotRunning, 1500);
        fixture.Tell(ContinuityEventKind.ServerRunning, 1900);
        Assert.Equal((GapCause.ServerNotRunning, 1000, 1900, GapRepair.None), fixture.GapsOf(3)[1]);
        Assert.Single(fixture.GapsOf(4));
    }

    [Fact]
    public void Server_missing_at_the_start_takes_the_blame_from_the_first_failed_connection_on()
    {
        fixture.Tell(ContinuityEventKind.ServerUnreachable, 400, server: 1);
        fixture.Read(4, 3000);
        fixture.Tell(ContinuityEventKind.Evidence, 3000, subscription: 2);
        Assert.Equal([(GapCause.ConfiguredNotMonitored, 0, 400, GapRepair.None), (GapCause.ConnectionLost, 400, 3000, GapRepair.None)], fixture.GapsOf(4));
    }

    [Fact]
    [Trait("Req", "JournalFull")]
    public void Full_journal_dooms_everything_since_the_last_commit()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        fixture.Apply(new ContinuityEvent(ContinuityEventKind.JournalFull) { SourceTime = FoldFixture.At(1500) }, 2500);
        fixture.Tell(ContinuityEventKind.Evidence, 3000);
        fixture.Tell(ContinuityEventKind.JournalWritable, 4000);
        Assert.Equal((GapCause.JournalFull, 1500, 4000, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "ClockStep")]
    public void Clock_set_forward_skips_time_that_nobody_watched()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.ClockSetForward, 61_000);
        Assert.Equal((GapCause.ClockStep, 1000, 61_000, GapRepair.None), fixture.GapsOf(0)[1]);
        fixture.Tell(ContinuityEventKind.Tick, 61_100);
        Assert.Equal(2, fixture.GapsOf(0).Length);
    }

    [Fact]
    [Trait("Req", "ClockStep")]
    public void Clock_set_back_is_a_gap_until_time_has_caught_up()
    {
        fixture.StartAll(10_000);
        fixture.Tell(ContinuityEventKind.ClockSetBack, 4000);
        fixture.Tell(ContinuityEventKind.Evidence, 5000);
        Assert.Equal(GapCause.ClockStep, fixture.Fold[0].Open);
        fixture.Tell(ContinuityEventKind.Evidence, 10_200);
        Assert.Equal((GapCause.ClockStep, 10_000, 10_200, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "SourceFrozen")]
    public void Source_that_declares_its_longest_silence_is_frozen_after_it()
    {
        fixture.StartAll(1000);
        for (var at = 2000; at <= 12_000; at += 1000)
        {
            fixture.Tell(ContinuityEventKind.Evidence, at);
            fixture.Tell(ContinuityEventKind.Tick, at);
        }

        Assert.Equal((GapCause.SourceFrozen, 11_000, null, GapRepair.None), fixture.GapsOf(1)[1]);
        Assert.Single(fixture.GapsOf(0));
    }

    [Fact]
    public void Evidence_reaches_no_further_than_its_own_arrival_even_when_it_is_taken_in_late()
    {
        fixture.StartAll(1000);
        fixture.Tell(ContinuityEventKind.Tick, 3000);
        fixture.Tell(ContinuityEventKind.Evidence, 2000);
        Assert.Equal(FoldFixture.At(2000), fixture.Fold.ProvenUntil(0));
    }

    [Fact]
    [Trait("Req", "KeepAliveLate")]
    public void Messages_that_were_only_late_repair_the_silence_once_they_have_caught_up()
    {
        Late(4001, published: null);
        // Sent each second, held up on the way, let through together.
        for (var sent = 2000; sent < 8000; sent += 1000)
        {
            fixture.Apply(Sent(sent), 8000 + (sent / 1000));
            Assert.Equal(sent < 6000 ? GapCause.KeepAliveLate : null, fixture.Fold[0].Open);
        }

        Assert.Equal((GapCause.KeepAliveLate, 1000, 8006, GapRepair.ArrivedLate), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "KeepAliveLate")]
    public void Server_that_sent_nothing_for_too_long_repairs_nothing()
    {
        Late(4001, published: null);
        fixture.Apply(Sent(7900), 8000);
        Assert.Equal((GapCause.KeepAliveLate, 1000, 8000, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "KeepAliveLate")]
    public void Server_whose_clock_stood_still_with_it_is_not_taken_for_late()
    {
        Late(4001, published: null);
        fixture.Apply(Sent(2000), 60_000);
        Assert.Equal(GapCause.KeepAliveLate, fixture.Fold[0].Open);
        fixture.Apply(Sent(4000), 62_000);
        Assert.Equal((GapCause.KeepAliveLate, 1000, 62_000, GapRepair.None), fixture.GapsOf(0)[1]);
    }

    [Fact]
    [Trait("Req", "KeepAliveLate")]
    public void Lost_notifications_and_a_clock_that_was_set_spoil_the_proof_that_messages_were_only_late()
    {
        Late(4001, published: null);
        fixture.Tell(ContinuityEventKind.NotificationsLost, 5000);
        fixture.Apply(Sent(2000), 5001);
        Assert.Equal((GapCause.KeepAliveLate, 1000, 5001, GapRepair.None), fixture.GapsOf(0)[1]);
        Late(9000, published: 5000);
        fixture.Tell(ContinuityEventKind.ClockSetForward, 9100);
        fixture.Apply(Sent(6000), 9200);
        Assert.Equal(GapRepair.None, fixture.GapsOf(0)[^1].Repair);
    }

    [Fact]
    [Trait("Req", "ConfigurationChange")]
    public void Source_that_was_monitored_differently_before_says_so_until_its_first_value()
    {
        var restarted = new FoldFixture(_ => FoldFixture.At(-5000), source => source == 0);
        restarted.Tell(ContinuityEventKind.Recreated, 100);
        restarted.StartAll(700);
        Assert.Equal([(GapCause.ConfigurationChange, -5000, 700, GapRepair.None)], restarted.GapsOf(0));
        Assert.Equal([(GapCause.GatewayDown, -5000, 700, GapRepair.None)], restarted.GapsOf(1));
    }

    private static ContinuityEvent Sent(long at) => new(ContinuityEventKind.Evidence) { Subscription = 0, Published = FoldFixture.At(at) };

    /// <summary>Everything proven at 1000, or by a message of that time, and silent until now.</summary>
    private void Late(long noticed, long? published)
    {
        if (published is null)
            fixture.StartAll(1000);
        fixture.Apply(Sent(published ?? 1000), published ?? 1000);
        fixture.Tell(ContinuityEventKind.Tick, noticed);
        Assert.Equal(GapCause.KeepAliveLate, fixture.Fold[0].Open);
    }
}
