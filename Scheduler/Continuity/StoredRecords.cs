namespace PatchEdge.Scheduler.Continuity;

/// <summary>A <see cref="Plant.Continuity.Gap"/> as last heard.</summary>
internal sealed class StoredGap
{
    public required string Id { get; init; }

    public required string Tag { get; init; }

    public required string Line { get; init; }

    public required string Gateway { get; init; }

    public required string Server { get; init; }

    public required string Cause { get; init; }

    public required DateTimeOffset Start { get; init; }

    /// <summary>Null while open.</summary>
    public DateTimeOffset? End { get; init; }

    public required string Repair { get; init; }

    public string? Run { get; init; }

    public required string Detail { get; init; }
}

/// <summary>An <see cref="Plant.Continuity.Attestation"/> as heard.</summary>
internal sealed class StoredAttestation
{
    public required string Gateway { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    /// <summary>The exact text that the next attestation's hash covers.</summary>
    public required string Body { get; init; }
}

/// <summary>A line's state or batch became another in the eyes of one gateway.</summary>
internal sealed class LineChange
{
    public long Id { get; init; }

    public required string Line { get; init; }

    public required string Gateway { get; init; }

    /// <summary>When the gateway evaluated it.</summary>
    public required DateTimeOffset At { get; init; }

    public required string State { get; init; }

    /// <summary>Empty when it is proven that there is none, null when unknown.</summary>
    public string? Batch { get; init; }

    public required string Reason { get; init; }

    public double? ClockOffsetMs { get; init; }
}

/// <summary>Messages that could not be kept: until then the record is not whole.</summary>
internal sealed class IntakeLoss
{
    public long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long Messages { get; init; }
}

/// <summary>The seal of an evidence pack that was exported, so that the same pack has the same seal.</summary>
internal sealed class StoredSeal
{
    /// <summary>SHA-256 (lower-case hex) of the manifest.</summary>
    public required string Manifest { get; init; }

    public required string Token { get; init; }

    public required DateTimeOffset At { get; init; }
}
