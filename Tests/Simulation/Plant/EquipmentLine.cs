using PatchEdge.Simulation.Machine;
using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulation.Plant;

/// <summary>A line as it really is: it starts and ends batches when it likes, unless its controller, which keeps the rules of the house's simulated plant, holds it.</summary>
internal sealed class EquipmentLine(string name, World world, Mutant mutant)
{
    public string Name => name;

    public bool Running { get; private set; }

    public LineHold Hold { get; private set; } = LineHold.Free;

    public bool Inhibits => Hold.Inhibits && mutant is not (Mutant.NoHold or Mutant.SharedUnsaid);

    /// <summary>Tokens after whose grant the line was read.</summary>
    public HashSet<long> ReadSince { get; } = [];

    public event Action<EquipmentLine>? Started;

    /// <summary>A token was granted; what held it before, and through which gateway.</summary>
    public event Action<EquipmentLine, long, LineHold, string>? Granted;

    /// <summary>It is about to be free of this token, through this gateway.</summary>
    public event Action<EquipmentLine, long, string>? Released;

    public void Live(Func<bool> mayStart) => world.After(
        Running ? world.Between(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50)) : world.Between(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(4)), () =>
        {
            if (Running)
                Running = false;
            else if (mayStart() && !Inhibits)
                Start();
            Live(mayStart);
        });

    public (bool Granted, long Epoch, string Reason) Request(long token, TimeSpan duration, string gateway)
    {
        var before = Hold;
        var (next, granted, reason) = mutant is Mutant.NoFence or Mutant.SharedUnsaid && token != Hold.Token && !Running
            ? (new LineHold(token, token, World.Start + world.Now + duration, Hold.Epoch + 1), true, "")
            : Hold.Request(token, duration, !Running, World.Start + world.Now);
        Hold = next;
        if (granted && before.Token != token)
            Granted?.Invoke(this, token, before, gateway);
        return (granted, next.Epoch, reason);
    }

    public (bool Released, string Reason) Release(long token, string gateway)
    {
        var before = Hold;
        if (before.Token == token)
            Released?.Invoke(this, token, gateway);
        var (next, released, reason) = before.Release(token);
        Hold = mutant == Mutant.ForgetsReleases ? next with { HighestToken = before.HighestToken } : next;
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
