using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest word of every gateway and agent of the plant, each judged at the moment it is asked for. Thread-safe.</summary>
/// <remarks>Bounded by the plant model: what names a line, gateway or host that the plant does not have is refused.</remarks>
internal sealed class EvidenceBoard
{
    private readonly Lock gate = new();
    private readonly PlantModel plant;
    private readonly string site;
    private readonly TimeProvider time;
    private readonly SlotBoard<(string Line, string Gateway), LineReport> reports;
    private readonly SlotBoard<string, GatewayStatus> gateways;
    private readonly SlotBoard<string, CoverageDigest> coverage;
    private readonly SlotBoard<string, AgentStatus> agents;
    private readonly AgentTexts texts = new();
    private long lastSweep;

    public EvidenceBoard(PlantModel plant, TimeSpan clockLimit, TimeProvider time)
    {
        this.plant = plant;
        site = plant.Site;
        this.time = time;
        lastSweep = time.GetTimestamp();
        reports = new(plant.Lines.SelectMany(line => plant.GatewaysOf(line).Select(gateway => (line.Name, gateway.Name))), key => $"gateway {key.Gateway}", clockLimit, time);
        gateways = new(plant.Gateways.Select(gateway => gateway.Name), name => $"gateway {name}", clockLimit, time);
        coverage = new(plant.Gateways.Select(gateway => gateway.Name), name => $"the coverage of gateway {name}", clockLimit, time);
        agents = new(plant.Hosts.Select(host => host.Name), name => $"the agent on {name}", clockLimit, time);
    }

    /// <summary>Something was received, or has grown too old, that may change a verdict. Handlers must not block.</summary>
    public event Action<EvidenceChange>? Changed;

    /// <summary>False when it was dropped: a duplicate, out of order, or not of this plant.</summary>
    public bool Take(LineReport report, bool retained) => Heard(new EvidenceChange(EvidenceSubject.Line, report.Line), () =>
        report.Site == site
            ? reports.Take((report.Line, report.Gateway), slot => slot.Take(report, retained, report.Boot, report.Sequence, report.At, report.ValidForMs), SaysTheSame)
            : null);

    /// <inheritdoc cref="Take(LineReport, bool)"/>
    public bool Take(GatewayStatus status, bool retained) => Heard(new EvidenceChange(EvidenceSubject.Gateway, status.Gateway), () =>
    {
        if (status.Site != site
            || gateways.Take(status.Gateway, slot => slot.Take(status, retained, status.Boot, null, status.At, status.ValidForMs, status.Online), SaysTheSame) is not { } news)
            return null;
        if (!status.Online)
        {
            reports.Each(key => key.Gateway == status.Gateway, slot => slot.SenderGone());
            coverage.Each(name => name == status.Gateway, slot => slot.SenderGone());
        }

        return news;
    });

    /// <inheritdoc cref="Take(LineReport, bool)"/>
    public bool Take(CoverageDigest digest, bool retained) => Heard(new EvidenceChange(EvidenceSubject.Gateway, digest.Gateway), () =>
        digest.Site == site
            ? coverage.Take(digest.Gateway, slot => slot.Take(digest, retained, digest.Boot, digest.Sequence, digest.At, digest.ValidForMs), SaysTheSame)
            : null);

    /// <inheritdoc cref="Take(LineReport, bool)"/>
    public bool Take(AgentStatus status, bool retained) => Heard(new EvidenceChange(EvidenceSubject.Host, status.Host), () =>
        status.Site == site
            ? agents.Take(status.Host, slot => slot.Take(texts.Share(status), retained, status.Boot, null, status.At, status.ValidForMs, status.Online), SaysTheSame)
            : null);

