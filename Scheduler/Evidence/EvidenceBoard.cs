using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest word of every gateway and agent of the plant, each judged at the moment it is asked for. Thread-safe.</summary>
/// <remarks>Bounded by the plant model: what names a line, gateway or host that the plant does not have is refused.</remarks>
internal sealed class EvidenceBoard
{
    private readonly Lock gate = new();
    private readonly string site;
    private readonly ImmutableDictionary<(string Line, string Gateway), SenderSlot<LineReport>> reports;
    private readonly ImmutableDictionary<string, SenderSlot<GatewayStatus>> gateways;
    private readonly ImmutableDictionary<string, SenderSlot<AgentStatus>> agents;

    public EvidenceBoard(PlantModel plant, TimeSpan clockLimit, TimeProvider time)
    {
        site = plant.Site;
        reports = plant.Lines
            .SelectMany(line => plant.GatewaysOf(line).Select(gateway => (line.Name, gateway.Name)))
            .ToImmutableDictionary(key => key, key => new SenderSlot<LineReport>($"gateway {key.Item2}", clockLimit, time));
        gateways = plant.Gateways.ToImmutableDictionary(
            gateway => gateway.Name, gateway => new SenderSlot<GatewayStatus>($"gateway {gateway.Name}", clockLimit, time));
        agents = plant.Hosts.ToImmutableDictionary(
            host => host.Name, host => new SenderSlot<AgentStatus>($"the agent on {host.Name}", clockLimit, time));
    }

    /// <summary>Something was received that may change a verdict. Handlers must not block.</summary>
    public event Action? Changed;

    /// <summary>False when it was dropped: a duplicate, out of order, or not of this plant.</summary>
    public bool Take(LineReport report, bool retained) => Heard(() =>
        report.Site == site && reports.TryGetValue((report.Line, report.Gateway), out var slot)
        && slot.Take(report, retained, report.Boot, report.Sequence, report.At, report.ValidForMs));

    /// <inheritdoc cref="Take(LineReport, bool)"/>
    public bool Take(GatewayStatus status, bool retained) => Heard(() =>
    {
        if (status.Site != site || !gateways.TryGetValue(status.Gateway, out var slot)
            || !slot.Take(status, retained, status.Boot, null, status.At, status.ValidForMs, status.Online))
            return false;
        if (!status.Online)
            foreach (var (key, report) in reports)
                if (key.Gateway == status.Gateway)
                    report.SenderGone();
        return true;
    });

    /// <inheritdoc cref="Take(LineReport, bool)"/>
    public bool Take(AgentStatus status, bool retained) => Heard(() =>
        status.Site == site && agents.TryGetValue(status.Host, out var slot)
        && slot.Take(status, retained, status.Boot, null, status.At, status.ValidForMs, status.Online));

    /// <summary>The connection to the broker is gone: everything received over it is history from now on.</summary>
    public void Disconnect()
    {
        lock (gate)
        {
            foreach (var slot in reports.Values)
                slot.Disconnect();
            foreach (var slot in gateways.Values)
                slot.Disconnect();
            foreach (var slot in agents.Values)
                slot.Disconnect();
        }

        Changed?.Invoke();
    }

    public EvidenceSnapshot Snapshot()
    {
        lock (gate)
            return new EvidenceSnapshot
            {
                Reports = reports.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Judge()),
                Gateways = gateways.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Judge()),
                Agents = agents.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Judge()),
            };
    }

    private bool Heard(Func<bool> take)
    {
        bool taken;
        lock (gate)
            taken = take();
        if (taken)
            Changed?.Invoke();
        return taken;
    }
}
