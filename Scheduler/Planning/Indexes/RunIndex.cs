using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>Every run that is not over, by id, job, host and line. Immutable: a changed run gives a new index that shares all the rest.</summary>
internal sealed class RunIndex
{
    public static readonly RunIndex Empty = new(
        ImmutableDictionary.Create<string, RunFacts>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<RunFacts>>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<RunFacts>>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<RunFacts>>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, RunFacts>(StringComparer.Ordinal));

    private readonly ImmutableDictionary<string, RunFacts> byId;
    private readonly ImmutableDictionary<string, ImmutableArray<RunFacts>> byJob;
    private readonly ImmutableDictionary<string, ImmutableArray<RunFacts>> byHost;
    private readonly ImmutableDictionary<string, ImmutableArray<RunFacts>> byLine;
    private readonly ImmutableDictionary<string, RunFacts> occupying;
    private ImmutableArray<RunFacts> ordered;

    private RunIndex(
        ImmutableDictionary<string, RunFacts> byId, ImmutableDictionary<string, ImmutableArray<RunFacts>> byJob, ImmutableDictionary<string, ImmutableArray<RunFacts>> byHost,
        ImmutableDictionary<string, ImmutableArray<RunFacts>> byLine, ImmutableDictionary<string, RunFacts> occupying) =>
        (this.byId, this.byJob, this.byHost, this.byLine, this.occupying) = (byId, byJob, byHost, byLine, occupying);

    public int Count => byId.Count;

    /// <summary>Those that go first in front; sorted when it is first asked for.</summary>
    public ImmutableArray<RunFacts> Ordered
    {
        get
        {
            if (ordered.IsDefault)
                ordered = [.. byId.Values.Order(Comparer<RunFacts>.Create(Precedence.Compare))];
            return ordered;
        }
    }

    /// <summary>Runs with a permit that may be alive or an outcome that is not settled.</summary>
    public IEnumerable<RunFacts> Occupying => occupying.Values;

    /// <summary>Runs of these jobs.</summary>
    public IEnumerable<RunFacts> OfJobs(IEnumerable<string> jobs) => jobs.SelectMany(job => byJob.GetValueOrDefault(job, []));

    public RunFacts? Find(string id) => byId.GetValueOrDefault(id);

    public ImmutableArray<RunFacts> OnHost(string host) => byHost.GetValueOrDefault(host, []);

    public ImmutableArray<RunFacts> OnLine(string line) => byLine.GetValueOrDefault(line, []);

    /// <summary>With these runs gone and those in place of what they were.</summary>
    public RunIndex With(IEnumerable<string> gone, IEnumerable<RunFacts> come)
    {
        var (ids, jobs, hosts, lines, busy) = (byId.ToBuilder(), byJob.ToBuilder(), byHost.ToBuilder(), byLine.ToBuilder(), occupying.ToBuilder());
        foreach (var id in gone)
            Remove(id);
        foreach (var run in come)
        {
            Remove(run.Id);
            ids[run.Id] = run;
            Add(jobs, run.JobId, run);
            Add(hosts, run.Host, run);
            foreach (var line in run.Lines)
                Add(lines, line, run);
            if (run.State.Occupies)
                busy[run.Id] = run;
        }

        return new RunIndex(ids.ToImmutable(), jobs.ToImmutable(), hosts.ToImmutable(), lines.ToImmutable(), busy.ToImmutable());

        void Remove(string id)
        {
            if (!ids.TryGetValue(id, out var old))
                return;
            ids.Remove(id);
            busy.Remove(id);
            Drop(jobs, old.JobId, id);
            Drop(hosts, old.Host, id);
            foreach (var line in old.Lines)
                Drop(lines, line, id);
        }
    }

    private static void Add(ImmutableDictionary<string, ImmutableArray<RunFacts>>.Builder runs, string key, RunFacts run) =>
        runs[key] = runs.TryGetValue(key, out var known) ? known.Add(run) : [run];

    private static void Drop(ImmutableDictionary<string, ImmutableArray<RunFacts>>.Builder runs, string key, string id)
    {
        var rest = runs[key].RemoveAll(run => run.Id == id);
        if (rest.IsEmpty)
            runs.Remove(key);
        else
            runs[key] = rest;
    }
}
