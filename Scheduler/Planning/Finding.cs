namespace PatchEdge.Scheduler.Planning;

/// <summary>What a gate found, whoever it is about. Immutable: runs of which the same is found share one.</summary>
internal sealed record Finding
{
    /// <summary>Of a verdict that was never given.</summary>
    public static readonly Finding None = new() { Gate = "", Rule = "", Owner = "", Outcome = GateOutcome.Block, Code = "", Value = "", Reason = "" };

    public required string Gate { get; init; }

    public required string Rule { get; init; }

    public required string Owner { get; init; }

    public required GateOutcome Outcome { get; init; }

    public bool Doubt { get; init; }

    public required string Code { get; init; }

    public required string Value { get; init; }

    public required string Reason { get; init; }

    public DateTimeOffset? ExpectedClearing { get; init; }

    /// <summary>The same about one host, line or procedure.</summary>
    public Verdict About(string subject) => new(this, subject);

    /// <summary>A finding about the run itself has no further subject.</summary>
    public static implicit operator Verdict(Finding finding) => new(finding, "");
}
