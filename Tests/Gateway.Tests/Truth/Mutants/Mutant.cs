namespace PatchEdge.Gateway.Tests.Truth.Mutants;

/// <summary>A small fault of the continuity engine, as an edit of its source that takes effect only while it is on.</summary>
/// <param name="Name">What the engine then does.</param>
/// <param name="File">Below Gateway/Continuity.</param>
/// <param name="Original">Occurs there once.</param>
/// <param name="Faulty">Stands for it; <c>ON</c> is true while the fault is on.</param>
internal sealed record Mutant(string Name, string File, string Original, string Faulty)
{
    /// <summary>The unit test that sees it, by class and method, where no scenario can; null for all others.</summary>
    public string? UnitTest { get; init; }

    private const string Fold = "ContinuityFold.cs";
    private const string Events = "ContinuityFold.Events.cs";
    private const string Stage = "Stage/ContinuityStage.cs";
    private const string Revision = "ContinuityFold.Revision.cs";

    public static readonly Mutant[] All =
    [
        new("overflow unseen", Events, "        if (reading.Status.HasOverflow &&", "        if (!ON && reading.Status.HasOverflow &&"),
        new("lost notifications untold", Fold, "Break(change.Subscription, GapCause.SequenceMissing,", "if (!ON) Break(change.Subscription, GapCause.SequenceMissing,"),
        new("republished proves the present", Fold, "if (subscriptions[change.Subscription].Broken is null)", "if (ON || subscriptions[change.Subscription].Broken is null)"),
        new("uncertain taken for good", Events, "status.IsGood ? null : status.IsUncertain", "status.IsGood || (ON && status.IsUncertain) ? null : status.IsUncertain"),
        new("gap starts when noticed", Events, "var from = subscription.Proven ?? noticed;\n        SettleSubscription(index, sent <", "var from = ON ? noticed : subscription.Proven ?? noticed;\n        SettleSubscription(index, sent <"),
        new("loss starts when the message before arrived", Events, "SettleSubscription(index, sent < from &&", "SettleSubscription(index, !ON && sent < from &&"),
        new("gap ends a keep-alive early", Fold, "at = Moment.Later(at, source.GapStart);", "at = Moment.Later(ON ? at - subscriptions[map.Sources[index].Subscription].KeepAlive : at, source.GapStart);"),
        new("server before subscription", Fold, ": subscriptions[map.Sources[index].Subscription].Broken", ": ON && serverNotRunning[place.Server] ? GapCause.ServerNotRunning : subscriptions[map.Sources[index].Subscription].Broken"),
        new("values before subscription", Fold, ": subscriptions[map.Sources[index].Subscription].Broken", ": ON && source is { Own: { } own, Awaiting: false } ? own : subscriptions[map.Sources[index].Subscription].Broken"),
        new("unattested counts as observed", "Report/SourceAccount.cs", "return isAttested ? null : unattested;", "return isAttested || ON ? null : unattested;"),
        new("late word of a hung server repairs", Events, "&& subscription.Broken is GapCause.ConnectionLost;", "&& (ON || subscription.Broken is GapCause.ConnectionLost);"),
        new("loss within a break repairs", Events, "var repaired = !subscription.Unrepairable &&", "var repaired = (ON || !subscription.Unrepairable) &&"),
        new("repair kept though the queue overflowed", "ContinuityFold.Repairs.cs", "TakeBackRepair(index, QueueOverflowed, changes);", "if (!ON) TakeBackRepair(index, QueueOverflowed, changes);"),
        new("repair kept though messages are missing", Fold, "TakeBackRepairs(change.Subscription, change.Detail, changes);", "if (!ON) TakeBackRepairs(change.Subscription, change.Detail, changes);"),
        new("new subscription proven by its first message", Events, "            state.Awaiting = true;\n            state.Own = cause;\n        }\n\n        Mend", "            state.Awaiting = !ON;\n            state.Own = ON ? null : cause;\n        }\n\n        Mend"),
        new("new subscription late at once", Events, "subscription.Proven = Moment.Later(from, noticed);", "subscription.Proven = ON ? from : Moment.Later(from, noticed);"),
        new("new subscription renames the gap", Events, "var begins = subscription.Broken is null ?", "var begins = ON || subscription.Broken is null ?"),
        new("silence counted while blind", Events, "            if (map.Sources[source].LongestSilence is { } longest)", "            if (!ON && map.Sources[source].LongestSilence is { } longest)"),
        new("silence judged while blind", Events, "is not { Broken: null, Proven: { } proven } ||", "is not { Proven: { } proven } || (!ON && subscriptions[map.Sources[index].Subscription].Broken is not null) ||") { UnitTest = "RevisionTests.Silence_before_a_break_is_not_judged_by_a_plant_file_from_within_it" },
        new("silence judged by the clock", Events, "|| proven - source.LastReading <= longest)", "|| (ON ? Now : proven) - source.LastReading <= longest)") { UnitTest = "UnprovenTests.Silence_counts_only_up_to_the_last_message_whatever_the_clock_says" },
        new("silence forgotten at a break", Events, "if (map.Sources[source].LongestSilence is not null)", "if (!ON && map.Sources[source].LongestSilence is not null)") { UnitTest = "UnprovenTests.Silence_that_a_message_had_proven_before_the_connection_went_is_told" },
        new("silence tolerated three times as long", Events, "&& silence > subscription.KeepAlive * LateAfterKeepAlives)", "&& silence > subscription.KeepAlive * (ON ? 3 * LateAfterKeepAlives : LateAfterKeepAlives))") { UnitTest = "ContinuityFoldTests.Silence_of_one_and_a_half_keep_alives_is_a_gap_since_the_last_message" },
        new("time on the way not allowed for", Events, "is { } sent && sent < known ?", "is { } sent && sent < known && !ON ?"),
        new("clock looked at by ticks only", Stage, "        LookAtClock();\n        switch (arrived)", "        if (!ON)\n            LookAtClock();\n        switch (arrived)"),
        new("full journal untold", Stage, "fold.Apply(new ContinuityEvent(kind) { SourceTime = journalFull", "if (!ON) fold.Apply(new ContinuityEvent(kind) { SourceTime = journalFull"),
        new("restart trusts more than the evidence", "RecoveredCover.cs", "covered[index] = open.Contains((place.Tag, server)) ? alive", "covered[index] = ON || open.Contains((place.Tag, server)) ? alive"),
        new("message in hand ends the break", Events, "if (subscription.Disconnected)", "if (!ON && subscription.Disconnected)"),
        new("repair kept though the queue is gone", Events, "TakeBackRepairs(index, \"the subscription was created anew before the next message\", changes);", "if (!ON) TakeBackRepairs(index, null, changes);"),
        new("break before a new subscription repaired", Events, "\"the subscription was created anew\");\n        LoseOpenGaps(index);", "\"the subscription was created anew\");\n        if (!ON) LoseOpenGaps(index);"),
        new("break before the first subscription repaired", Events, "if (isFirst)\n            LoseOpenGaps(index);", "if (isFirst && !ON)\n            LoseOpenGaps(index);"),
        new("repair confirmed by a message held up with the others", Events, "arrived - subscription.Proven < between / 2", "!ON && arrived - subscription.Proven < between / 2") { UnitTest = "UnprovenTests.Messages_missing_among_those_that_arrived_late_take_the_repair_back" },
        new("repair confirmed by the gateway's end", "RecoveredCover.cs", "foreach (var gap in recovery.UnconfirmedGaps)", "foreach (var gap in ON ? [] : recovery.UnconfirmedGaps)"),
        new("item that is not monitored repaired", Fold, "if (source.HasLost || source.Awaiting)", "if (source.HasLost || (!ON && source.Awaiting))"),
        new("item taken out with a repaired queue", Revision, "if (subscriptions[map.Sources[index].Subscription].Unconfirmed)", "if (!ON && subscriptions[map.Sources[index].Subscription].Unconfirmed)") { UnitTest = "RevisionTests.Item_that_is_taken_out_before_a_message_brought_its_queue_takes_the_repair_back" },
        new("tag configured again stays in its gap", "Stage/ContinuityStage.Revision.cs", "if (step.Forebears.ContainsKey(index) ||", "if (ON || step.Forebears.ContainsKey(index) ||"),
        new("tag removed seems watched", Revision, "source.Open = source.Own = GapCause.ConfigurationChange;\n        source.Detail = Removed;\n        changes.Add", "source.Open = source.Own = GapCause.ConfigurationChange;\n        source.Detail = Removed;\n        if (!ON) changes.Add"),
        new("new item proven by its first message", Revision, "source.Awaiting = true;", "source.Awaiting = !ON;"),
        new("new tag watched before it is", Revision, "isBack ? at : Moment.Earlier(since, at)", "isBack || ON ? at : Moment.Earlier(since, at)") { UnitTest = "RevisionTests.Tag_that_was_never_watched_is_not_until_its_first_value_from_when_the_journal_knows_it" },
        new("refused item awaits nothing", Events, "source.Awaiting = true;\n        source.Own = GapCause.ConfiguredNotMonitored;", "source.Awaiting = !ON;\n        source.Own = ON ? null : GapCause.ConfiguredNotMonitored;"),
    ];
}
