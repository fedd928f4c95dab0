using System.Collections.Immutable;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Planning.Indexes;

/// <summary>Every run that is not over, by id, job, host and line. Immutable: a changed run gives a new index that shares all the rest.</summary>
internal sealed class RunIndex
{
    public static readonly RunIndex Empty = new(
        null, PagedMap<RunFacts>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, PagedMap<RunFacts>.Empty);

    private readonly PlantIndex? plant;
    private readonly PagedMap<RunFacts> byId;
    private readonly PagedMap<ImmutableArray<RunFacts>> byJob;
    private readonly PagedMap<ImmutableArray<RunFacts>> byHost;
    private readonly PagedMap<ImmutableArray<RunFacts>> byLine;
    private readonly PagedMap<RunFacts> occupying;
    private ImmutableArray<RunFacts> ordered;
    private Dictionary<string, int>? occupyingByCampaign;

    private RunIndex(
        PlantIndex? plant, PagedMap<RunFacts> byId, PagedMap<ImmutableArray<RunFacts>> byJob, PagedMap<ImmutableArray<RunFacts>> byHost, PagedMap<ImmutableArray<RunFacts>> byLine, PagedMap<RunFacts> occupying) =>
        (this.plant, this.byId, this.byJob, this.byHost, this.byLine, this.occupying) = (plant, byId, byJob, byHost, byLine, occupying);

    /// <summary>Without any run, and with a place for each host and line of a plant: what is found under its number needs no search.</summary>
    public static RunIndex For(PlantIndex plant) => new(
        plant, PagedMap<RunFacts>.Empty, PagedMap<ImmutableArray<RunFacts>>.Empty, Places(plant.HostNames), Places(plant.LineNames), PagedMap<RunFacts>.Empty);

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

    public ImmutableArray<RunFacts> OnHost(PlantHost host) => Of(byHost, host.Name, host.Number);

    public ImmutableArray<RunFacts> OnLine(string line) => Of(byLine, line);

    public ImmutableArray<RunFacts> OnLine(PlantLine line) => Of(byLine, line.Name, line.Number);

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

        return new RunIndex(plant, ids.Map(), jobs.Map(), hosts.Map(), lines.Map(), busy.Map());

        void Remove(string id)
        {
            if (!ids.TryGetValue(id, out var old))
                return;
            ids.Remove(id);
            busy.Remove(id);
            Drop(jobs, old.JobId, id, keep: false);
            Drop(hosts, old.Host, id, keep: plant?.Host(old.Host) is not null);
            foreach (var line in old.Lines)
                Drop(lines, line, id, keep: plant?.Line(line) is not null);
        }
    }

    private static PagedMap<ImmutableArray<RunFacts>> Places(IEnumerable<string> names)
    {
        var places = PagedMap<ImmutableArray<RunFacts>>.Empty.Change();
        foreach (var name in names)
            places.Set(name, []);
        return places.Map();
    }

    private static ImmutableArray<RunFacts> Of(PagedMap<ImmutableArray<RunFacts>> runs, string key, int likely = -1) => runs.TryGetValue(key, out var found, likely) ? found : [];

    private static void Add(PagedMap<ImmutableArray<RunFacts>>.Changes runs, string key, RunFacts run) =>
        runs.Set(key, runs.TryGetValue(key, out var known) ? known.Add(run) : [run]);

    private static void Drop(PagedMap<ImmutableArray<RunFacts>>.Changes runs, string key, string id, bool keep)
    {
        if (!runs.TryGetValue(key, out var known))
            return;
        var rest = known.RemoveAll(run => run.Id == id);
        if (rest.IsEmpty && !keep)
            runs.Remove(key);
        else
            runs.Set(key, rest);
    }
}
