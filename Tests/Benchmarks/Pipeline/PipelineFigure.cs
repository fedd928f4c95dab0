using System.Globalization;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>What one run cost.</summary>
/// <param name="Gateway">Which; with the number of its build where there are several.</param>
/// <param name="Load">What it watched.</param>
/// <param name="Values">That were fed.</param>
/// <param name="Rate">Of them, a second.</param>
/// <param name="Idle">CPU-s a second of the same gateway while nothing changed.</param>
/// <param name="Spent">CPU-s from the start of the feed until all had arrived.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Switches">Of threads in that time, as far as they waited for something.</param>
/// <param name="Resident">MB at the end.</param>
/// <param name="Peak">MB, ever.</param>
/// <param name="Arrived">Values that are stored.</param>
/// <param name="Reckoned">What became of each.</param>
internal sealed record PipelineFigure(
    string Gateway, PipelineLoad Load, long Values, double Rate, double Idle, double Spent, double Seconds, long Switches, double Resident, double Peak, long Arrived, Reckoning Reckoned)
{
    public static string Head { get; } =
        $"{"gateway",-11} {"tags",7} {"every",6} {"values",11} {"per second",10} {"messages",9} {"idle, CPU-s/s",14} {"per million",12} {"without idle",13} {"switches",9} {"resident",9} {"peak MB",8} {"arrived",11} {"declared",9} {"lost",5} {"twice",6}";

    /// <summary>CPU-s per million values, all of it.</summary>
    public double PerMillion => Spent / Millions;

    /// <summary>The same without what the gateway costs that is told nothing.</summary>
    public double WithoutIdle => (Spent - (Idle * Seconds)) / Millions;

    private double Millions => Math.Max(1, Values) / 1e6;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Gateway,-11} {Load.Tags,7:#,0} {Load.Interval,6} {Values,11:#,0} {Rate,10:#,0} {Reckoned.Messages,9:#,0} {Idle,14:0.0000} {PerMillion,12:0.000} {WithoutIdle,13:0.000} {Switches,9:#,0} {Resident,9:0.0} {Peak,8:0.0} {Arrived,11:#,0} {Reckoned.Declared,9:#,0} {Reckoned.Undeclared,5:#,0} {Reckoned.Twice,6:#,0}{(Reckoned.Causes.Length > 0 ? " " + Reckoned.Causes : "")}{(Reckoned.Example.Length > 0 ? " lost: " + Reckoned.Example : "")}");
}
