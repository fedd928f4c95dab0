using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>Every other run that is not over, found by host and by line without looking at all of them. Immutable.</summary>
[CollectionBuilder(typeof(OtherRuns), nameof(Create))]
internal sealed class OtherRuns : IEnumerable<RunFacts>
{
    private readonly RunIndex all;
    private readonly string? self;
    private readonly Func<string, bool>? ready;

    private OtherRuns(RunIndex all, string? self, Func<string, bool>? ready) => (this.all, this.self, this.ready) = (all, self, ready);

    /// <summary>All that are not over, as one of them sees them.</summary>
    /// <param name="all">Also the one that looks.</param>
    /// <param name="self">Its id.</param>
    /// <param name="ready">Which are ready to go.</param>
    public static OtherRuns Of(RunIndex all, string self, Func<string, bool> ready) => new(all, self, ready);

    public static OtherRuns Create(ReadOnlySpan<RunFacts> runs) => new(RunIndex.Empty.With([], runs.ToArray()), null, null);

    /// <summary>All that are not over, the one that looks among them.</summary>
    public RunIndex All => all;

    /// <summary>Who keeps a run from the host: one that occupies it, or else one that is ready for it and goes first; null when nobody does.</summary>
    public RunFacts? RivalOnHost(PlantHost host, RunFacts run) => Rival(all.OnHost(host), run);

    /// <summary>The same for a host that the plant file may not have any more.</summary>
    public RunFacts? RivalOnHost(string host, RunFacts run) => Rival(all.OnHost(host), run);

    /// <summary>The same for a line.</summary>
    public RunFacts? RivalOnLine(PlantLine line, RunFacts run) => Rival(all.OnLine(line), run);

    /// <summary>How many hosts are under way at the site.</summary>
    public int CountOccupying() => all.CountOccupying() is > 0 and var count ? count - (Self is null ? 0 : 1) : 0;

    /// <summary>How many of a campaign's.</summary>
    public int CountOccupying(string campaign) => all.CountOccupying(campaign) is > 0 and var count ? count - (Self?.Campaign == campaign ? 1 : 0) : 0;

    /// <summary>With one more.</summary>
    public OtherRuns Add(RunFacts run) => new(all.With([], [run]), self, ready);

    public IEnumerator<RunFacts> GetEnumerator() => all.Ordered.Where(run => run.Id != self).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The one that looks, when it is under way itself.</summary>
    private RunFacts? Self => self is not null && all.IsOccupying(self) ? all.Find(self) : null;

    private RunFacts? Rival(ImmutableArray<RunFacts> runs, RunFacts run)
    {
        RunFacts? first = null;
        foreach (var other in runs)
        {
            // Names are compared last: most runs only wait, and those of a line are many.
            var occupies = other.State.Occupies;
            if ((!occupies && (first is not null || !IsReady(other))) || other.Id == self)
                continue;
            if (occupies)
                return other;
            if (Precedence.Compare(other, run) < 0)
                first = other;
        }

        return first;
    }

    private bool IsReady(RunFacts run) => ready?.Invoke(run.Id) ?? run.Ready;
}
