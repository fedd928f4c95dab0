namespace PatchEdge.Simulation.Plant;

/// <summary>A rule that is taken away by a part that does not keep it. The product has no switch for any of these.</summary>
internal enum Mutant
{
    None,

    /// <summary>Controllers that grant every token, whatever they have seen and whoever holds them.</summary>
    NoFence,

    /// <summary>Controllers that say they hold, and let batches start.</summary>
    NoHold,

    /// <summary>Gateways that answer for the line without having read it.</summary>
    NoRecheck,

    /// <summary>A disk that forgets, at a crash, what it said it had.</summary>
    NoLedger,

    /// <summary>A broker that delivers what it kept as if it were meant now.</summary>
    KeptAsFresh,
}
