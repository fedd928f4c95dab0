namespace PatchEdge.Scheduler.Planning;

/// <summary>One change of one verdict of a run, as stored: the newest of a gate and subject is what holds now.</summary>
internal sealed class VerdictChange
{
    public long Id { get; init; }

    public required string RunId { get; init; }

    public required string Gate { get; init; }

    public required string Subject { get; init; }

    public required GateOutcome Outcome { get; init; }

    /// <summary>Stable name of the reason; a new one starts a new since-when.</summary>
    public required string Code { get; init; }

    public required string Value { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset Since { get; init; }
}
