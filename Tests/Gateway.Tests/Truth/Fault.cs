namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>What is done to the plant on purpose.</summary>
internal enum FaultKind
{
    /// <summary>The connection breaks; the server keeps session and subscription.</summary>
    Cut,

    /// <summary>The connection breaks, and the server gives the session up but not the subscription.</summary>
    SessionLost,

    /// <summary>The server ends without warning and starts with nothing.</summary>
    Crash,

    /// <summary>The server's process stands still: what its equipment does meanwhile nobody sees.</summary>
    Hang,

    /// <summary>Nothing gets through for a while, then everything, in order.</summary>
    Stall,

    /// <summary>One publish response is lost; the server still has it.</summary>
    ResponseLost,

    /// <summary>One publish response is lost, and the server has it no more.</summary>
    NotificationLost,

    /// <summary>For a while every response is lost on its way, and the server still has the newest of them: whoever asks gets them.</summary>
    ResponsesLost,

    /// <summary>A tag changes more often within one publishing interval than its queue has places.</summary>
    Burst,

    Bad,

    Uncertain,

    /// <summary>A sensor that stands still.</summary>
    Frozen,

    /// <summary>The server says that it is not running.</summary>
    NotRunning,

    ServerClockSet,

    GatewayClockSetForward,

    GatewayClockSetBack,

    /// <summary>The gateway is killed, and started again.</summary>
    Killed,

    /// <summary>The journal's disk takes no writes.</summary>
    DiskFails,

    /// <summary>The journal's disk is full.</summary>
    DiskFull,

    /// <summary>The gateway ends, and starts again with a plant file by which it samples one tag of each server otherwise.</summary>
    Reconfigured,

    /// <summary>The plant file changes while the gateway runs: one tag of each server is sampled otherwise.</summary>
    Retuned,

    /// <summary>The plant file loses some tags of a server while the gateway runs, and gets them back.</summary>
    TagsRemoved,

    /// <summary>The plant file gets a tag at each server that it never had.</summary>
    TagAdded,

    /// <summary>The server ends and starts again without some of its nodes; they come later.</summary>
    NodesMissing,

    BrokerAway,

    DatabaseAway,
}

/// <summary>What a fault waits for when its time has come.</summary>
internal enum Cue
{
    /// <summary>Nothing.</summary>
    Time,

    /// <summary>Its server is connected to again: it falls into what follows.</summary>
    Connection,

    /// <summary>A message of its server: it follows at once.</summary>
    Message,
}

/// <param name="Kind">What is done.</param>
/// <param name="At">When, in milliseconds of true time; not before it when it has a cue.</param>
/// <param name="Length">For how long, in milliseconds; by how much for clocks.</param>
/// <param name="Server">At which server; without meaning for the gateway's own.</param>
/// <param name="Cue">What it waits for then.</param>
internal sealed record Fault(FaultKind Kind, long At, long Length, int Server, Cue Cue = Cue.Time)
{
    public long End => Kind is FaultKind.ServerClockSet or FaultKind.GatewayClockSetForward ? At : At + Length;
}
