using PatchEdge.Simulation.Machine;
using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulation.Plant;

/// <summary>A line as it really is: it starts and ends batches when it likes, unless its controller, which keeps the rules of the house's simulated plant, holds it.</summary>
internal sealed class EquipmentLine(string name, World world, Mutant mutant)
{
    public string Name => name;

    public bool Running { get; private set; }

    public LineHold Hold { get; private set; } = LineHold.Free;

    public bool Inhibits => Hold.Inhibits && mutant != Mutant.NoHold;

    /// <summary>Tokens after whose grant the line was read.</summary>
    public HashSet<long> ReadSince { get; } = [];

    public event Action<EquipmentLine>? Started;

    public event Action<EquipmentLine, long, LineHold>? Granted;

    public event Action<EquipmentLine, long>? Released;

    public void Live(Func<bool> mayStart) => world.After(
        Running ? world.Between(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(2)) : world.Between(TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(4)), () =>
        {
            if (Running)
                Running = false;
            else if (mayStart() && !Inhibits)
                Start();
            Live(mayStart);
        });

    public (bool Granted, long Epoch, string Reason) Request(long token, TimeSpan duration)
    {
        var before = Hold;
        var (next, granted, reason) = mutant == Mutant.NoFence && token != Hold.Token && !Running
            ? (new LineHold(token, token, World.Start + world.Now + duration, Hold.Epoch + 1), true, "")
            : Hold.Request(token, duration, !Running, World.Start + world.Now);
        Hold = next;
        if (granted && before.Token != token)
            Granted?.Invoke(this, token, before);
        return (granted, next.Epoch, reason);
    }

    public (bool Released, string Reason) Release(long token)
    {
        if (Hold.Token == token)
            Released?.Invoke(this, token);
        var (next, released, reason) = Hold.Release(token);
        Hold = next;
        return (released, reason);
    }

    public bool ReadIdle()
    {
        if (Hold.Token is { } token)
            ReadSince.Add(token);
        return !Running;
    }

    private void Start()
    {
        Running = true;
        Started?.Invoke(this);
    }
}
