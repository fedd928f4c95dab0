namespace PatchEdge.Simulator.Equipment;

/// <summary>What a line does when, for ever: batches and the idle time between them, drawn from a seed.</summary>
/// <remarks>
/// A pure function of the time since the plant's start: a line server that was killed continues the same story where the equipment
/// would be by now, as a controller that never noticed its server's death. Not thread-safe: it remembers how far it was drawn.
/// </remarks>
internal sealed class BatchPlan(string line, int seed, BatchPace pace)
{
    private readonly List<BatchCycle> cycles = [];

    /// <summary>The cycle that the given moment falls into.</summary>
    /// <param name="elapsed">Time since the plant's start, not negative.</param>
    public BatchCycle CycleAt(TimeSpan elapsed)
    {
        while (cycles.Count == 0 || cycles[^1].End <= elapsed)
            cycles.Add(Draw(cycles.Count, cycles.Count == 0 ? TimeSpan.Zero : cycles[^1].End));
        var index = cycles.Count - 1;
        while (cycles[index].Start > elapsed)
            index--;
        return cycles[index];
    }

    private BatchCycle Draw(int index, TimeSpan start)
    {
        var random = new Random(StableSeed(line, seed, index));
        return new BatchCycle(
            index,
            $"{line[..Math.Min(3, line.Length)].ToUpperInvariant()}-{seed % 10_000:0000}-{index + 1:000}",
            start,
            index == 0 ? pace.FirstRun : Vary(pace.Run, random),
            Vary(pace.Idle, random));
    }

    /// <summary>Between 0.85 and 1.15 of the mean.</summary>
    private static TimeSpan Vary(TimeSpan mean, Random random) => mean * (0.85 + 0.3 * random.NextDouble());

    private static int StableSeed(string line, int seed, int index)
    {
        unchecked
        {
            var hash = (int)2166136261;
            foreach (var character in line)
                hash = (hash ^ character) * 16777619;
            return ((hash ^ seed) * 16777619 ^ index) * 16777619;
        }
    }
}

/// <summary>Mean lengths of a line's phases.</summary>
/// <param name="FirstRun">How long the first batch executes: exactly, so that a first look needs no luck.</param>
/// <param name="Run">How long a batch executes.</param>
/// <param name="Idle">How long the line then stands idle.</param>
internal sealed record BatchPace(TimeSpan FirstRun, TimeSpan Run, TimeSpan Idle);

/// <summary>One batch and the idle time after it: Starting, Execute, Completing, Complete, Resetting, Idle.</summary>
internal sealed record BatchCycle(int Index, string BatchId, TimeSpan Start, TimeSpan Run, TimeSpan Idle)
{
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Completing = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Complete = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Resetting = TimeSpan.FromSeconds(1);

    /// <summary>How much later each following unit of the line goes through the same states.</summary>
    public static readonly TimeSpan UnitLag = TimeSpan.FromMilliseconds(400);

    public TimeSpan End => Start + Starting + Run + Completing + Complete + Resetting + Idle;

    /// <summary>State of one unit of the line.</summary>
    /// <param name="elapsed">Time since the plant's start, within this cycle.</param>
    /// <param name="unit">The unit's place in the line, from 0: material reaches it later.</param>
    public PackMlState StateAt(TimeSpan elapsed, int unit)
    {
        var left = elapsed - Start - unit * UnitLag;
        if (left < TimeSpan.Zero)
            return PackMlState.Idle;
        foreach (var (state, length) in new[]
                 {
                     (PackMlState.Starting, Starting), (PackMlState.Execute, Run), (PackMlState.Completing, Completing),
                     (PackMlState.Complete, Complete), (PackMlState.Resetting, Resetting),
                 })
        {
            if (left < length)
                return state;
            left -= length;
        }

        return PackMlState.Idle;
    }

    /// <summary>A batch is loaded from the first unit's start until the last unit has reset.</summary>
    public bool BatchLoadedAt(TimeSpan elapsed, int units) =>
        elapsed - Start < Starting + Run + Completing + Complete + Resetting + Math.Max(units - 1, 0) * UnitLag;
}
