using System.Text.Json.Serialization;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Continuity;

/// <summary>A span without evidence for one tag from one source.</summary>
public sealed record Gap
{
    /// <summary>Identifies the gap for ever: the same when it closes, is repaired, or is sent again.</summary>
    public required string Id { get; init; }

    public required string Tag { get; init; }

    public required string Line { get; init; }

    public required string Gateway { get; init; }

    public required string Server { get; init; }

    public required GapCause Cause { get; init; }

    /// <summary>UTC, inside the gap.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>UTC, first moment with evidence again; null while open.</summary>
    public DateTimeOffset? End { get; init; }

    public GapRepair Repair { get; init; }

    /// <summary>The patch run it falls in; null when none.</summary>
    public string? Run { get; init; }

    /// <summary>What is known beyond the cause, such as the status code or the missing sequence numbers.</summary>
    public string Detail { get; init => field = value ?? ""; } = "";
}

/// <summary>Why a moment has no evidence.</summary>
[JsonConverter(typeof(ByNameConverter<GapCause>))]
public enum GapCause
{
    ConnectionLost,
    SequenceMissing,
    QueueOverflow,
    BadQuality,
    UncertainQuality,
    ServerNotRunning,
    ConfiguredNotMonitored,
    KeepAliveLate,
    ClockStep,
    GatewayDown,
    JournalFull,
    ConfigurationChange,
    SourceFrozen,

    /// <summary>A warm standby: another server of its redundancy set was sampled instead.</summary>
    Standby,
}

/// <summary>What was done about a gap.</summary>
[JsonConverter(typeof(ByNameConverter<GapRepair>))]
public enum GapRepair
{
    /// <summary>Nothing yet, or nothing helped: a declared gap.</summary>
    None,

    /// <summary>The server still had the notifications.</summary>
    Republished,

    /// <summary>The values were in the transferred subscription's queue.</summary>
    Transferred,

    /// <summary>The values were read from the server's history.</summary>
    Backfilled,

    /// <summary>The messages were only late: all came, in order, and the server had sent each in time.</summary>
    ArrivedLate,
}
