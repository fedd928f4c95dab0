using System.Collections.Concurrent;
using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Planning.Coverage;

internal enum PathStanding
{
    /// <summary>Proven by live evidence, and it rests on no host that is or would be away.</summary>
    Live,

    /// <summary>It rests on the host in question, or on one that is away already.</summary>
    Taken,

    /// <summary>Nothing takes it away, and nothing proves it now.</summary>
    Unproven,
}

/// <param name="Path">The path.</param>
/// <param name="Standing">Whether it counts.</param>
/// <param name="Why">Why it does not, in an operator's words; empty when it does.</param>
internal sealed record JudgedPath(TagPath Path, PathStanding Standing, string Why)
{
    /// <summary>The same when this host is taken away too.</summary>
    public JudgedPath Without(string host) => Path.RestsOn(host) ? new JudgedPath(Path, PathStanding.Taken, "this host") : this;

    public override string ToString() => $"{Path.Server} → {Path.Gateway}{(Path.Historian is null ? "" : $" → {Path.Historian}")}{(Why.Length == 0 ? "" : $" ({Why})")}";
}

/// <summary>Judges paths at one moment, before any further host is taken away: whoever asks for one, so each is judged once. Pure and thread-safe.</summary>
internal sealed class PathJudge(PlantModel plant, CriticalTags tags, EvidenceSnapshot evidence, RunIndex runs)
{
    /// <summary>A historian that confirmed nothing for longer keeps no record now.</summary>
    private static readonly TimeSpan LongestUndelivered = TimeSpan.FromSeconds(60);

    private readonly PlantIndex index = PlantIndex.Of(plant);
    private readonly ConcurrentDictionary<string, GatewayWord> gateways = new(concurrencyLevel: 1, capacity: 31, StringComparer.Ordinal);
    private readonly NumberedProofs<GroupProof> groups = new(tags.GroupCount);

    /// <summary>The paths that a group's tags share.</summary>
    public GroupProof Of(TagGroup group) => groups[group.Number] ??= Judge(group);

    private GroupProof Judge(TagGroup group)
    {
        var paths = ImmutableArray.CreateBuilder<JudgedPath>(group.Paths.Length);
        var named = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
        for (var place = 0; place < group.Paths.Length; place++)
        {
            var path = group.Paths[place];
            var gateway = Word(path.Gateway);
            var coverage = gateway.Servers.GetValueOrDefault(path.Server);
            paths.Add(Judge(path, group.Hosts[place], gateway, coverage));
            foreach (var tag in coverage?.NotObserved ?? [])
                if (group.Tags.Contains(tag))
                    named = named.Add(tag);
        }

        return new GroupProof(paths.MoveToImmutable(), group.Hosts, named);
    }

    /// <summary>Names of the tags that are not observed on the path.</summary>
    public ImmutableArray<string> NotObserved(TagPath path) => Word(path.Gateway).Servers.GetValueOrDefault(path.Server)?.NotObserved ?? [];

    /// <summary>The path of a tag that no digest names.</summary>
    private JudgedPath Judge(TagPath path, PathHosts hosts, GatewayWord gateway, ServerCoverage? coverage) =>
        Taken(path, hosts, gateway) is { } taken ? new JudgedPath(path, PathStanding.Taken, taken)
        : Doubt(path, hosts, gateway, coverage) is { } doubt ? new JudgedPath(path, PathStanding.Unproven, doubt)
        : new JudgedPath(path, PathStanding.Live, "");

    private string? Taken(TagPath path, PathHosts hosts, GatewayWord gateway) =>
        Taken(path.ServerHost, hosts.Server) ?? gateway.HostTaken ?? Taken(path.HistorianHost, hosts.Historian);

    /// <param name="name">The host's name; null when there is none.</param>
    /// <param name="host">The host; null when the plant file has none of that name.</param>
    private string? Taken(string? name, PlantHost? host)
    {
        if (name is not null)
            foreach (var run in host is null ? runs.OnHost(name) : runs.OnHost(host))
                if (run.State.Occupies)
                    return $"{name}: {run.Id} is {run.State}";
        return null;
    }

