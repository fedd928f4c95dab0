using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Service;
using PatchEdge.Agent.State;
using PatchEdge.Plant.Messages;
using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>A host with the product's agent on it. Its steps take time and may fail; a crash of the agent does not end the step that it was in, and a restart of the host does.</summary>
/// <param name="name">Its name.</param>
/// <param name="world">The world.</param>
/// <param name="wire">The network.</param>
/// <param name="folder">What is durable.</param>
/// <param name="schedulerKey">The key that its agent pins.</param>
/// <param name="mutant">The rule that it does not keep.</param>
/// <param name="takesAway">Takes away for a while whatever else stands on it.</param>
internal sealed class SimulatedHost(string name, World world, Wire wire, string folder, Func<string> schedulerKey, Mutant mutant, Action<TimeSpan> takesAway)
{
    /// <summary>By how much a host's clock is ahead whose word is as late.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(42);

    private readonly List<Command> commands = [];
    private readonly ImmutableArray<Procedure> installed = Layout.Procedures(irreversible: mutant != Mutant.Undeclared);
    private Life life = new(world, "agent " + name);
    private WireClient? client;
    private StateStore? store;
    private AgentService? service;
    private int boot = 1;

    public string Name => name;

    public Life Life => life;

    /// <summary>Tokens of the steps that are going on.</summary>
    public IEnumerable<long> Acting => commands.Select(command => command.Token);

    /// <summary>When the last of them ends.</summary>
    public TimeSpan BusyUntil => commands.Select(command => command.Until).DefaultIfEmpty().Max();

    /// <summary>What is durable.</summary>
    public AgentState? Known => StateStore.Peek(folder, out _);

    /// <summary>What its agent is at, for tables.</summary>
    public string Phase => Known?.Run switch
    {
        null => "idle",
        { IsSettled: true } => "idle",
        { IsOver: true } => "untold end",
        var run => run.Progress.Phase.ToString(),
    };

    /// <summary>Whether it is to die at this point, as chance or a sweep has it.</summary>
    public Func<string, bool> Dies { get; set; } = _ => false;

    /// <summary>Its agent's process ended, and what it was at.</summary>
    public event Action<SimulatedHost, string>? Ended;

    /// <summary>A step is about to begin: the host, the step, its run.</summary>
    public event Action<SimulatedHost, string, RunRecord>? Begins;

    public void Start()
    {
        life = new Life(world, "agent " + name);
        var time = new LifeClock(world, life) { Ahead = mutant == Mutant.LateWord ? Skew : TimeSpan.Zero };
        client = new WireClient(world, wire, life, time, where => Dies(where) && Die());
        if (mutant == Mutant.ClockStands)
            StandStill(time);
        store = StateStore.Open(folder, Layout.Site, name);
        File.WriteAllText(Path.Combine(folder, "boot"), "b" + boot);
        var configuration = new AgentConfiguration
        {
            Site = Layout.Site, Host = name, Data = folder, Broker = new BrokerConfiguration { Url = new Uri("mqtt://broker") },
            SchedulerKey = "", Procedures = "", BootId = Path.Combine(folder, "boot"),
            Timings = new AgentTimings { ConnectionWait = TimeSpan.FromMinutes(2) },
        };
        service = new AgentService(
            configuration, new AgentIdentity(Layout.Site, name, $"{name}-{world.Random.Next():x8}", schedulerKey()), new ProcedureShelf(installed),
            store, time, NullLoggerFactory.Instance, client, (step, _, _, _, clock, _) => StepAsync(step, clock));
        life.Begin(() => service.RunAsync(CancellationToken.None));
    }

    /// <summary>The agent's process ends; what it had started goes on.</summary>
    public void Crash(TimeSpan away)
    {
        if (life.IsOver)
            return;
        Ended?.Invoke(this, Phase);
        life.End();
        client?.Drop();
        store?.Dispose();
        world.After(away, Start);
    }

    /// <summary>The host goes down, with everything on it.</summary>
    public void Reboot(TimeSpan away)
    {
        boot++;
        commands.Clear();
        takesAway(away);
        Crash(away);
    }

    /// <summary>Its disk takes nothing until the agent is started again.</summary>
    public void BreakDisk()
    {
        var obstacle = Path.Combine(folder, StateStore.FileName + ".new");
        if (life.IsOver || Path.Exists(obstacle))
            return;
        Directory.CreateDirectory(obstacle);
        Ended += Repair;

        void Repair(SimulatedHost host, string phase)
        {
            Directory.Delete(obstacle);
            Ended -= Repair;
        }
    }

    private bool Die()
    {
        Crash(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(40)));
        return true;
    }

    private async Task<StepResult> StepAsync(Step step, TimeProvider time)
    {
        if (Dies("before step " + step.Name) && Die())
            await Life.Never;
        var run = store!.Current!.Run!;
        Begins?.Invoke(this, step.Name, run);
        var span = Layout.IsLong(step.Name) ? world.Between(TimeSpan.FromHours(15), TimeSpan.FromHours(23.5)) : world.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        var command = new Command(run.Token, world.Now + span);
        commands.Add(command);
        // The command goes on by itself, whatever becomes of its agent.
        world.After(span, () => commands.Remove(command));
        if (step.Irreversible || Layout.CannotBeTakenBack(step.Name))
            takesAway(span);
        if (Dies("inside step " + step.Name) && Die())
            await Life.Never;
        await Task.Delay(span, time);
        if (Dies("after step " + step.Name) && Die())
            await Life.Never;
        if (world.Chance(Layout.IsLong(step.Name) ? 0.02 : 0.08))
            return new StepResult(StepEnd.Exited, 1, "it failed");
        if (step.Reboot)
            world.After(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)), () => Reboot(world.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40))));
        return new StepResult(StepEnd.Exited, 0, "");
    }

    /// <summary>From a nonce on, until half a minute after whatever answers it has come.</summary>
    private void StandStill(LifeClock clock)
    {
        wire.Sent += (topic, _) => clock.Stands |= topic == Topics.PermitRequest(Layout.Site, name);
        wire.Taken += (topic, _, _) =>
        {
            if (topic == Topics.Permit(Layout.Site, name))
                world.After(TimeSpan.FromSeconds(30), () => clock.Stands = false);
        };
    }

    private sealed record Command(long Token, TimeSpan Until);
}
