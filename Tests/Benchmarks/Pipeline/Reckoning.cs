using System.Collections;
using System.Globalization;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Blocks;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>
/// What became of each value that was fed: whether it stands in the journal, and if not, whether a gap of its tag says so. A number alone would
/// take a value that came twice for one that never came.
/// </summary>
/// <param name="Messages">That brought the values.</param>
/// <param name="Distinct">Values that are in the journal.</param>
/// <param name="Twice">Values that are there once more.</param>
/// <param name="Declared">Values that are not there, at a time that a gap of their tag covers.</param>
/// <param name="Undeclared">Values that are neither there nor in a gap: nobody would know. Never, if the gateway keeps its promise.</param>
/// <param name="Causes">Of the gaps that cover what is missing.</param>
/// <param name="Example">One of the undeclared, for a person to look into.</param>
internal sealed record Reckoning(long Messages, long Distinct, long Twice, long Declared, long Undeclared, string Causes, string Example)
{
    private const int Portion = 8 * 1024 * 1024;

    public static Reckoning None { get; } = new(0, 0, 0, 0, 0, "", "");

    /// <param name="directory">The journal's.</param>
    /// <param name="load">What was fed.</param>
    /// <param name="times">Source time of each round, in ticks; each round is one slice of the tags, the first the first.</param>
    /// <param name="since">From before the first of them.</param>
    public static Reckoning Of(string directory, PipelineLoad load, IReadOnlyList<long> times, DateTimeOffset since)
    {
        using var journal = new JournalReader(directory);
        var tagOf = journal.Sources().ToDictionary(pair => pair.Key, pair => NumberOf(pair.Value.Tag));
        var roundOf = new Dictionary<long, int>(times.Count);
        foreach (var time in times)
            roundOf[time] = roundOf.Count;
        var there = new BitArray(checked(load.Slice * times.Count));
        var (messages, distinct, twice) = (0L, 0L, 0L);
        var next = journal.Scalar("SELECT min(id) FROM entry WHERE kind = $1 AND at >= $2", (int)JournalKind.Readings, since.ToUnixTimeMilliseconds());
        while (next > 0 && journal.Read(next, Portion, Damaged) is { Count: > 0 } entries)
        {
            foreach (var entry in entries)
            {
                if (entry.Kind != JournalKind.Readings)
                    continue;
                var cursor = new ReadingBlockCursor(entry.Body);
                var message = (0u, 0u);
                while (cursor.MoveNext())
                {
                    if (!roundOf.TryGetValue(cursor.Value.SourceTimestamp.Ticks, out var round))
                        continue;
                    if ((cursor.Head.SubscriptionId, cursor.Head.SequenceNumber) != message)
                        messages++;
                    message = (cursor.Head.SubscriptionId, cursor.Head.SequenceNumber);
                    var place = (round * load.Slice) + (tagOf[cursor.Source] % load.Slice);
                    if (there[place])
                        twice++;
                    else
                        distinct++;
                    there[place] = true;
                }
            }

            next = entries[^1].Id + 1;
        }

        return Missing(journal, there, load, times, since) with { Messages = messages, Distinct = distinct, Twice = twice };
    }

    private static Reckoning Missing(JournalReader journal, BitArray there, PipelineLoad load, IReadOnlyList<long> times, DateTimeOffset since)
    {
        var gaps = journal.Gaps("\"end\" IS NULL OR \"end\" >= $1", since.ToUnixTimeMilliseconds()).ToLookup(gap => NumberOf(gap.Tag));
        var (declared, undeclared, example) = (0L, 0L, "");
        var causes = new SortedDictionary<GapCause, long>();
        for (var place = 0; place < there.Length; place++)
        {
            if (there[place])
                continue;
            var round = place / load.Slice;
            var (tag, at) = ((round * load.Slice % load.Tags) + (place % load.Slice), new DateTimeOffset(times[round], TimeSpan.Zero));
            if (gaps[tag].FirstOrDefault(gap => Covers(gap, at)) is { } gap)
            {
                declared++;
                causes[gap.Cause] = causes.GetValueOrDefault(gap.Cause) + 1;
                continue;
            }

            if (undeclared++ == 0)
                example = string.Create(CultureInfo.InvariantCulture, $"Tag{tag} at {at:HH:mm:ss.fffffff}, round {round} of {times.Count}; its gaps: {string.Join(", ", gaps[tag].Select(known => $"{known.Cause} {known.Start:HH:mm:ss.fff} to {known.End:HH:mm:ss.fff}"))}");
        }

        return None with { Declared = declared, Undeclared = undeclared, Causes = string.Join(", ", causes.Select(pair => $"{pair.Key} {pair.Value}")), Example = example };
    }

    /// <summary>Gaps are kept in whole milliseconds.</summary>
    private static bool Covers(Gap gap, DateTimeOffset at) => at.AddMilliseconds(1) > gap.Start && (gap.End is not { } end || at < end.AddMilliseconds(1));

    private static int NumberOf(string tag) => int.Parse(tag.AsSpan(tag.LastIndexOf("Tag", StringComparison.Ordinal) + 3), NumberStyles.None, CultureInfo.InvariantCulture);

    private static void Damaged(long entry, string reason) => throw new InvalidOperationException($"Entry {entry} of the journal: {reason}.");
}
