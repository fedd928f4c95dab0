using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>Every run that is not over, by id, job, host and line. Immutable: a changed run gives a new index that shares all the rest.</summary>
internal sealed class RunIndex
{
    public static readonly RunIndex Empty = new(
        PagedMap<RunFacts>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<RunFacts>.Empty);

    private readonly PagedMap<RunFacts> byId;
    private readonly PagedMap<ImmutableArray<RunFacts>> byJob;
    private readonly PagedMap<ImmutableArray<RunFacts>> byHost;
    private readonly PagedMap<ImmutableArray<RunFacts>> byLine;
    private readonly PagedMap<RunFacts> occupying;
    private ImmutableArray<RunFacts> ordered;
    private Dictionary<string, int>? occupyingByCampaign;

    private RunIndex(
        PagedMap<RunFacts> byId, PagedMap<ImmutableArray<RunFacts>> byJob, PagedMap<ImmutableArray<RunFacts>> byHost, PagedMap<ImmutableArray<RunFacts>> byLine, PagedMap<RunFacts> occupying) =>
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

    public bool IsOccupying(string id) => occupying.TryGetValue(id, out _);

    public int CountOccupying() => occupying.Count;

    /// <summary>Those of one campaign; counted once for all.</summary>
    public int CountOccupying(string campaign) =>
        (occupyingByCampaign ??= Occupying.Where(run => run.Campaign is not null).CountBy(run => run.Campaign!, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal)).GetValueOrDefault(campaign);

    /// <summary>Runs of these jobs.</summary>
    public IEnumerable<RunFacts> OfJobs(IEnumerable<string> jobs) => jobs.SelectMany(job => Of(byJob, job));

    public RunFacts? Find(string id) => byId.GetValueOrDefault(id);

    public ImmutableArray<RunFacts> OnHost(string host) => Of(byHost, host);

    public ImmutableArray<RunFacts> OnLine(string line) => Of(byLine, line);

    /// <summary>With these runs gone and those in place of what they were.</summary>
    public RunIndex With(IEnumerable<string> gone, IEnumerable<RunFacts> come)
    {
        var (ids, jobs, hosts, lines, busy) = (byId.Change(), byJob.Change(), byHost.Change(), byLine.Change(), occupying.Change());
        foreach (var id in gone)
            Remove(id);
        foreach (var run in come)
        {
            Remove(run.Id);
            ids.Set(run.Id, run);
            Add(jobs, run.JobId, run);
            Add(hosts, run.Host, run);
            foreach (var line in run.Lines)
                Add(lines, line, run);
            if (run.State.Occupies)
                busy.Set(run.Id, run);
        }

        return new RunIndex(ids.Map(), jobs.Map(), hosts.Map(), lines.Map(), busy.Map());

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

    private static ImmutableArray<RunFacts> Of(PagedMap<ImmutableArray<RunFacts>> runs, string key) => runs.TryGetValue(key, out var found) ? found : [];

    private static void Add(PagedMap<ImmutableArray<RunFacts>>.Changes runs, string key, RunFacts run) =>
        runs.Set(key, runs.TryGetValue(key, out var known) ? known.Add(run) : [run]);

    private static void Drop(PagedMap<ImmutableArray<RunFacts>>.Changes runs, string key, string id)
    {
        if (!runs.TryGetValue(key, out var known))
            return;
        var rest = known.RemoveAll(run => run.Id == id);
        if (rest.IsEmpty)
            runs.Remove(key);
        else
            runs.Set(key, rest);
    }
}
