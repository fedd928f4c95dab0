using System.Globalization;
using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Benchmarks.Planning;

/// <summary>Times every gate of every run of one plant, again and again. Processor time of the whole process, collecting included.</summary>
internal sealed class EvaluationTiming
{
    /// <summary>Small plants are over in a moment: they are measured until they have taken as long as one of this many hosts.</summary>
    private const int HostsOfARound = 100_000;

    /// <summary>Fewer when the cache is emptied before each, which takes longer than the evaluation.</summary>
    private const int HostsOfAColdRound = 20_000;

    private readonly int passing;
    private readonly List<double> warm = [];
    private readonly List<double> cold = [];
    private readonly long kept;
    private TimeSpan collecting;
    private readonly int[] collections = new int[3];
    private long garbage;
    private int evaluations;

    private EvaluationTiming(LargePlant plant, long kept)
    {
        Plant = plant;
        this.kept = kept;
        passing = EvaluateAll();
    }

    public LargePlant Plant { get; }

    public static EvaluationTiming Of(int hosts)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var plant = new LargePlant(hosts, TimeProvider.System.GetUtcNow());
        return new EvaluationTiming(plant, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    /// <summary>One evaluation straight after the other.</summary>
    public void Warm()
    {
        var repeats = Math.Max(1, HostsOfARound / Hosts);
        var (bytes, pause) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalPauseDuration());
        int[] counts = [.. collections.Select((_, generation) => GC.CollectionCount(generation))];
        var start = Environment.CpuUsage.TotalTime;
        for (var repeat = 0; repeat < repeats; repeat++)
            Check(EvaluateAll());
        warm.Add((Environment.CpuUsage.TotalTime - start).TotalMilliseconds / repeats);
        collecting += GC.GetTotalPauseDuration() - pause;
        garbage += GC.GetAllocatedBytesForCurrentThread() - bytes;
        for (var generation = 0; generation < counts.Length; generation++)
            collections[generation] += GC.CollectionCount(generation) - counts[generation];
        evaluations += repeats;
    }

    /// <summary>Each after the cache was given to something else, which is not timed.</summary>
    public void Cold(CacheFlush cache)
    {
        var repeats = Math.Max(1, HostsOfAColdRound / Hosts);
        var spent = TimeSpan.Zero;
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            cache.Flush();
            var start = Environment.CpuUsage.TotalTime;
            Check(EvaluateAll());
            spent += Environment.CpuUsage.TotalTime - start;
        }

        cold.Add(spent.TotalMilliseconds / repeats);
    }

    /// <param name="first">The size that costs per host are compared with, round by round.</param>
    public string Row(EvaluationTiming first) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Hosts} | {Plant.Model.Lines.Count()} | {Columns(timing => timing.warm, first)} | {Columns(timing => timing.cold, first)} | {collecting.TotalMilliseconds / evaluations:0.00} | {string.Join(" + ", collections.Select(count => ((double)count / evaluations).ToString("0.##", CultureInfo.InvariantCulture)))} | {kept / 1e6:0} | {(double)garbage / evaluations / 1e6:0.0}");

    private int Hosts => Plant.Model.Hosts.Length;

    private string Columns(Func<EvaluationTiming, List<double>> rounds, EvaluationTiming first) =>
        $"{Spread(rounds(this), "0.0")} | {Spread(rounds(this).Select(span => span * 1_000 / Hosts), "0.00")} | {Spread(rounds(this).Zip(rounds(first), (own, other) => own / Hosts / (other / first.Hosts)), "0.00")}";

    private static string Spread(IEnumerable<double> values, string format)
    {
        double[] sorted = [.. values.Order()];
        return $"{Text(sorted[sorted.Length / 2])} ({Text(sorted[0])} to {Text(sorted[^1])})";

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    private void Check(int passed)
    {
        if (passed != passing)
            throw new InvalidOperationException("Two evaluations of one snapshot differ.");
    }

    /// <summary>Every gate of every run.</summary>
    /// <returns>How many verdicts pass.</returns>
    private int EvaluateAll()
    {
        var site = Plant.Snapshot();
        var count = 0;
        var verdicts = new List<Verdict>();
        foreach (var run in site.Runs.Ordered)
        {
            Gate.Evaluate(site.Of(run, static _ => false), verdicts);
            foreach (var verdict in verdicts)
                if (verdict.Outcome == GateOutcome.Pass)
                    count++;
        }

        return count;
    }
}
