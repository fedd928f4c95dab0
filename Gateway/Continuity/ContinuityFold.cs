using System.Diagnostics;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>
/// Keeps, for every source, the partition of time into observed and gap. A fold: it learns from events and their time only,
/// does nothing but change its state and name the gaps that opened, closed or were repaired, and gives equal answers to equal histories.
/// </summary>
/// <remarks>
/// A message in sequence is one write to its subscription, however many sources that has; a source is touched when a value of it arrives
/// or when evidence breaks or heals. What doubts a source is, in this order: the gateway, that it is not monitored at all, its subscription,
/// its server, its own values; the first that does names the gap, and a change of the name ends one gap and starts the next at the same moment. Owned by one loop.
/// </remarks>
internal sealed partial class ContinuityFold
{
    /// <summary>A subscription is late after this many keep-alive intervals without a message.</summary>
    public const double LateAfterKeepAlives = 1.5;

    private readonly bool[] serverNotRunning;
    private ContinuityMap map;
    private SourceState[] sources;
    private SubscriptionState[] subscriptions;
    private int[] silenceWatched;
    private bool journalFull;
    private bool clockSetBack;

    /// <param name="map">What to keep account of.</param>
    /// <param name="start">When this process began to account; equals <see cref="Now"/> at first.</param>
    /// <param name="covered">By source index: up to where an earlier process proved it, or null for a source that is new.</param>
    /// <param name="changed">By source index: an earlier process monitored another node under its name, or in another way.</param>
    /// <param name="changes">Receives the gaps that are open from the first moment on: nothing is proven yet.</param>
    public ContinuityFold(ContinuityMap map, Moment start, Func<int, Moment?> covered, Func<int, bool> changed, ICollection<GapChange> changes)
    {
        this.map = map;
        Now = start;
        sources = new SourceState[map.Sources.Length];
        subscriptions = new SubscriptionState[map.Subscriptions.Length];
        serverNotRunning = new bool[map.Servers.Length];
        silenceWatched = SilenceWatched(map);
        for (var index = 0; index < sources.Length; index++)
        {
            ref var source = ref sources[index];
            var before = covered(index);
            source.Since = source.UnbrokenSince = before is { } proven ? Moment.Earlier(proven, start) : start;
            source.LastReading = start;
            source.Awaiting = true;
            source.Own = before is null ? GapCause.ConfiguredNotMonitored : changed(index) ? GapCause.ConfigurationChange : GapCause.GatewayDown;
            Settle(index, source.Since, changes, detail: source.Own switch
            {
                GapCause.ConfiguredNotMonitored => "not monitored before",
                GapCause.ConfigurationChange => "monitored differently before",
                _ => null,
            });
        }
    }

    /// <summary>The latest moment that the fold has seen; it never goes back.</summary>
    public Moment Now { get; private set; }

    public ref readonly SourceState this[int source] => ref sources[source];

    /// <summary>Up to where a source is proven; null before its first evidence.</summary>
    public Moment? ProvenUntil(int source)
    {
        ref readonly var state = ref sources[source];
        return state.Open is null ? subscriptions[map.Sources[source].Subscription].Proven
            : state.GapStart > state.Since ? state.GapStart
            : null;
    }

    /// <summary>The open gap of a source as it would be told; null while observed.</summary>
    public GapChange? OpenGap(int source) =>
        sources[source].Open is { } cause ? Describe(source, cause, sources[source].GapStart, null, GapRepair.None, sources[source].Detail) : null;

    public SubscriptionState Subscription(int index) => subscriptions[index];

    /// <summary>Up to where every healthy subscription of a server has proven its sources; null when none is healthy.</summary>
    public Moment? ProvenByServer(int server)
    {
        Moment? least = null;
        for (var index = 0; index < subscriptions.Length; index++)
        {
            ref readonly var state = ref subscriptions[index];
            if (map.Subscriptions[index].Server == server && state.Broken is null && state.Proven is { } proven)
                least = least is { } known ? Moment.Earlier(known, proven) : proven;
        }

        return least;
    }

