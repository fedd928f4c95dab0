using System.Diagnostics;
using System.Globalization;
using PatchEdge.Plant.Lines;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Plans;

namespace PatchEdge.Benchmarks.Planning;

/// <summary><c>planning</c>: every gate of every host, one line's change, and memory, on one core; by size of the plant.</summary>
internal static class PlanningBenchmark
{
    public const string Usage = "planning [--hosts 1000,10000,100000] [--rounds 5]";

    public static int Run(Arguments arguments)
    {
        int[] sizes = [.. arguments.Text("hosts", "1000,10000,100000").Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        var rounds = Math.Max(1, arguments.Number("rounds", 5));
        arguments.End();
        Say("hosts | lines | evaluate all, ms (best, median) | µs per host | one line's change, ms (median, worst) | re-evaluated | MB kept | MB allocated by one evaluation | plan a year, ms, MB allocated");
        foreach (var hosts in sizes)
            Measure(hosts, rounds);
        return 0;
    }

    private static void Measure(int hosts, int rounds)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var plant = new LargePlant(hosts, TimeProvider.System.GetUtcNow());
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        var passing = EvaluateAll(plant);
        var full = new List<double>();
        long allocated = 0;
        // Small plants are over in a moment: they are measured until they have taken as long as the large one.
        var repeats = Math.Max(1, 100_000 / hosts);
        for (var round = 0; round < rounds; round++)
        {
            var start = Process.GetCurrentProcess().TotalProcessorTime;
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            for (var repeat = 0; repeat < repeats; repeat++)
                if (EvaluateAll(plant) != passing)
                    throw new InvalidOperationException("Two evaluations of one snapshot differ.");
            allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / repeats;
            full.Add((Process.GetCurrentProcess().TotalProcessorTime - start).TotalMilliseconds / repeats);
        }

        var (changes, looked) = ChangeLines(plant);
        full.Sort();
        changes.Sort();
        Say(string.Create(CultureInfo.InvariantCulture,
            $"{hosts} | {plant.Model.Lines.Count()} | {full[0]:0.0}, {full[full.Count / 2]:0.0} | {full[0] * 1000 / hosts:0.00} | {changes[changes.Count / 2]:0.000}, {changes[^1]:0.000} | {looked} runs | {kept / 1e6:0} | {allocated / 1e6:0} | {PlanYear(plant)}"));
        GC.KeepAlive(plant);
    }

    /// <summary>Every host gets its slot within a year.</summary>
    /// <returns>Processor time, in milliseconds, and megabytes.</returns>
    private static string PlanYear(LargePlant plant)
    {
        var site = plant.Snapshot();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        var plan = Planner.Plan(PlanDraft.OfSite(site, site.Now, site.Now.AddDays(365), TimeSpan.FromMinutes(1)));
        if (plan.Slots.Length + plan.Unplaced.Length != plant.Model.Hosts.Length)
            throw new InvalidOperationException("The plan left hosts out.");
        return string.Create(
            CultureInfo.InvariantCulture, $"{(Process.GetCurrentProcess().TotalProcessorTime - start).TotalMilliseconds:0}, {(GC.GetAllocatedBytesForCurrentThread() - bytes) / 1e6:0}");
    }

    /// <summary>Every gate of every run.</summary>
    /// <returns>How many verdicts pass.</returns>
    private static int EvaluateAll(LargePlant plant)
    {
        var site = plant.Snapshot();
        var passing = 0;
        var verdicts = new List<Verdict>();
        foreach (var run in site.Runs.Ordered)
        {
            Gate.Evaluate(site.Of(run, static _ => false), verdicts);
            foreach (var verdict in verdicts)
                if (verdict.Outcome == GateOutcome.Pass)
                    passing++;
        }

        return passing;
    }

    /// <summary>A line goes active or idle: its report is taken in, and the runs that rest on it are judged.</summary>
    private static (List<double> Milliseconds, int Looked) ChangeLines(LargePlant plant)
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

        return (spans, looked);
    }

    private static void Say(string line) => Console.Out.WriteLine(line);
}
