using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Commands;
using PatchEdge.Simulator.Processes;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Faults;

/// <summary>Kills and freezes the plant's programs without warning, and cuts the servers' network, drawn from a seed: what has to be survived.</summary>
/// <remarks>
/// What carries a path of a critical tag is only touched while every other path is up and no host of one is being patched: no program
/// can watch through a path that nobody has. All else is touched at any time: the scheduler, the broker, agents.
/// </remarks>
internal sealed class FaultInjector(IReadOnlyList<ChildProcess> children, PlantModel plant, PlantNetwork network, JobWatch jobs, TruthFile truth, PlantRecorder record, int seed, OutputMerger output, TimeProvider time)
{
    public const string Broker = "broker";

    private const string Scheduler = "scheduler";
    private const string Self = "faults";

    /// <summary>A program that has run for so long has its connections and its evidence.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Answering = TimeSpan.FromSeconds(30);

    private readonly Random random = new(seed);
    private readonly List<(ChildProcess Child, DateTimeOffset Since, long Recorded)> killed = [];
    private long lastCut;

    /// <summary>Time since a path last failed by us; what was missed then is looked up soon after.</summary>
    public TimeSpan Quiet => lastCut == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(lastCut);

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(6 + 8 * random.NextDouble()), time, cancelled);
                PutDownRestarts();
                var states = await jobs.AskAsync(cancelled);
                // Drawn whether or not anything can fail, so that a seed tells one story as far as the machine lets it.
                var (kind, which, harsh, length) = (random.Next(), random.Next(), random.Next(3) > 0, TimeSpan.FromSeconds(1 + 3 * random.NextDouble()));
                // The kind first: there are more agents than all the rest.
                var kinds = Targets(states).GroupBy(target => target.Kind).OrderBy(group => group.Key).ToList();
                if (kinds.Count == 0)
                    continue;
                var alike = kinds[kind % kinds.Count].ToList();
                await FailAsync(alike[which % alike.Count], harsh, length, cancelled);
            }
        }
        finally
        {
            PutDownRestarts();
        }
    }

    private async Task FailAsync(Target chosen, bool harsh, TimeSpan length, CancellationToken cancelled)
    {
        var now = time.GetUtcNow();
        if (chosen.Kind is TargetKind.Link or TargetKind.Carrier)
            lastCut = time.GetTimestamp();
        if (chosen.Child is not { } child)
        {
            // Nobody stands in for a line's only server, and of one that was silent no history proves that it was not.
            var silently = !harsh && plant.Servers.Single(server => server.Name == chosen.Name).Set is not null;
            truth.Append(new TruthRecord(now, TruthKind.NetworkCut, chosen.Name, $"{length.TotalSeconds:0.0} s{(silently ? ", silently" : "")}"));
            output.Write(Self, $"cuts the network of {chosen.Name} for {length.TotalSeconds:0.0} s{(silently ? ", silently" : "")}");
            var cut = record.Begin(silently ? FaultKind.NetworkSilent : FaultKind.NetworkCut, chosen.Name, now);
            await network.FailAsync(chosen.Name, silently, length, time, cancelled);
            record.End(cut, time.GetUtcNow());
            return;
        }

        truth.Append(new TruthRecord(now, harsh ? TruthKind.Killed : TruthKind.Frozen, chosen.Name, $"{length.TotalSeconds:0.0} s"));
        output.Write(Self, harsh ? $"kills {chosen.Name}" : $"freezes {chosen.Name} for {length.TotalSeconds:0.0} s");
        var recorded = record.Begin(KindOf(chosen, harsh), chosen.Name, now);
        if (harsh)
        {
            killed.Add((child, now, recorded));
            child.Kill();
            return;
        }

        await child.FreezeAsync(length, cancelled);
        record.End(recorded, time.GetUtcNow());
    }

    /// <summary>A killed program's fault is over when its process was started again.</summary>
    private void PutDownRestarts()
    {
        foreach (var (child, since, recorded) in killed.ToList())
            if (child.Outages.FirstOrDefault(outage => !outage.IsFrozen && outage.To > since) is { } outage)
            {
                record.End(recorded, outage.To);
                killed.RemoveAll(one => one.Recorded == recorded);
            }
    }

    private IEnumerable<Target> Targets(IReadOnlyDictionary<string, string>? stateOfHost)
    {
        var pathsAreWhole = PathsAreWhole(stateOfHost);
        foreach (var child in children.Where(child => child.Uptime > TimeSpan.FromSeconds(2)))
        {
            if (child.Name is Scheduler or Broker)
            {
                // An agent waits so long for an answer, and not for ever: one of the two at a time, and not soon again.
                if (children.Where(other => other.Name is Scheduler or Broker).All(other => other.Uptime > Answering))
                    yield return new Target(TargetKind.Centre, child.Name, child);
            }
            else if (child.Agent is { } host)
            {
                if (stateOfHost is not null && !IsUnderWay(stateOfHost, host))
                    yield return new Target(TargetKind.Agent, child.Name, child);
            }
            else if (pathsAreWhole && !plant.Servers.Any(server => server.Name == child.Name && server.Set is null))
            {
                // Nobody stands in for a line's own controller.
                yield return new Target(TargetKind.Carrier, child.Name, child);
            }
        }

        if (pathsAreWhole)
            foreach (var server in plant.Servers)
                yield return new Target(TargetKind.Link, server.Name, null);
    }

    private bool PathsAreWhole(IReadOnlyDictionary<string, string>? stateOfHost)
    {
        var carriers = children.Where(child => child.Agent is null && child.Name is not (Scheduler or Broker)).ToList();
        return stateOfHost is not null && Quiet > Settled && carriers.TrueForAll(carrier => carrier.Uptime > Settled)
            && carriers.TrueForAll(carrier => carrier.Host is null || !IsUnderWay(stateOfHost, carrier.Host));
    }

    private FaultKind KindOf(Target chosen, bool harsh) => chosen.Kind switch
    {
        TargetKind.Centre when chosen.Name == Scheduler => harsh ? FaultKind.SchedulerKilled : FaultKind.SchedulerFrozen,
        TargetKind.Centre => harsh ? FaultKind.BrokerKilled : FaultKind.BrokerFrozen,
        TargetKind.Agent => harsh ? FaultKind.AgentKilled : FaultKind.AgentFrozen,
        _ => plant.Servers.Any(server => server.Name == chosen.Name)
            ? harsh ? FaultKind.ServerKilled : FaultKind.ServerFrozen
            : harsh ? FaultKind.GatewayKilled : FaultKind.GatewayFrozen,
    };

    /// <summary>From the permit on, as far as anybody was told.</summary>
    private static bool IsUnderWay(IReadOnlyDictionary<string, string> stateOfHost, string host) =>
        stateOfHost.GetValueOrDefault(host) is "Released" or "Executing" or "Verifying" or "Quarantined";

    private enum TargetKind
    {
        /// <summary>The scheduler, or the broker: without either nothing goes on.</summary>
        Centre,

        Carrier,
        Agent,
        Link,
    }

    /// <param name="Child">Null for a link.</param>
    private sealed record Target(TargetKind Kind, string Name, ChildProcess? Child);
}
