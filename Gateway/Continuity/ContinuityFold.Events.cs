using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

// What each event does to the state.
internal sealed partial class ContinuityFold
{
    private static GapCause? CauseOf(StatusCode status) =>
        status.IsGood ? null : status.IsUncertain ? GapCause.UncertainQuality : GapCause.BadQuality;

    private void Read(in ContinuityEvent reading, Moment arrived, ICollection<GapChange> changes)
    {
        ref var source = ref sources[reading.Source];
        ref readonly var subscription = ref subscriptions[map.Sources[reading.Source].Subscription];
        // What was still on its way when it fell asleep says nothing of what follows.
        if (subscription.Asleep)
            return;
        var cause = CauseOf(reading.Status);
        source.LastReading = arrived;
        if (!reading.Status.HasOverflow && !source.Awaiting && !source.Frozen && source.Own == cause)
            return;
        var told = source.Open is null ? source.UnbrokenSince : source.GapStart;
        var known = Moment.Later(subscription.Proven ?? source.Since, told);
        var before = SentBefore(reading, subscription) is { } sent && sent < known ? sent : known;
        // The server's own time is believed only where it fits between the two messages that frame the change.
        var changedAt = reading.SourceTime is { } said && said > before && said <= arrived ? said : (Moment?)null;
        if (reading.Status.HasOverflow && !source.Awaiting && !IsLostInGap(reading.Source, reading.SourceTime, changes))
            Declare(reading.Source, GapCause.QueueOverflow, before, changedAt > told ? changedAt.Value : arrived, QueueOverflowed, changes);
        if (!source.Awaiting && !source.Frozen && source.Own == cause)
            return;
        var at = source.Awaiting || source.Frozen ? arrived : cause is null ? changedAt ?? arrived : changedAt ?? (source.Own is null ? known : arrived);
        source.Awaiting = source.Frozen = false;
        source.Own = cause;
        Settle(reading.Source, at, changes, cause is null ? null : reading.Status.SymbolicName);
    }

    /// <summary>
    /// When the message before was sent, by our clock: what it did not tell happened behind that, though perhaps before it arrived. Null when the
    /// server's times do not say it, or say what cannot be.
    /// </summary>
    /// <param name="reading">A value of the next message.</param>
    /// <param name="subscription">Whose.</param>
    private static Moment? SentBefore(in ContinuityEvent reading, in SubscriptionState subscription)
    {
        if (reading.SourceTime is not { } said || reading.Published is not { } stamped || subscription.Published is not { } sent || stamped <= sent)
            return null;
        var here = said - (stamped - sent);
        return subscription.Proven - here <= subscription.KeepAlive * LateAfterKeepAlives ? here : null;
    }

    private void Prove(int index, Moment? published, Moment arrived, ICollection<GapChange> changes)
    {
        ref var subscription = ref subscriptions[index];
        if (subscription.Disconnected)
            return;
        var sentInTime = false;
        if (subscription is { Broken: GapCause.KeepAliveLate, Unrepairable: false } && IsCatchingUp(ref subscription, published, arrived, out sentInTime))
            return;
        // One that was held up with the others, and let through with them, tells of the same past as they.
        if (subscription.Unconfirmed && !(published - subscription.Published is { } between && arrived - subscription.Proven < between / 2))
            subscription.Unconfirmed = false;
        subscription.Proven = Moment.Later(subscription.Proven ?? arrived, arrived);
        subscription.Published = published;
        subscription.Lag = published is { } sent ? arrived - sent : TimeSpan.Zero;
        if (subscription.Broken is null)
            return;
        Mend(ref subscription);
        Listen(index, arrived, sentInTime);
        SettleSubscription(index, arrived, changes, repair: sentInTime ? GapRepair.ArrivedLate : GapRepair.None);
        subscription.Unconfirmed |= sentInTime;
    }

    /// <summary>
    /// Whether a message after a silence tells of the past only, because more are on their way: each was sent within the time allowed after the
    /// one before, and they now come faster than they were sent. Such messages prove the silence in the end, not yet the present.
    /// </summary>
    /// <param name="subscription">Silent until now.</param>
    /// <param name="published">When the message was sent, by the server's clock.</param>
    /// <param name="arrived">When it arrived.</param>
    /// <param name="sentInTime">It is the last of them: the server was never silent, and nothing that it sent is missing.</param>
    private static bool IsCatchingUp(ref SubscriptionState subscription, Moment? published, Moment arrived, out bool sentInTime)
    {
        sentInTime = false;
        var allowed = subscription.KeepAlive * LateAfterKeepAlives;
        if (published is not { } sent || subscription.Published is not { } before || sent < before || sent - before > allowed)
            return false;
        if (arrived - sent - subscription.Lag <= allowed)
        {
            sentInTime = true;
            return false;
        }

        // One that comes no faster than it was sent will never catch up: the way has become longer, or the server's clock had stood still.
        if (subscription.CatchingUp is { } last && arrived - last >= subscription.KeepAlive / 2)
            return false;
        subscription.CatchingUp = arrived;
        subscription.Published = sent;
        return true;
    }

