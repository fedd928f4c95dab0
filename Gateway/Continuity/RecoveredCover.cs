using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>Reads from the journal how far an earlier process proved each source: from there on, until the first fresh evidence, this gateway was down.</summary>
internal static class RecoveredCover
{
    /// <summary>By source index; null for a source that was never watched before.</summary>
    public static Moment?[] Of(ContinuityMap map, JournalRecovery recovery)
    {
        var open = recovery.OpenGaps.Select(gap => (gap.Tag, gap.Server)).ToHashSet();
        var covered = new Moment?[map.Sources.Length];
        for (var index = 0; index < covered.Length; index++)
        {
            var place = map.Sources[index];
            var server = map.Servers[map.Subscriptions[place.Subscription].Server];
            if (recovery.Alive is not { } alive || !recovery.Sources.ContainsKey((place.Tag, server)))
                continue;
            // A gap that was open reaches to the end of that process's life; what was healthy is proven no further than its evidence.
            covered[index] = open.Contains((place.Tag, server)) ? alive
                : recovery.Proven.TryGetValue(server, out var proven) ? Moment.Earlier(proven, alive)
                : alive;
        }

        return covered;
    }

    /// <summary>An earlier process monitored another node under the source's name, or the same one in another way.</summary>
    public static bool IsChanged(SourceTable table, JournalRecovery recovery, int source)
    {
        var key = (table.Tags[source].Name, table.Servers[table.ServerOf(source)].Name);
        return recovery.Sources.TryGetValue(key, out var id) && recovery.Definitions.TryGetValue(id, out var before) && before != SourceNumbers.DefinitionOf(table.Tags[source]);
    }

    /// <summary>
    /// Ends the gaps that the earlier process left open where its life ended, and takes back repairs that no message confirmed in it. A tag that is not configured any more has one from there on,
    /// until it is again: without it, attestations would seem to cover what nobody watches.
    /// </summary>
    public static void CloseGaps(SourceTable table, JournalRecovery recovery, ICollection<Gap> gaps)
    {
        foreach (var gap in recovery.UnconfirmedGaps)
            gaps.Add(gap with { Repair = GapRepair.None, Detail = "the gateway ended before the next message" });
        if (recovery.Alive is not { } alive)
            return;
        var open = recovery.OpenGaps.ToDictionary(gap => (gap.Tag, gap.Server));
        foreach (var gap in recovery.OpenGaps)
            if (table.Find(gap.Tag, gap.Server) is not null || gap.Cause != GapCause.ConfigurationChange)
                gaps.Add(gap with { End = Moment.Later(alive, Moment.Of(gap.Start)).ToDateTimeOffset() });
        foreach (var (tag, server) in recovery.Sources.Keys)
        {
            if (table.Find(tag, server) is not null || (open.TryGetValue((tag, server), out var left) && left.Cause == GapCause.ConfigurationChange))
                continue;
            var start = left is not null ? Moment.Later(alive, Moment.Of(left.Start))
                : recovery.Proven.TryGetValue(server, out var proven) ? Moment.Earlier(proven, alive)
                : alive;
            gaps.Add(new Gap
            {
                Id = GapIdentity.Of(table.Map.Gateway, server, tag, start, GapCause.ConfigurationChange),
                Tag = tag,
                // A tag's name begins with its line's: nothing else is left of it.
                Line = left?.Line ?? tag[..Math.Max(0, tag.IndexOf('/', StringComparison.Ordinal))],
                Gateway = table.Map.Gateway,
                Server = server,
                Cause = GapCause.ConfigurationChange,
                Start = start.ToDateTimeOffset(),
                Detail = "not configured any more",
            });
        }
    }

    /// <summary>Gaps of tags that are not configured, open for as long as that is so.</summary>
    /// <param name="table">What is watched.</param>
    /// <param name="recovery">What the earlier process left.</param>
    /// <param name="gaps">What <see cref="CloseGaps"/> added.</param>
    public static Dictionary<(string Tag, string Server), Gap> Unwatched(SourceTable table, JournalRecovery recovery, IEnumerable<Gap> gaps) =>
        recovery.OpenGaps.Where(gap => gap.Cause == GapCause.ConfigurationChange && table.Find(gap.Tag, gap.Server) is null).Concat(gaps.Where(gap => gap.End is null))
            .ToDictionary(gap => (gap.Tag, gap.Server));
}
