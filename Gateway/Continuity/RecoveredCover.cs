using PatchEdge.Gateway.Journal;
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

    /// <summary>Ends the gaps that the earlier process left open where its life ended.</summary>
    public static void CloseGaps(JournalRecovery recovery, ICollection<Gap> gaps)
    {
        foreach (var gap in recovery.OpenGaps)
            if (recovery.Alive is { } alive)
                gaps.Add(gap with { End = Moment.Later(alive, Moment.Of(gap.Start)).ToDateTimeOffset() });
    }
}