    /// <summary>Says what a subscription's revised parameters promise; a silence half as long again is <see cref="GapCause.KeepAliveLate"/>.</summary>
    /// <remarks>It is told of a subscription that is in place.</remarks>
    public void SetKeepAlive(int subscription, TimeSpan keepAlive) =>
        (subscriptions[subscription].KeepAlive, subscriptions[subscription].Disconnected) = (keepAlive, false);

    /// <summary>Takes one event. Amortised cost: constant for readings and messages; the number of sources concerned when evidence breaks or heals.</summary>
    /// <param name="change">The event.</param>
    /// <param name="at">When it arrived here. It may be a little before <see cref="Now"/>: evidence reaches no further than its own arrival.</param>
    /// <param name="changes">Receives every gap that changed.</param>
    public void Apply(in ContinuityEvent change, Moment at, ICollection<GapChange> changes)
    {
        var previous = Now;
        Now = Moment.Later(at, Now);
        if (clockSetBack && at > previous)
        {
            clockSetBack = false;
            SettleAll(at, changes);
        }

        switch (change.Kind)
        {
            case ContinuityEventKind.Reading:
                Read(change, at, changes);
                break;
            case ContinuityEventKind.Evidence:
                if (change.MoreFollow)
                    subscriptions[change.Subscription].Heard = at;
                else
                    Prove(change.Subscription, change.Published, at, changes);
                break;
            case ContinuityEventKind.Republished:
                // It proves the past only; Recovered says when the present is proven again.
                if (subscriptions[change.Subscription].Broken is null)
                    Prove(change.Subscription, null, at, changes);
                break;
            case ContinuityEventKind.NotificationsLost:
                subscriptions[change.Subscription].Unrepairable = true;
                TakeBackRepairs(change.Subscription, change.Detail, changes);
                Break(change.Subscription, GapCause.SequenceMissing, change.Detail, at, changes, sent: change.SourceTime);
                break;
            case ContinuityEventKind.Late:
                Break(change.Subscription, GapCause.KeepAliveLate, change.Detail, at, changes);
                break;
            case ContinuityEventKind.ConnectionLost:
                LoseConnection(change.Subscription, change.Detail, at, changes);
                subscriptions[change.Subscription].Disconnected = true;
                break;
            case ContinuityEventKind.ServerUnreachable:
                for (var index = 0; index < subscriptions.Length; index++)
                    if (map.Subscriptions[index].Server == change.Server)
                        LoseConnection(index, change.Detail, at, changes);
                break;
            case ContinuityEventKind.RecoveredByRepublish:
                Recover(change.Subscription, GapRepair.Republished, at, changes);
                break;
            case ContinuityEventKind.RecoveredByTransfer:
                Recover(change.Subscription, GapRepair.Transferred, at, changes);
                break;
            case ContinuityEventKind.Recreated:
                Recreate(change.Subscription, at, changes);
                break;
            case ContinuityEventKind.FellAsleep:
                Sleep(change.Subscription, change.Detail, at, changes);
                break;
            case ContinuityEventKind.Woke:
                subscriptions[change.Subscription].Asleep = false;
                break;
            case ContinuityEventKind.ItemRejected:
                Reject(change.Source, at, change.Detail, changes);
                break;
            case ContinuityEventKind.ServerRunning or ContinuityEventKind.ServerNotRunning:
                ChangeServerState(change, at, changes);
                break;
            case ContinuityEventKind.JournalFull or ContinuityEventKind.JournalWritable:
                journalFull = change.Kind == ContinuityEventKind.JournalFull;
                SettleAll(change.SourceTime ?? at, changes, change.Detail);
                break;
            case ContinuityEventKind.ClockSetBack:
                clockSetBack = true;
                ForgetLags();
                SettleAll(Now, changes, change.Detail);
                break;
            case ContinuityEventKind.ClockSetForward:
                SkipTime(previous, change.Detail, changes);
                break;
            case ContinuityEventKind.Tick:
                Watch(changes);
                break;
            default:
                throw new UnreachableException($"No such event: {change.Kind}.");
        }
    }

