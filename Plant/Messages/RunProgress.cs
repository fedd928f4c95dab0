using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>Agent → scheduler: how a run is going; sent on every change and again, unchanged, until the run's end is acknowledged.</summary>
/// <remarks>Topic: <see cref="Topics.Progress"/>; never retained. Duplicates and reordering are dropped by (run, token, sequence).</remarks>
public sealed record RunProgress
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required long Token { get; init; }

    /// <summary>Rises by one per change within a run, from 1, across restarts of the agent.</summary>
    public required long Sequence { get; init; }

    /// <summary>UTC by the host's clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required RunPhase Phase { get; init; }

    /// <summary>The step it concerns; null when it concerns the whole run.</summary>
    public string? Step { get; init; }

    /// <summary>Exit code of the step's command, once it ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Last lines of the command's output, at most 4,096 characters; or why the run was refused or failed.</summary>
    public string Detail { get; init => field = value ?? ""; } = "";
}

/// <summary>Scheduler → agent: the final progress of a run is on record; stop repeating it.</summary>
/// <remarks>Topic: <see cref="Topics.ProgressAcknowledged"/>; never retained.</remarks>
public sealed record ProgressAcknowledged
{
    public required string Run { get; init; }

    public required long Token { get; init; }

    public required long Sequence { get; init; }
}

/// <summary>Where a run stands, as its agent sees it.</summary>
[JsonConverter(typeof(ByNameConverter<RunPhase>))]
public enum RunPhase
{
    /// <summary>The permit was verified and its token stored; nothing has been done yet.</summary>
    Accepted,

    /// <summary>The permit was refused; nothing was or will be done for it. Final.</summary>
    Refused,

    StepStarted,

    StepCompleted,

    /// <summary>Waiting for a go-ahead at the edge of an irreversible step.</summary>
    AwaitingGoAhead,

    RollingBack,

    /// <summary>Every step completed. Final.</summary>
    Succeeded,

    /// <summary>A step failed or no go-ahead came, and the rollback completed: the host is as it was. Final.</summary>
    RolledBack,

    /// <summary>Stopped before anything irreversible was done and nothing needed undoing. Final.</summary>
    Stopped,

    /// <summary>The outcome is not known: the rollback failed, or the agent was killed inside a step. Final until people decide.</summary>
    Unknown,
}

public static class RunPhases
{
    public static bool IsFinal(this RunPhase phase) => phase is
        RunPhase.Refused or RunPhase.Succeeded or RunPhase.RolledBack or RunPhase.Stopped or RunPhase.Unknown;
}
