using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Service;
using PatchEdge.Agent.State;
using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>A host with the product's agent on it. Its steps take time and may fail; a crash of the agent does not end the step that it was in.</summary>
internal sealed class SimulatedHost(string name, World world, Wire wire, string folder, Func<string> schedulerKey)
{
    private Life life = new(world, "agent " + name);
    private WireClient? client;
    private StateStore? store;
    private AgentService? service;

    public string Name => name;

    public Life Life => life;

    /// <summary>Steps that are going on, each with its token.</summary>
    public List<long> Acting { get; } = [];

    /// <summary>What is durable.</summary>
    public AgentState? Known => StateStore.Peek(folder, out _);

    public bool MayCrash { get; set; }

    /// <summary>A step is about to begin: the host, the step, its token.</summary>
    public event Action<SimulatedHost, string, RunRecord>? Begins;

    public void Start()
    {
        life = new Life(world, "agent " + name);
        var time = new LifeClock(world, life);
        client = new WireClient(world, wire, life, time, where => MayCrash && world.Chance(0.002) && Die());
        store = StateStore.Open(folder, Layout.Site, name);
        File.WriteAllText(Path.Combine(folder, "boot"), "b" + world.Random.Next());
        var configuration = new AgentConfiguration
        {
            Site = Layout.Site, Host = name, Data = folder, Broker = new BrokerConfiguration { Url = new Uri("mqtt://broker") },
            SchedulerKey = "", Procedures = "", BootId = Path.Combine(folder, "boot"),
            Timings = new AgentTimings { ConnectionWait = TimeSpan.FromMinutes(2) },
        };
        service = new AgentService(
            configuration, new AgentIdentity(Layout.Site, name, $"{name}-{world.Random.Next():x8}", schedulerKey()), new ProcedureShelf([Layout.Update]),
            store, time, NullLoggerFactory.Instance, client, (step, _, _, _, clock, _) => StepAsync(step, clock));
        life.Begin(() => service.RunAsync(CancellationToken.None));
    }

    public void Crash(TimeSpan away)
    {
        if (life.IsOver)
            return;
        life.End();
        client?.Drop();
        store?.Dispose();
        world.After(away, Start);
    }

    private bool Die()
    {
        Crash(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
        return true;
    }

    private async Task<StepResult> StepAsync(Step step, TimeProvider time)
    {
        var run = store!.Current!.Run!;
        Begins?.Invoke(this, step.Name, run);
        Acting.Add(run.Token);
        var span = world.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(25));
        // The command goes on by itself, whatever becomes of its agent.
        world.After(span, () => Acting.Remove(run.Token));
        await Task.Delay(span, time);
        return world.Chance(0.08) ? new StepResult(StepEnd.Exited, 1, "it failed") : new StepResult(StepEnd.Exited, 0, "");
    }
}