    private void SettleAll(Moment at, ICollection<GapChange> changes, string? detail = null)
    {
        for (var index = 0; index < sources.Length; index++)
            Settle(index, at, changes, detail);
    }

    private void SettleSubscription(int index, Moment at, ICollection<GapChange> changes, string? detail = null, GapRepair repair = GapRepair.None)
    {
        foreach (var source in map.Subscriptions[index].Sources)
            Settle(source, at, changes, detail, repair);
    }

    /// <summary>Makes the open gap agree with the first doubt there is, from the given moment on, or from the end of what is already accounted for when that is later.</summary>
    private void Settle(int index, Moment at, ICollection<GapChange> changes, string? detail = null, GapRepair repair = GapRepair.None)
    {
        ref var source = ref sources[index];
        if (map.Sources[index].Retired)
            return;
        var place = map.Subscriptions[map.Sources[index].Subscription];
        var cause =
            journalFull ? GapCause.JournalFull
            : clockSetBack ? GapCause.ClockStep
            : source is { Awaiting: true, Own: GapCause.ConfiguredNotMonitored } ? GapCause.ConfiguredNotMonitored
            : subscriptions[map.Sources[index].Subscription].Broken
                ?? (serverNotRunning[place.Server] ? GapCause.ServerNotRunning : source.Own ?? (source.Frozen ? GapCause.SourceFrozen : null));
        if (cause == source.Open)
            return;
        if (source.Open is { } ended)
        {
            at = Moment.Later(at, source.GapStart);
            // What is not monitored yet is in no subscription's queue.
            if (source.HasLost || source.Awaiting)
                repair = GapRepair.None;
            // A repair stands once a message has followed. Where the next gap began without one, only the last of the two can still be doubted.
            var isUnconfirmed = subscriptions[map.Sources[index].Subscription].Unconfirmed;
            if (repair != GapRepair.None && isUnconfirmed)
                TakeBackRepair(index, source.Detail, changes);
            changes.Add(Describe(index, ended, source.GapStart, at, repair, source.Detail));
            if (repair != GapRepair.None || !isUnconfirmed)
                (source.Mended, source.MendedFrom, source.MendedTo) = (repair == GapRepair.None ? null : ended, source.GapStart, at);
            source.HasLost = false;
            source.UnbrokenSince = at;
        }

        if (cause is { } began)
        {
            source.GapStart = Moment.Later(at, source.UnbrokenSince);
            source.Detail = detail;
            changes.Add(Describe(index, began, source.GapStart, null, GapRepair.None, detail));
        }

        source.Open = cause;
    }

    /// <summary>Records a gap that is over: nothing doubts the source now, but what was between is lost.</summary>
    private void Declare(int index, GapCause cause, Moment start, Moment end, string detail, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        start = Moment.Later(start, source.UnbrokenSince);
        if (end <= start)
            return;
        source.UnbrokenSince = end;
        changes.Add(Describe(index, cause, start, end, GapRepair.None, detail));
    }

    private GapChange Describe(int index, GapCause cause, Moment start, Moment? end, GapRepair repair, string? detail)
    {
        var place = map.Sources[index];
        var server = map.Servers[map.Subscriptions[place.Subscription].Server];
        return new GapChange(index, new Gap
        {
            Id = GapIdentity.Of(map.Gateway, server, place.Tag, start, cause),
            Tag = place.Tag,
            Line = place.Line,
            Gateway = map.Gateway,
            Server = server,
            Cause = cause,
            Start = start.ToDateTimeOffset(),
            End = end?.ToDateTimeOffset(),
            Repair = repair,
            Detail = detail ?? "",
        });
    }
}
