using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Execution;

/// <summary>One progress message of an agent, as stored; its key is what drops duplicates.</summary>
internal sealed class ProgressEntry
{
    public required string RunId { get; init; }

    public required long Sequence { get; init; }

    /// <summary>UTC by the host's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>UTC by the scheduler's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public required RunPhase Phase { get; init; }

    public string? Step { get; init; }

    public int? ExitCode { get; init; }

    public string Detail { get; init; } = "";
}
