using PatchEdge.Gateway.Acquisition;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

// What a change of the plant file does to the state, while the gateway runs.
internal sealed partial class ContinuityFold
{
    private const string Removed = "not configured any more";
    private const string Changed = "monitored differently before";
    private const string Back = "configured again";

    /// <summary>
    /// Takes another map over. Sources that stay are not touched. One that goes ends in a gap that stays open for as long as nothing watches it;
    /// one that comes is in a gap until its first value, from where another source of the same tag and server ended, if there was one.
    /// </summary>
    /// <param name="revision">The step.</param>
    /// <param name="back">Sources without another before them in this process, of tags that were configured in an earlier one.</param>
    /// <param name="since">From when on the journal speaks of sources that were never watched before; not after <paramref name="at"/>.</param>
    /// <param name="at">When.</param>
    /// <param name="changes">Receives every gap that changed.</param>
    public void Revise(SourceRevision revision, IReadOnlySet<int> back, Moment since, Moment at, ICollection<GapChange> changes)
    {
        Now = at = Moment.Later(at, Now);
        map = revision.Table.Map;
        Array.Resize(ref sources, map.Sources.Length);
        Array.Resize(ref subscriptions, map.Subscriptions.Length);
        silenceWatched = SilenceWatched(map);
        var replaced = revision.Forebears.Values.ToHashSet();
        foreach (var index in revision.Retired)
            if (!replaced.Contains(index))
                Retire(index, at, changes);
        foreach (var index in revision.Added)
            Begin(index, revision.Forebears.TryGetValue(index, out var forebear) ? forebear : null, back.Contains(index), since, at, changes);
    }

    private static int[] SilenceWatched(ContinuityMap map) =>
        [.. Enumerable.Range(0, map.Sources.Length).Where(index => map.Sources[index] is { LongestSilence: not null, Retired: false })];

    /// <summary>Closes what is open, and from where the source was last proven on names the change as the cause.</summary>
    private void Retire(int index, Moment at, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        source.GapStart = End(index, at, changes);
        source.Open = source.Own = GapCause.ConfigurationChange;
        source.Detail = Removed;
        changes.Add(Describe(index, GapCause.ConfigurationChange, source.GapStart, null, GapRepair.None, Removed));
    }

    private void Begin(int index, int? forebear, bool isBack, Moment since, Moment at, ICollection<GapChange> changes)
    {
        var returns = isBack || (forebear is { } earlier && sources[earlier].Open == GapCause.ConfigurationChange);
        var from = forebear is { } before ? End(before, at, changes) : isBack ? at : Moment.Earlier(since, at);
        ref var source = ref sources[index];
        source.Since = source.UnbrokenSince = from;
        source.LastReading = at;
        source.Awaiting = true;
        source.Own = returns || forebear is not null ? GapCause.ConfigurationChange : GapCause.ConfiguredNotMonitored;
        Settle(index, from, changes, returns ? Back : forebear is null ? "not monitored before" : Changed);
    }

    /// <summary>Ends a source's account.</summary>
    /// <returns>Up to where it is accounted for: the end of its evidence, or of the gap that was open.</returns>
    private Moment End(int index, Moment at, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        // What its item still had in its queue is gone with it.
        if (subscriptions[map.Sources[index].Subscription].Unconfirmed)
            TakeBackRepair(index, Removed, changes);
        var end = source.Open is null ? Moment.Later(ProvenUntil(index) ?? source.UnbrokenSince, source.UnbrokenSince) : Moment.Later(at, source.GapStart);
        if (source.Open is { } cause)
            changes.Add(Describe(index, cause, source.GapStart, end, GapRepair.None, source.Detail));
        source.Open = null;
        source.UnbrokenSince = end;
        return end;
    }
}