    /// <summary>The connection to the broker is gone: everything received over it is history from now on.</summary>
    public void Disconnect()
    {
        lock (gate)
        {
            reports.Each(_ => true, slot => slot.Disconnect());
            gateways.Each(_ => true, slot => slot.Disconnect());
            coverage.Each(_ => true, slot => slot.Disconnect());
            agents.Each(_ => true, slot => slot.Disconnect());
        }

        Changed?.Invoke(new EvidenceChange(EvidenceSubject.Everything, ""));
    }

    /// <summary>Tells of whatever has grown too old since this was last called.</summary>
    public void Sweep()
    {
        List<EvidenceChange> stale;
        lock (gate)
        {
            var (before, now) = (lastSweep, time.GetTimestamp());
            lastSweep = now;
            stale =
            [
                .. reports.WentStale(before, now).Select(key => new EvidenceChange(EvidenceSubject.Line, key.Line)),
                .. gateways.WentStale(before, now).Select(name => new EvidenceChange(EvidenceSubject.Gateway, name)),
                .. coverage.WentStale(before, now).Select(name => new EvidenceChange(EvidenceSubject.Gateway, name)),
                .. agents.WentStale(before, now).Select(name => new EvidenceChange(EvidenceSubject.Host, name)),
            ];
        }

        foreach (var change in stale)
            Changed?.Invoke(change);
    }

    /// <summary>As of now. It costs the same for any plant: what it holds is judged when it is looked at.</summary>
    public EvidenceSnapshot Snapshot()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            return new EvidenceSnapshot { Reports = reports.Heard(now), Gateways = gateways.Heard(now), Coverage = coverage.Heard(now), Agents = agents.Heard(now) };
        }
    }

    /// <summary>Some gateway or agent is heard now, by its own validity.</summary>
    public bool HearsAnybody()
    {
        var now = Snapshot();
        return plant.Gateways.Any(gateway => now.Gateway(gateway.Name).IsFresh) || plant.Hosts.Any(host => now.Agent(host.Name).IsFresh);
    }

    private bool Heard(EvidenceChange change, Func<bool?> take)
    {
        bool? news;
        lock (gate)
            news = take();
        if (news == true)
            Changed?.Invoke(change);
        return news is not null;
    }

    // What no gate asks for may differ: when it was said, and figures that change with every message.
    private static bool SaysTheSame(LineReport before, LineReport now) =>
        before.Conditions.Select(condition => (condition.Tag, condition.Outcome)).SequenceEqual(now.Conditions.Select(condition => (condition.Tag, condition.Outcome)))
        && before == now with
        {
            At = before.At,
            Sequence = before.Sequence,
            ProvenUntil = before.ProvenUntil,
            ClockOffsetMs = before.ClockOffsetMs,
            Conditions = before.Conditions,
        };

    private static bool SaysTheSame(GatewayStatus before, GatewayStatus now) =>
        before.Servers.Select(server => (server.Server, server.State)).SequenceEqual(now.Servers.Select(server => (server.Server, server.State)))
        && before == now with { At = before.At, JournalBacklog = before.JournalBacklog, Servers = before.Servers };

    private static bool SaysTheSame(CoverageDigest before, CoverageDigest now) =>
        before.Boot == now.Boot && before.ConfigurationHash == now.ConfigurationHash && before.UndeliveredMs is null == now.UndeliveredMs is null
        && before.Servers.Select(server => (server.Server, server.NoneObserved, server.ProvenUntil is null)).SequenceEqual(now.Servers.Select(server => (server.Server, server.NoneObserved, server.ProvenUntil is null)))
        && before.Servers.SelectMany(server => server.NotObserved.Prepend(server.Server)).SequenceEqual(now.Servers.SelectMany(server => server.NotObserved.Prepend(server.Server)));

    private static bool SaysTheSame(AgentStatus before, AgentStatus now) =>
        before.Procedures.Select(procedure => (procedure.Name, procedure.Digest, procedure.LongestMs))
            .SequenceEqual(now.Procedures.Select(procedure => (procedure.Name, procedure.Digest, procedure.LongestMs)))
        && before == now with { At = before.At, Procedures = before.Procedures };
}
