using PatchEdge.Simulator.Faults;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.RealProcesses;

/// <summary>What is done to a plant of real processes: a fault, or two at once, then time to recover, until every kind had its turn.</summary>
/// <remarks>Clocks that are set and disks that fail stay with the scenarios on simulated clocks: no test may set the machine's own clock.</remarks>
/// <param name="Seed">Equal seeds tell equal stories, as far as the machine lets them.</param>
/// <param name="Rounds">Faults that meet; each with the time to wait before it, and for how long.</param>
internal sealed record RealScenario(int Seed, IReadOnlyList<IReadOnlyList<PlannedFault>> Rounds)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1_300);

    private static readonly FaultKind[] Kinds =
    [
        FaultKind.ServerKilled, FaultKind.NetworkCut, FaultKind.NetworkSilent, FaultKind.ResponseLost, FaultKind.Burst, FaultKind.Bad,
        FaultKind.Uncertain, FaultKind.SensorFrozen, FaultKind.GatewayKilled, FaultKind.BrokerKilled, FaultKind.DatabaseKilled,
    ];

    public static RealScenario Draw(int seed, IReadOnlyList<string> servers)
    {
        var random = new Random(seed);
        var left = new Queue<FaultKind>(Kinds.OrderBy(_ => random.Next()).ToList());
        var rounds = new List<IReadOnlyList<PlannedFault>>();
        while (left.Count > 0)
        {
            // Most of them meet another one.
            var together = Math.Min(left.Count, random.Next(4) < 3 ? 2 : 1);
            rounds.Add([.. Enumerable.Range(0, together).Select(place => Fault(left.Dequeue(), place, random, servers))]);
        }

        return new RealScenario(seed, rounds);
    }

    /// <summary>Does it, and returns when the last fault is over and a while has passed.</summary>
    public async Task PlayAsync(WatchedPlant plant)
    {
        foreach (var round in Rounds)
        {
            await Task.WhenAll(round.Select(fault => fault.InjectAsync(plant)));
            await Wait(Rest);
        }

        await Wait(Rest);
    }

    public override string ToString() => $"seed {Seed}: " + string.Join("; ", Rounds.Select(round => string.Join(" with ", round)));

    private static PlannedFault Fault(FaultKind kind, int place, Random random, IReadOnlyList<string> servers)
    {
        // The last server's queues are too long to overflow.
        var server = kind == FaultKind.Burst ? servers[0] : servers[random.Next(servers.Count)];
        var tag = kind == FaultKind.SensorFrozen || (kind is FaultKind.Bad or FaultKind.Uncertain && random.Next(2) == 0) ? "Temperature" : "PulseCount";
        return new PlannedFault(kind, server, tag, TimeSpan.FromMilliseconds(place == 0 ? 0 : random.Next(0, 1_200)), TimeSpan.FromMilliseconds(kind switch
        {
            FaultKind.SensorFrozen => random.Next(4_500, 5_500),
            FaultKind.Burst => random.Next(600, 1_000),
            FaultKind.GatewayKilled => random.Next(0, 800),
            _ => random.Next(300, 2_800),
        }));
    }

    private static Task Wait(TimeSpan length) => Task.Delay(length, TimeProvider.System);
}

/// <param name="Kind">What.</param>
/// <param name="Server">Where; without meaning for gateway, broker and database.</param>
/// <param name="Tag">The signal, for faults of one.</param>
/// <param name="After">Time to wait before it.</param>
/// <param name="Length">For how long; a process needs longer to be back.</param>
internal sealed record PlannedFault(FaultKind Kind, string Server, string Tag, TimeSpan After, TimeSpan Length)
{
    public async Task InjectAsync(WatchedPlant plant)
    {
        await Task.Delay(After, TimeProvider.System);
        switch (Kind)
        {
            case FaultKind.ServerKilled:
                await WhileAsync(plant, Server, () => plant.KillServerAsync(Server), () => plant.RestartServerAsync(Server));
                break;
            case FaultKind.NetworkCut:
                await WhileAsync(plant, Server, () => Done(plant.LinkTo(Server).Cut), () => Done(plant.LinkTo(Server).Mend));
                break;
            case FaultKind.NetworkSilent:
                await WhileAsync(plant, Server, () => Done(plant.LinkTo(Server).Silence), () => Done(plant.LinkTo(Server).Mend));
                break;
            case FaultKind.GatewayKilled:
                await WhileAsync(plant, WatchedPlant.Gateway, plant.KillGatewayAsync, () => Done(() => plant.StartGateway()));
                // Whatever is next shall find it watching.
                await plant.RunningGateway.LineAsync("items monitored", WatchedPlant.Patience);
                break;
            case FaultKind.BrokerKilled:
                await WhileAsync(plant, "broker", plant.KillBrokerAsync, plant.RestartBrokerAsync);
                break;
            case FaultKind.DatabaseKilled:
                await WhileAsync(plant, "database", plant.KillDatabaseAsync, plant.RestartDatabaseAsync);
                break;
            case FaultKind.ResponseLost:
                await plant.TellAsync(Server, new EquipmentFault(Kind, Server, TimeSpan.Zero));
                break;
            default:
                await plant.TellAsync(Server, new EquipmentFault(Kind, WatchedPlant.TagOf(Server, Tag), Length));
                await Task.Delay(Length, TimeProvider.System);
                break;
        }
    }

    public override string ToString() =>
        $"{Kind}{(Kind is FaultKind.GatewayKilled or FaultKind.BrokerKilled or FaultKind.DatabaseKilled ? "" : $" of {Server}")}{(Kind is FaultKind.Bad or FaultKind.Uncertain or FaultKind.SensorFrozen ? "/" + Tag : "")} for {Length.TotalMilliseconds:0} ms";

    private async Task WhileAsync(WatchedPlant plant, string target, Func<Task> begin, Func<Task> end)
    {
        var recorded = plant.Begin(Kind, target);
        await begin();
        await Task.Delay(Length, TimeProvider.System);
        // From here on it may be over; while it is undone nobody can say.
        plant.End(recorded);
        await end();
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
