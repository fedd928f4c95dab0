namespace PatchEdge.Plant.Continuity;

/// <summary>A gateway's statement that it was watching: every configured tag is covered in the span, but for the gaps that name it.</summary>
public sealed record Attestation
{
    public required string Site { get; init; }

    public required string Gateway { get; init; }

    public required string Boot { get; init; }

    /// <summary>Rises by one for ever, across restarts.</summary>
    public required long Sequence { get; init; }

    /// <summary>UTC, inside the span; equal to the previous attestation's <see cref="End"/> when contiguous.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>UTC, first moment after the span.</summary>
    public required DateTimeOffset End { get; init; }

    public required string ConfigurationHash { get; init; }

    public required int Tags { get; init; }

    public required long SamplesReceived { get; init; }

    public required long SamplesJournaled { get; init; }

    public required long SamplesDelivered { get; init; }

    public double? ClockOffsetMs { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the previous attestation as journaled; empty for the first.</summary>
    public required string Previous { get; init; }
}
