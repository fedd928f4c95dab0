namespace PatchEdge.Simulation.Machine;

/// <summary>How the wire behaves.</summary>
internal sealed record WireTemper
{
    public double Loss { get; init; }

    public double Repeat { get; init; }

    /// <summary>How often a message is late: by seconds, seldom by most of a minute.</summary>
    public double Late { get; init; }

    /// <summary>How often a copy is kept and delivered much later as retained, whatever its sender said and whenever it expired.</summary>
    public double Hoard { get; init; }

    /// <summary>How much likelier all of this but lateness is for what is said seldom, so that every story meets it.</summary>
    public double Seldom { get; init; } = 1;

    /// <summary>Every permit is lost on its way, and a kept copy of it comes some seconds later.</summary>
    public bool KeepsPermits { get; init; }

    /// <summary>What was kept is delivered as if it were meant now: the mutant of a broker.</summary>
    public bool ForgetsThatItKept { get; init; }

    /// <summary>How much later a message of this topic always comes, whenever it expired; null for the others.</summary>
    public Func<string, TimeSpan?> Slows { get; init; } = _ => null;

    /// <summary>Which messages never come.</summary>
    public Func<string, byte[], bool> Drops { get; init; } = (_, _) => false;

    public static WireTemper Calm { get; } = new();

    public static WireTemper Rough { get; } = new() { Loss = 0.03, Repeat = 0.05, Late = 0.06, Hoard = 0.05, Seldom = 2 };
}
