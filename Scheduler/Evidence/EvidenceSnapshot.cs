using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Everything that was heard, judged at one moment. Immutable.</summary>
internal sealed record EvidenceSnapshot
{
    public required HeardBy<(string Line, string Gateway), LineReport> Reports { get; init; }

    public required HeardBy<string, GatewayStatus> Gateways { get; init; }

    /// <summary>What each gateway observes now, by gateway.</summary>
    public HeardBy<string, CoverageDigest> Coverage { get; init; } = ImmutableDictionary<string, Received<CoverageDigest>>.Empty;

    public required HeardBy<string, AgentStatus> Agents { get; init; }

    public Received<LineReport> Report(string line, string gateway) =>
        Reports.GetValueOrDefault((line, gateway)) ?? Received<LineReport>.Nothing($"gateway {gateway} does not watch {line}");

    /// <summary>The same as by its names; found faster, since reports stand in the plant file's order of their lines.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">Which of the line's gateways, from 0.</param>
    public Received<LineReport> Report(PlantLine line, int place) =>
        Reports.GetValueOrDefault((line.Name, line.Gateways[place].Name), line.FirstReport + place) ?? Received<LineReport>.Nothing($"gateway {line.Gateways[place].Name} does not watch {line.Name}");

    public Received<GatewayStatus> Gateway(string name) =>
        Gateways.GetValueOrDefault(name) ?? Received<GatewayStatus>.Nothing($"gateway {name} is not in the plant file");

    public Received<CoverageDigest> CoverageOf(string gateway) =>
        Coverage.GetValueOrDefault(gateway) ?? Received<CoverageDigest>.Nothing($"nothing was received about the coverage of gateway {gateway}");

    /// <summary>The same as by its name; found faster, since agents stand in the plant file's order of their hosts.</summary>
    public Received<AgentStatus> Agent(PlantHost host) =>
        Agents.GetValueOrDefault(host.Name, host.Number) ?? Received<AgentStatus>.Nothing($"host {host.Name} is not in the plant file");

    public Received<AgentStatus> Agent(string host) =>
        Agents.GetValueOrDefault(host) ?? Received<AgentStatus>.Nothing($"host {host} is not in the plant file");
}
