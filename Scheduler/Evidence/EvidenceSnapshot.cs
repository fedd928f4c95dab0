using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Everything that was heard, judged at one moment. Immutable.</summary>
internal sealed record EvidenceSnapshot
{
    public required HeardBy<(string Line, string Gateway), LineReport> Reports { get; init; }

    public required HeardBy<string, GatewayStatus> Gateways { get; init; }

    public required HeardBy<string, AgentStatus> Agents { get; init; }

    public Received<LineReport> Report(string line, string gateway) =>
        Reports.GetValueOrDefault((line, gateway)) ?? Received<LineReport>.Nothing($"gateway {gateway} does not watch {line}");

    public Received<GatewayStatus> Gateway(string name) =>
        Gateways.GetValueOrDefault(name) ?? Received<GatewayStatus>.Nothing($"gateway {name} is not in the plant file");

    public Received<AgentStatus> Agent(string host) =>
        Agents.GetValueOrDefault(host) ?? Received<AgentStatus>.Nothing($"host {host} is not in the plant file");
}
