namespace PatchEdge.Simulator.Recording;

/// <summary>What was done to the plant on purpose. Numbers are on disk: never change one.</summary>
internal enum FaultKind
{
    /// <summary>A server's process was ended without warning; it lasts until another one was started.</summary>
    ServerKilled = 1,

    /// <summary>A server's process stood still, its connections open.</summary>
    ServerFrozen = 2,

    /// <summary>Connections to a server were reset, and new ones refused.</summary>
    NetworkCut = 3,

    /// <summary>Nothing passed between a server and its clients, and nobody was told.</summary>
    NetworkSilent = 4,

    /// <summary>One publish response vanished; the server still has it.</summary>
    ResponseLost = 5,

    /// <summary>A tag changed faster than its queue has places.</summary>
    Burst = 6,

    /// <summary>A tag's values were Bad.</summary>
    Bad = 7,

    /// <summary>A tag's values were Uncertain.</summary>
    Uncertain = 8,

    /// <summary>A sensor stood still.</summary>
    SensorFrozen = 9,

    GatewayKilled = 10,

    GatewayFrozen = 11,

    BrokerKilled = 12,

    DatabaseKilled = 13,

    SchedulerKilled = 14,

    SchedulerFrozen = 15,

    AgentKilled = 16,

    AgentFrozen = 17,

    /// <summary>The broker's process stood still.</summary>
    BrokerFrozen = 18,
}

/// <summary>A fault as it was injected.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Target">To whom: a program or a tag, as the plant file names it.</param>
/// <param name="From">When it began, UTC.</param>
/// <param name="To">When it was undone, UTC; null while it lasts, or when its injector died first.</param>
internal sealed record InjectedFault(FaultKind Kind, string Target, DateTimeOffset From, DateTimeOffset? To)
{
    /// <summary>Whether it lasted at some moment between the two.</summary>
    public bool Touches(DateTimeOffset from, DateTimeOffset to) => From < to && (To ?? DateTimeOffset.MaxValue) > from;
}