    private static void Mend(ref SubscriptionState subscription)
    {
        subscription.Broken = null;
        subscription.Disconnected = false;
        subscription.Unrepairable = false;
        subscription.CatchingUp = null;
    }

    /// <summary>
    /// Sees again: silence while blind says nothing about a source. If nothing was lost, what it said meanwhile is there with the next message
    /// at the latest; else its silence counts from now.
    /// </summary>
    private void Listen(int index, Moment from, bool nothingLost)
    {
        var grace = nothingLost ? subscriptions[index].KeepAlive * LateAfterKeepAlives : TimeSpan.Zero;
        foreach (var source in map.Subscriptions[index].Sources)
            if (map.Sources[source].LongestSilence is { } longest)
                sources[source].LastReading = Moment.Later(sources[source].LastReading, nothingLost ? from + grace - longest : from);
    }

    /// <param name="sent">When the newest message in sequence was sent, where what is missing may have happened before that arrived.</param>
    private void Break(int index, GapCause cause, string? detail, Moment noticed, ICollection<GapChange> changes, Moment? sent = null)
    {
        ref var subscription = ref subscriptions[index];
        if (subscription.Broken is not null)
            return;
        // What its messages had proven to be silence before stays so.
        foreach (var source in map.Subscriptions[index].Sources)
            if (map.Sources[source].LongestSilence is not null)
                JudgeSilence(source, changes);
        subscription.Broken = cause;
        var from = subscription.Proven ?? noticed;
        SettleSubscription(index, sent < from && from - sent <= subscription.KeepAlive * LateAfterKeepAlives ? sent.Value : from, changes, detail);
    }

    private void LoseConnection(int index, string? detail, Moment noticed, ICollection<GapChange> changes)
    {
        // From the first failed connection on it is the server that is missing, no longer this gateway.
        var isFirst = subscriptions[index] is { Proven: null, Asleep: false };
        if (isFirst)
            foreach (var source in map.Subscriptions[index].Sources)
                sources[source].Own = GapCause.ConnectionLost;
        Break(index, GapCause.ConnectionLost, detail, noticed, changes);
        if (isFirst)
            LoseOpenGaps(index);
    }

    private void Sleep(int index, string? detail, Moment noticed, ICollection<GapChange> changes)
    {
        ref var subscription = ref subscriptions[index];
        if (subscription.Asleep)
            return;
        subscription.Asleep = true;
        TakeBackRepairs(index, detail, changes);
        foreach (var source in map.Subscriptions[index].Sources)
        {
            ref var state = ref sources[source];
            if (state is { Awaiting: true, Own: GapCause.ConfiguredNotMonitored } && subscription.Proven is not null)
                continue;
            state.Awaiting = true;
            state.Frozen = false;
            state.Own = GapCause.Standby;
        }

        SettleSubscription(index, subscription.Proven ?? noticed, changes, detail);
    }

    private void Recover(int index, GapRepair repair, Moment arrived, ICollection<GapChange> changes)
    {
        ref var subscription = ref subscriptions[index];
        if (subscription.Broken is null)
            return;
        // A server that fell silent may not have sampled: its late word repairs nothing.
        var repaired = !subscription.Unrepairable && subscription.Broken is GapCause.ConnectionLost;
        Mend(ref subscription);
        subscription.Published = null;
        subscription.Proven = Moment.Later(subscription.Proven ?? arrived, arrived);
        Listen(index, arrived, repaired);
        if (!subscription.Unconfirmed)
            foreach (var source in map.Subscriptions[index].Sources)
                sources[source].Mended = null;
        SettleSubscription(index, arrived, changes, repair: repaired ? repair : GapRepair.None);
        subscription.Unconfirmed |= repaired;
    }

