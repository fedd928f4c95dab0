using System.Collections;
using System.Runtime.CompilerServices;

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

    public IEnumerable<RunFacts> OnHost(string host) => Seen(all.OnHost(host));

    public IEnumerable<RunFacts> OnLine(string line) => Seen(all.OnLine(line));

    /// <summary>Those with a permit that may be alive or an outcome that is not settled.</summary>
    public IEnumerable<RunFacts> Occupying => Seen(all.Occupying);

    /// <summary>With one more.</summary>
    public OtherRuns Add(RunFacts run) => new(all.With([], [run]), self, ready);

    public IEnumerator<RunFacts> GetEnumerator() => Seen(all.Ordered).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<RunFacts> Seen(IEnumerable<RunFacts> runs)
    {
        foreach (var run in runs)
            if (run.Id != self)
                yield return ready is not null && ready(run.Id) != run.Ready ? run with { Ready = !run.Ready } : run;
    }
}