    private string? Doubt(TagPath path, PathHosts hosts, GatewayWord gateway, ServerCoverage? coverage) =>
        DoubtAboutHost(hosts.Server) ?? gateway.HostDoubt ?? DoubtAboutHost(hosts.Historian)
        ?? gateway.Doubt
        ?? (coverage is not { NoneObserved: false, ProvenUntil: not null } ? $"{path.Gateway} observes nothing through {path.Server}" : null)
        ?? (path.Historian is not null && !IsBridged(path.Historian) ? gateway.DoubtAboutDelivery : null);

    private string? DoubtAboutHost(PlantHost? host)
    {
        if (host is null)
            return null;
        var agent = evidence.Agent(host);
        return !agent.IsFresh ? $"{host.Name}: {agent.Doubt}"
            : agent.Message!.Fault is { Length: > 0 } fault ? $"{host.Name}: its agent has a fault: {fault}"
            : null;
    }

    private GatewayWord Word(string name)
    {
        if (gateways.TryGetValue(name, out var known))
            return known;
        var host = index.Gateway(name)?.Host;
        var placed = host is null ? null : index.Host(host);
        return gateways[name] = new GatewayWord(
            Taken(host, placed), DoubtAboutHost(placed), DoubtAboutGateway(name), DoubtAboutDelivery(name),
            (evidence.CoverageOf(name).Message?.Servers ?? []).DistinctBy(server => server.Server).ToDictionary(server => server.Server, StringComparer.Ordinal));
    }

    private string? DoubtAboutGateway(string name)
    {
        var status = evidence.Gateway(name);
        if (!status.IsFresh)
            return status.Doubt;
        var digest = evidence.CoverageOf(name);
        if (!digest.IsFresh)
            return digest.Doubt;
        return !status.Message!.JournalWritable ? $"gateway {name} cannot write its journal"
            : digest.Message!.Boot != status.Message.Boot ? $"gateway {name} has restarted since it told its coverage"
            : digest.Message.ConfigurationHash != plant.Hash ? $"gateway {name} runs with another plant file than the scheduler"
            : null;
    }

    private string? DoubtAboutDelivery(string gateway) => evidence.CoverageOf(gateway).Message?.UndeliveredMs switch
    {
        null => $"gateway {gateway} delivers to no historian",
        var waiting when waiting > LongestUndelivered.TotalMilliseconds =>
            $"the historian has confirmed nothing from gateway {gateway} for {Durations.Format(TimeSpan.FromSeconds(Math.Round(waiting.Value / 1000)))}",
        _ => null,
    };

    private bool IsBridged(string historian) => plant.Historians.Any(known => known.Name == historian && known.Bridged);

    /// <summary>What all paths through one gateway have in common.</summary>
    private sealed record GatewayWord(string? HostTaken, string? HostDoubt, string? Doubt, string? DoubtAboutDelivery, Dictionary<string, ServerCoverage> Servers);
}

/// <summary>What is proven of the paths that a group's tags share.</summary>
/// <param name="Paths">In the group's order.</param>
/// <param name="Hosts">What each rests on.</param>
/// <param name="Named">Tags of the group of which some gateway has a gap; all others are alike.</param>
internal sealed record GroupProof(ImmutableArray<JudgedPath> Paths, ImmutableArray<PathHosts> Hosts, ImmutableSortedSet<string> Named)
{
    /// <summary>Live paths of a tag that no gateway names, when this host is taken away.</summary>
    public int LiveWithout(PlantHost host)
    {
        var live = 0;
        for (var place = 0; place < Paths.Length; place++)
            if (Paths[place].Standing == PathStanding.Live && !Hosts[place].RestOn(host))
                live++;
        return live;
    }
}
