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

    /// <summary>Gateways that go on saying what they saw last.</summary>
    Repeats,

    /// <summary>A disk that says it has written that a run is released.</summary>
    UnwrittenRelease,

    /// <summary>A disk that forgets, at a crash, what it said it had.</summary>
    NoLedger,

    /// <summary>A broker that delivers what it kept as if it were meant now.</summary>
    KeptAsFresh,

    /// <summary>Hosts whose clocks stand from an agent's nonce to its permit.</summary>
    ClockStands,

    /// <summary>Procedures that say of nothing that it cannot be taken back.</summary>
    Undeclared,

    /// <summary>Hosts whose clocks are ahead by as much as their words are late.</summary>
    LateWord,

    /// <summary>Something that says of a silent agent's run that it was stopped.</summary>
    SpeaksForTheSilent,

    /// <summary>People who sign without having looked at the host.</summary>
    Unseen,

    /// <summary>One person with two names.</summary>
    OneHand,

    /// <summary>A plant file that does not say that two hosts share a line, and controllers that grant everything.</summary>
    SharedUnsaid,

    /// <summary>A plant file that does not say on which hosts servers and gateways run.</summary>
    PathsUnsaid,

    /// <summary>Controllers that do not remember what they were asked to free.</summary>
    ForgetsReleases,
}
