using System.Diagnostics;
using System.Globalization;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Benchmarks.Planning;

/// <summary><c>planning</c>: every gate of every host, one line's change, and memory, on one core; by size of the plant.</summary>
/// <remarks>
/// The sizes take turns in one process, so that what disturbs the machine disturbs all of them. Warm is one evaluation straight after the other, where a small plant
/// stays in the processor's cache; cold is one after the cache was given to something else, as by a scheduler that judges once in a while.
/// </remarks>
internal static class PlanningBenchmark
{
    public const string Usage = "planning [--hosts 1000,10000,100000] [--rounds 7]";

    public static int Run(Arguments arguments)
    {
        int[] sizes = [.. arguments.Text("hosts", "1000,10000,100000").Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        var rounds = Math.Max(1, arguments.Number("rounds", 7));
        arguments.End();
        var timings = sizes.Select(hosts => EvaluationTiming.Of(hosts)).ToList();
        var cache = new CacheFlush();
        for (var round = 0; round < rounds; round++)
            foreach (var timing in timings)
            {
                timing.Warm();
                timing.Cold(cache);
            }

        Say($"{rounds} rounds, load {Load()}; median (least to most)");
        Say("hosts | lines | warm: every gate, ms | µs per host | times the first size | cold: every gate, ms | µs per host | times the first size | collecting, ms | collections | MB kept | MB of garbage");
        foreach (var timing in timings)
            Say(timing.Row(timings[0]));
        Say("hosts | one line's change, ms: median, worst of 1,000 | runs judged | a plan for a year, ms | its MB of garbage");
        foreach (var timing in timings)
            Say($"{timing.Plant.Model.Hosts.Length} | {ChangeLines(timing.Plant)} | {PlanYear(timing.Plant)}");
        return 0;
    }

    /// <summary>Every host gets its slot within a year.</summary>
    /// <returns>Processor time, in milliseconds, and megabytes.</returns>
    private static string PlanYear(LargePlant plant)
    {
        var site = plant.Snapshot();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = Environment.CpuUsage.TotalTime;
        var plan = Planner.Plan(PlanDraft.OfSite(site, site.Now, site.Now.AddDays(365), TimeSpan.FromMinutes(1)));
        if (plan.Slots.Length + plan.Unplaced.Length != plant.Model.Hosts.Length)
            throw new InvalidOperationException("The plan left hosts out.");
        return string.Create(CultureInfo.InvariantCulture, $"{(Environment.CpuUsage.TotalTime - start).TotalMilliseconds:0} | {(GC.GetAllocatedBytesForCurrentThread() - bytes) / 1e6:0}");
    }

    /// <summary>A line goes active or idle: its report is taken in, and the runs that rest on it are judged.</summary>
    private static string ChangeLines(LargePlant plant)
    {
        var lines = plant.Model.Lines.Count();
        var spans = new List<double>();
        var looked = 0;
        var touched = new Touched();
        plant.Board.Changed += change => touched.Add(change);
        for (var number = 0; number < 1_000; number++)
        {
            var start = Stopwatch.GetTimestamp();
            plant.Report(number * 7 % lines, number / lines % 2 == 0 ? LineState.Active : LineState.Idle);
            var site = plant.Snapshot();
            var count = 0;
            foreach (var run in touched.Select(site.Runs, plant.Model))
                count += Gate.Evaluate(site.Of(run, static _ => false)).Length > 0 ? 1 : 0;
            touched = new Touched();
            spans.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            looked = Math.Max(looked, count);
        }

        spans.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{spans[spans.Count / 2]:0.000}, {spans[^1]:0.000} | {looked}");
    }

    /// <summary>How many programs wanted a processor in the last minute; nothing where the system does not tell.</summary>
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "not known";

    private static void Say(string line) => Console.Out.WriteLine(line);
}
