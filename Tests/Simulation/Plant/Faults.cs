using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>What goes wrong in a plant, drawn by lot, and most of it where runs are under way; each with the state that it met, for the tables.</summary>
internal sealed class Faults(
    World world, Wire wire, SimulatedScheduler scheduler, IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<SimulatedGateway> gateways, Monitoring monitoring, Tally tally)
{
    private const int MostSteps = 300;

    private bool over;

    /// <summary>Counts each end of a program, whoever ended it.</summary>
    public void Watch()
    {
        scheduler.Ended += () => CountByState("killed: scheduler, while a run is");
        scheduler.FailedToStart += () => CountByState("full disk: start of the scheduler, while a run is");
        foreach (var host in hosts)
            host.Ended += (_, phase) => tally.Count("killed: agent, at", "runs", phase);
        wire.Did += (topic, fault) => tally.Count("network", Kind(topic), fault.ToString());
    }

    public void Begin()
    {
        scheduler.Dies = where => world.Chance(where.Contains("commit", StringComparison.Ordinal) ? 0.002 : 0.004);
        scheduler.DiskFails = () =>
        {
            var fails = world.Chance(scheduler.IsStarting ? 0.1 : 0.005);
            if (fails && !scheduler.IsStarting)
                CountByState("full disk: scheduler, while a run is");
            return fails;
        };
        foreach (var host in hosts)
            host.Dies = where => world.Chance(Danger(host, where));
        wire.Sent += (topic, _) => AfterPermit(topic);
        Next();
    }

    /// <summary>Where an agent's life seldom is it is in the more danger there, so that every story meets it.</summary>
    private static double Danger(SimulatedHost host, string where) =>
        where.Contains("step soak", StringComparison.Ordinal) ? 0.003
        : where.EndsWith("-back", StringComparison.Ordinal) ? 0.1
        : where.Contains("step", StringComparison.Ordinal) ? 0.02
        : where.EndsWith("/go-ahead-request", StringComparison.Ordinal) ? 0.05
        : where.EndsWith("/progress", StringComparison.Ordinal) && host.Phase == "untold end" ? 0.05
        : 0.0015;

    /// <summary>A permit's way is short: what is to go wrong then must go wrong at once.</summary>
    private void AfterPermit(string topic)
    {
        if (over || !topic.EndsWith("/permit", StringComparison.Ordinal) || !world.Chance(0.35))
            return;
        var gateway = gateways[world.Random.Next(gateways.Count)];
        var (kind, away) = (world.Random.Next(4), world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)));
        world.After(world.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(40)), () => Break(kind, gateway, away));
    }

    /// <summary>From here on nothing fails.</summary>
    public void End()
    {
        over = true;
        wire.Temper = WireTemper.Calm;
        scheduler.Dies = _ => false;
        scheduler.DiskFails = () => false;
        foreach (var host in hosts)
            host.Dies = _ => false;
    }

    private void Next()
    {
        var busy = scheduler.Life.IsOver || scheduler.Runs().Exists(run => run.Occupies);
        world.After(busy ? world.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(40)) : world.Between(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(2)), () =>
        {
            if (over)
                return;
            One(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(50)));
            Next();
        });
    }

    private void One(TimeSpan away)
    {
        var host = hosts[world.Random.Next(hosts.Count)];
        var gateway = gateways[world.Random.Next(gateways.Count)];
        switch (world.Random.Next(12))
        {
            case 0:
                scheduler.Life.EndAfter(world.Random.Next(MostSteps), () => scheduler.Crash(away));
                break;
            case 1 or 2:
                host.Life.EndAfter(world.Random.Next(MostSteps), () => host.Crash(away));
                break;
            case 3 or 4:
                Break(1, gateway, away);
                break;
            case 5 or 6:
                Break(2, gateway, away);
                break;
            case 7:
                tally.Count("frozen: agent, at", "runs", host.Phase);
                host.Life.Freeze(away);
                break;
            case 8:
                CountByState("frozen: scheduler, while a run is");
                scheduler.Life.Freeze(away / 3);
                break;
            case 9:
                monitoring.Break(gateway.Name, world.Chance(0.5) ? Layout.ServerOf(Layout.First) : Layout.Chambers[world.Random.Next(2)], away);
                break;
            case 10:
                tally.Count("full disk: agent, at", "runs", host.Phase);
                host.BreakDisk();
                host.Life.EndAfter(MostSteps, () => host.Crash(away));
                break;
            default:
                Break(3, gateway, away);
                break;
        }
    }

    private void Break(int kind, SimulatedGateway gateway, TimeSpan away)
    {
        switch (kind)
        {
            case 0:
                scheduler.Crash(away);
                break;
            case 1:
                CountByState("killed: gateway, while a run is");
                gateway.Crash(away);
                break;
            case 2:
                CountByState("frozen: gateway, while a run is");
                gateway.Life.Freeze(away);
                break;
            default:
                CountByState("cut: every connection, while a run is");
                wire.Cut();
                break;
        }
    }

    private void CountByState(string table)
    {
        foreach (var state in scheduler.Runs().Select(run => run.State).Distinct())
            tally.Count(table, "runs", state);
    }

    private static string Kind(string topic) => topic.Split('/') switch
    {
        [.., "line", _, "gateway", _] => "line report",
        [.., "gateway", _, "status"] => "gateway status",
        [.., "host", _, "status"] => "agent status",
        [.., "ledger", "head"] => "ledger head",
        [.., var last] => last,
        _ => topic,
    };
}
