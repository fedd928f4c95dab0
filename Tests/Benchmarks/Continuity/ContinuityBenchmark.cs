using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Lines;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Benchmarks.Continuity;

/// <summary><c>continuity</c>: what the account of evidence costs per notification, by the number of tags, and what it keeps of each.</summary>
internal static class ContinuityBenchmark
{
    public const string Usage = "continuity [--tags 50000] [--messages 2000]";

    private const int PerSubscription = 5000;
    private const int PerMessage = 100;

    public static int Run(Arguments arguments)
    {
        var most = arguments.Number("tags", 50_000);
        var messages = Math.Max(100, arguments.Number("messages", 2000));
        arguments.End();
        Console.WriteLine("tags | ns per notification (best, median) | bytes allocated | ns per keep-alive | µs per tag lost and found again | bytes kept per tag");
        foreach (var tags in new[] { 1_000, 10_000, most }.Distinct().Where(count => count <= most))
            Measure(tags, messages);
        return 0;
    }

    private static void Measure(int tags, int messages)
    {
        var map = Map(tags);
        var changes = new List<GapChange>(tags);
        var start = new Moment(1_800_000_000_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var fold = new ContinuityFold(map, start, static _ => null, static _ => false, changes);
        var windows = new CoverageWindows([.. Enumerable.Repeat(start, tags)], new bool[tags], start);
        var lastSourceTime = new long[tags];
        var latest = new LatestValue?[tags];
        // Gaps go on to the journal; what stays is what the account itself keeps.
        changes.Clear();
        changes.TrimExcess();
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        for (var source = 0; source < tags; source++)
            fold.Apply(Reading(source, start), start, changes);
        changes.Clear();

        var now = start;
        var times = new List<double>();
        long allocated = 0;
        for (var round = 0; round < 9; round++)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var from = Stopwatch.GetTimestamp();
            for (var message = 0; message < messages; message++)
                now = Take(fold, windows, lastSourceTime, map, (round * messages) + message, now, changes);
            var took = Stopwatch.GetElapsedTime(from).TotalNanoseconds / ((double)messages * PerMessage);
            allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
            if (round > 0)
                times.Add(took);
        }

        var alive = Stopwatch.GetTimestamp();
        for (var message = 0; message < messages; message++)
            fold.Apply(Evidence(message % map.Subscriptions.Length, now), now, changes);
        var keepAlive = Stopwatch.GetElapsedTime(alive).TotalNanoseconds / messages;
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{tags} | {times[0]:0.0}, {times[times.Count / 2]:0.0} | {allocated / ((double)messages * PerMessage):0.00} | {keepAlive:0} | {Lose(fold, map, now):0.00} | {(double)kept / tags:0}"));
        GC.KeepAlive((fold, windows, lastSourceTime, latest));
    }

    /// <summary>One message of values spread over its subscription's tags, as the stage takes it in.</summary>
    private static Moment Take(ContinuityFold fold, CoverageWindows windows, long[] lastSourceTime, ContinuityMap map, int number, Moment now, List<GapChange> changes)
    {
        now += TimeSpan.FromMilliseconds(1);
        var subscription = number % map.Subscriptions.Length;
        var sources = map.Subscriptions[subscription].Sources;
        for (var value = 0; value < PerMessage; value++)
        {
            var source = sources[((number * PerMessage) + (value * 37)) % sources.Length];
            lastSourceTime[source] = now.UnixMilliseconds;
            fold.Apply(Reading(source, now), now, changes);
            windows.Count(source, StatusCodes.Good, TimeSpan.FromMilliseconds(3));
        }

        fold.Apply(Evidence(subscription, now), now, changes);
        return changes.Count == 0 ? now : throw new InvalidOperationException("A healthy message changed a gap.");
    }

    /// <summary>Every connection is lost and comes back with nothing missing.</summary>
    /// <returns>Microseconds per tag.</returns>
    private static double Lose(ContinuityFold fold, ContinuityMap map, Moment now)
    {
        var changes = new List<GapChange>(2 * map.Sources.Length);
        var from = Stopwatch.GetTimestamp();
        for (var subscription = 0; subscription < map.Subscriptions.Length; subscription++)
        {
            fold.Apply(new ContinuityEvent(ContinuityEventKind.ConnectionLost) { Subscription = subscription }, now + TimeSpan.FromSeconds(1), changes);
            fold.Apply(new ContinuityEvent(ContinuityEventKind.RecoveredByTransfer) { Subscription = subscription }, now + TimeSpan.FromSeconds(2), changes);
        }

        var took = Stopwatch.GetElapsedTime(from).TotalMicroseconds / map.Sources.Length;
        return changes.Count == 2 * map.Sources.Length ? took : throw new InvalidOperationException($"{changes.Count} changes of {map.Sources.Length} tags.");
    }

    private static ContinuityEvent Reading(int source, Moment at) => new(ContinuityEventKind.Reading) { Source = source, Status = StatusCodes.Good, SourceTime = at };

    private static ContinuityEvent Evidence(int subscription, Moment at) => new(ContinuityEventKind.Evidence) { Subscription = subscription, Published = at };

    private static ContinuityMap Map(int tags)
    {
        var subscriptions = Enumerable.Range(0, tags).Chunk(PerSubscription).Select(chunk => new SubscriptionPlace(0, [.. chunk])).ToImmutableArray();
        return new ContinuityMap("gw", ["plc"], subscriptions, [.. Enumerable.Range(0, tags).Select(source => new SourcePlace($"Line/Unit.Tag{source}", "Line", source / PerSubscription))]);
    }
}
