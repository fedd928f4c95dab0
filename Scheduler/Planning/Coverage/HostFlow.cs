using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;

namespace PatchEdge.Scheduler.Planning.Coverage;

/// <summary>Something that a gateway does not observe.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Server">The server.</param>
/// <param name="Tag">The tag; empty for all of the server's.</param>
internal readonly record struct NotFlowing(string Gateway, string Server, string Tag);

/// <summary>Whether what a host serves flows again: its servers, its gateways, its historians. Pure.</summary>
/// <remarks>What did not flow before the run either is not its to prove.</remarks>
internal sealed class HostFlow(SiteSnapshot site, string host)
{
    private static readonly TimeSpan LongestUndelivered = TimeSpan.FromSeconds(60);

    private readonly HashSet<string> away =
        [.. site.Runs.Occupying.Where(run => run.Host != host).Select(run => run.Host)];

    /// <summary>The agent runs elsewhere, nothing that the host serves is watched, and its procedure's last step does not claim to prove it: then nothing would show that the host is healthy.</summary>
    public static bool HealthNeedsProof(PlantModel plant, string host, AgentStatus agent, InstalledProcedure? installed) =>
        agent.Remote && installed?.ProvesHealth != true && !IsWatched(plant, host);

    public static string NoProof(string host) =>
        $"the agent that acts for {host} runs elsewhere, so its heartbeat proves nothing about {host}, and no tag is watched through it: end the procedure with a step that fails unless the host is healthy, marked proves-health";

    /// <summary>What the host serves and nobody observes now.</summary>
    public ImmutableHashSet<NotFlowing> Missing() => [.. Pairs().SelectMany(pair => Missing(pair.Gateway, pair.Server))];

    /// <summary>What keeps the host from counting as serving again; null when nothing does.</summary>
    /// <param name="before">What did not flow before the run.</param>
    /// <param name="unbrokenFor">How long it must have flowed without a gap.</param>
    public string? Ailment(ImmutableHashSet<NotFlowing> before, TimeSpan unbrokenFor)
    {
        foreach (var (gateway, server) in Pairs())
            if (Ailment(gateway, server, before, unbrokenFor) is { } ailment)
                return ailment;
        if (site.Plant.Historians.Any(historian => historian.Host == host))
            foreach (var gateway in site.Plant.Gateways.Where(gateway => !IsAway(gateway.Host)))
                if (Digest(gateway) is { UndeliveredMs: { } waiting } && waiting > LongestUndelivered.TotalMilliseconds)
                    return $"the historian has not yet confirmed what {gateway.Name} kept for it";
        return null;
    }

    private string? Ailment(GatewayNode gateway, OpcUaServer server, ImmutableHashSet<NotFlowing> before, TimeSpan unbrokenFor)
    {
        if (Doubt(gateway) is { } doubt)
            return doubt;
        var missing = Missing(gateway, server).Where(item => !before.Contains(item) && !before.Contains(item with { Tag = "" })).ToList();
        if (missing.Count > 0)
            return missing[0].Tag.Length == 0
                ? $"{gateway.Name} observes nothing through {server.Name} yet"
                : $"{gateway.Name} does not observe {missing[0].Tag} through {server.Name} yet{(missing.Count > 1 ? $", nor {missing.Count - 1} more" : "")}";
        var digest = Digest(gateway)!;
        return Coverage(digest, server)?.UnbrokenSince is { } since && digest.At - since < unbrokenFor
            ? $"what {gateway.Name} observes through {server.Name} has been unbroken for {Words.Span(digest.At - since)} only"
            : null;
    }

    private IEnumerable<NotFlowing> Missing(GatewayNode gateway, OpcUaServer server)
    {
        var coverage = Digest(gateway) is { } digest && Doubt(gateway) is null ? Coverage(digest, server) : null;
        // One that stands by is not sampled: that it is connected is all it can show.
        if (coverage?.ProvenUntil is not null && site.Plant.RedundancySets.Any(set => set.Name == server.Set && set.Mode == RedundancyMode.Warm))
            return [];
        return coverage is null or { NoneObserved: true } or { ProvenUntil: null }
            ? [new NotFlowing(gateway.Name, server.Name, "")]
            : coverage.NotObserved.Select(tag => new NotFlowing(gateway.Name, server.Name, tag));
    }

    /// <summary>Whatever of a server and a gateway that watches it rests on the host, and on no other that is away.</summary>
    private IEnumerable<(GatewayNode Gateway, OpcUaServer Server)> Pairs() =>
        from gateway in site.Plant.Gateways
        from server in site.Plant.Servers
        where gateway.Servers.Contains(server.Name) && (gateway.Host == host || server.Host == host) && !IsAway(gateway.Host) && !IsAway(server.Host)
        select (gateway, server);

    private static bool IsWatched(PlantModel plant, string host) =>
        plant.Gateways.Any(gateway => gateway.Host == host || plant.Servers.Any(server => server.Host == host && gateway.Servers.Contains(server.Name)));

    private bool IsAway(string? other) => other is not null && away.Contains(other);

    private string? Doubt(GatewayNode gateway)
    {
        var status = site.Evidence.Gateway(gateway.Name);
        var digest = site.Evidence.CoverageOf(gateway.Name);
        return !status.IsFresh ? status.Doubt
            : !digest.IsFresh ? digest.Doubt
            : digest.Message!.Boot != status.Message!.Boot ? $"gateway {gateway.Name} has restarted since it told its coverage"
            : digest.Message.ConfigurationHash != site.Plant.Hash ? $"gateway {gateway.Name} runs with another plant file than the scheduler"
            : null;
    }

    private CoverageDigest? Digest(GatewayNode gateway) => site.Evidence.CoverageOf(gateway.Name).Message;

    private static ServerCoverage? Coverage(CoverageDigest digest, OpcUaServer server) => digest.Servers.FirstOrDefault(known => known.Server == server.Name);
}
