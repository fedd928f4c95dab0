using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Planning.Fit;

/// <param name="P95">95th percentile (nearest rank), from the accepted permit to the last step.</param>
/// <param name="Samples">How many successful runs that rests on, at least 1.</param>
internal sealed record MeasuredDuration(TimeSpan P95, int Samples)
{
    /// <summary>So few runs say little about the longest of twenty: below it, what was declared still counts.</summary>
    public const int Enough = 5;

    public bool IsEnough => Samples >= Enough;
}

/// <summary>How long procedures took on each class of host. Immutable.</summary>
internal sealed class PastDurations(ImmutableDictionary<(string Procedure, string HostClass), MeasuredDuration> measured)
{
    /// <summary>The newest so many runs of a procedure on a class of host count.</summary>
    public const int Remembered = 100;

    private ImmutableDictionary<(string Procedure, string HostClass), MeasuredDuration> Measured { get; } = measured;

    public static readonly PastDurations None = new(ImmutableDictionary<(string, string), MeasuredDuration>.Empty);

    /// <param name="runs">Successful runs, newest first.</param>
    public static PastDurations Of(IEnumerable<(string Procedure, string HostClass, TimeSpan Took)> runs) => new(runs
        .Where(run => run.Took > TimeSpan.Zero)
        .GroupBy(run => (run.Procedure, run.HostClass), run => run.Took)
        .ToImmutableDictionary(group => group.Key, group => group.Take(Remembered).ToList() is var newest ? new MeasuredDuration(P95(newest), newest.Count) : null!));

    /// <summary>Whether it says the same of every procedure, but for how many runs that rests on.</summary>
    public bool SaysTheSame(PastDurations other) => ReferenceEquals(this, other)
        || (Measured.Count == other.Measured.Count && Measured.All(item => other.Measured.TryGetValue(item.Key, out var known) && (known.P95, known.IsEnough) == (item.Value.P95, item.Value.IsEnough)));

    /// <summary>No run succeeded yet.</summary>
    public bool IsEmpty => Measured.IsEmpty;

    /// <summary>Null when no such run succeeded yet.</summary>
    public MeasuredDuration? Of(string procedure, string hostClass) => Measured.GetValueOrDefault((procedure, hostClass));

    /// <summary>The least of the values that at least 95 % of them do not exceed.</summary>
    internal static TimeSpan P95(List<TimeSpan> values) => values.Order().ElementAt((int)Math.Ceiling(values.Count * 0.95) - 1);
}