    private void Recreate(int index, Moment noticed, ICollection<GapChange> changes)
    {
        ref var subscription = ref subscriptions[index];
        // What the one before still had in its queues is gone with it.
        TakeBackRepairs(index, "the subscription was created anew before the next message", changes);
        var cause = subscription.Broken ?? GapCause.ConnectionLost;
        var from = subscription.Proven ?? noticed;
        // A break that was told of has its gap already: what follows it begins now.
        var begins = subscription.Broken is null ? from : noticed;
        foreach (var source in map.Subscriptions[index].Sources)
        {
            ref var state = ref sources[source];
            if (state is { Awaiting: true, Own: GapCause.ConfiguredNotMonitored or GapCause.Standby } || (state is { Awaiting: true, Own: GapCause.GatewayDown or GapCause.ConfigurationChange } && subscription.Broken is null))
                continue;
            state.Awaiting = true;
            state.Own = cause;
        }

        Mend(ref subscription);
        subscription.Published = null;
        // Its silence counts from now: it has had no time to say anything.
        if (subscription.Proven is not null)
            subscription.Proven = Moment.Later(from, noticed);
        SettleSubscription(index, begins, changes, "the subscription was created anew");
        LoseOpenGaps(index);
    }

    private void Reject(int index, Moment noticed, string? detail, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        source.Awaiting = true;
        source.Own = GapCause.ConfiguredNotMonitored;
        var same = source.Open == GapCause.ConfiguredNotMonitored;
        Settle(index, noticed, changes, detail);
        if (!same || detail == source.Detail)
            return;
        // It was not monitored before either, but now the server's reason is known.
        source.Detail = detail;
        changes.Add(Describe(index, GapCause.ConfiguredNotMonitored, source.GapStart, null, GapRepair.None, detail));
    }

    private void ChangeServerState(in ContinuityEvent change, Moment noticed, ICollection<GapChange> changes)
    {
        var stopped = change.Kind == ContinuityEventKind.ServerNotRunning;
        if (serverNotRunning[change.Server] == stopped)
            return;
        serverNotRunning[change.Server] = stopped;
        for (var index = 0; index < subscriptions.Length; index++)
        {
            if (map.Subscriptions[index].Server != change.Server)
                continue;
            var known = subscriptions[index].Proven ?? noticed;
            var said = change.SourceTime is { } time && time > known && time <= noticed ? time : (Moment?)null;
            SettleSubscription(index, said ?? (stopped ? known : noticed), changes, change.Detail);
        }
    }

    private void SkipTime(Moment from, string? detail, ICollection<GapChange> changes)
    {
        ForgetLags();
        for (var index = 0; index < sources.Length; index++)
        {
            // Silence is counted in time that was lived through. What no message had proven before the step none will prove, for it counts from behind it.
            sources[index].LastReading += Now - from;
            if (sources[index].Open is null && !map.Sources[index].Retired)
                Declare(index, GapCause.ClockStep, Moment.Earlier(from, subscriptions[map.Sources[index].Subscription].Proven ?? from), Now, detail ?? "", changes);
        }

        for (var index = 0; index < subscriptions.Length; index++)
            if (subscriptions[index] is { Broken: null, Proven: not null })
                subscriptions[index].Proven = Now;
    }

    /// <summary>The clock was set: what was measured from the servers' clocks to ours holds no more.</summary>
    private void ForgetLags()
    {
        for (var index = 0; index < subscriptions.Length; index++)
            subscriptions[index].Published = null;
    }

    private void Watch(ICollection<GapChange> changes)
    {
        for (var index = 0; index < subscriptions.Length; index++)
        {
            ref readonly var subscription = ref subscriptions[index];
            if (subscription is { Broken: null, Proven: { } proven } && subscription.KeepAlive > TimeSpan.Zero
                && Now - Moment.Later(proven, subscription.Heard ?? proven) is var silence && silence > subscription.KeepAlive * LateAfterKeepAlives)
            {
                Break(index, GapCause.KeepAliveLate, $"no message for {silence.TotalMilliseconds:0} ms, keep-alive every {subscription.KeepAlive.TotalMilliseconds:0} ms", Now, changes);
            }
        }

        foreach (var index in silenceWatched)
            JudgeSilence(index, changes);
    }

    /// <summary>Silence is silence up to where messages prove that there was nothing to say; behind that it may be ours.</summary>
    private void JudgeSilence(int index, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        var longest = map.Sources[index].LongestSilence ?? TimeSpan.MaxValue;
        if (source.Frozen || source.Awaiting || source.Own is not null || subscriptions[map.Sources[index].Subscription] is not { Broken: null, Proven: { } proven } || proven - source.LastReading <= longest)
            return;
        source.Frozen = true;
        Settle(index, source.LastReading + longest, changes, $"no value for more than {longest}");
    }
}
