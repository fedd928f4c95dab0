using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;

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
    public override string ToString() => $"{Path.Server} → {Path.Gateway}{(Path.Historian is null ? "" : $" → {Path.Historian}")}{(Why.Length == 0 ? "" : $" ({Why})")}";
}

/// <summary>Judges paths at one moment. Pure.</summary>
/// <param name="host">The host that would be taken away.</param>
/// <param name="away">Hosts that are away already, and why.</param>
/// <param name="unhealthy">Hosts that cannot be relied on, and why.</param>
/// <param name="plant">The plant.</param>
/// <param name="evidence">What was heard.</param>
internal sealed class PathJudge(
    string host, IReadOnlyDictionary<string, string> away, IReadOnlyDictionary<string, string> unhealthy, PlantModel plant, EvidenceSnapshot evidence)
{
    /// <summary>A historian that confirmed nothing for longer keeps no record now.</summary>
    private static readonly TimeSpan LongestUndelivered = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string?> gateways = new(StringComparer.Ordinal);

    /// <summary>The path of a tag that no digest names.</summary>
    public JudgedPath Judge(TagPath path) =>
        Taken(path) is { } taken ? new JudgedPath(path, PathStanding.Taken, taken)
        : Doubt(path) is { } doubt ? new JudgedPath(path, PathStanding.Unproven, doubt)
        : new JudgedPath(path, PathStanding.Live, "");

    /// <summary>Names of the tags that are not observed on the path.</summary>
    public IReadOnlyCollection<string> NotObserved(TagPath path) => ServerOf(path)?.NotObserved ?? [];

    private string? Taken(TagPath path)
    {
        if (path.RestsOn(host))
            return "this host";
        foreach (var on in path.Hosts)
            if (away.TryGetValue(on, out var why))
                return $"{on}: {why}";
        return null;
    }

    private string? Doubt(TagPath path)
    {
        foreach (var on in path.Hosts)
            if (unhealthy.TryGetValue(on, out var why))
                return $"{on}: {why}";
        if (!gateways.TryGetValue(path.Gateway, out var known))
            gateways[path.Gateway] = known = DoubtAboutGateway(path.Gateway);
        return known
            ?? (ServerOf(path) is not { NoneObserved: false, ProvenUntil: not null } ? $"{path.Gateway} observes nothing through {path.Server}" : null)
            ?? (path.Historian is not null && !IsBridged(path.Historian) ? DoubtAboutDelivery(path.Gateway) : null);
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

    private ServerCoverage? ServerOf(TagPath path) =>
        evidence.CoverageOf(path.Gateway).Message?.Servers.FirstOrDefault(server => server.Server == path.Server);
}
