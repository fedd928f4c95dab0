namespace PatchEdge.Scheduler.Planning;

public enum GateOutcome
{
    /// <summary>This gate stands in the way of a release.</summary>
    Block,

    /// <summary>This gate has nothing against a release, on good evidence.</summary>
    Pass,
}

/// <summary>One gate's answer about one subject.</summary>
public sealed record Verdict
{
    /// <summary>Name of the gate, such as <c>line-idle</c>.</summary>
    public required string Gate { get; init; }

    /// <summary>What it is about, such as the line's name; empty when it is about the run.</summary>
    public string Subject { get; init; } = "";

    public required GateOutcome Outcome { get; init; }

    /// <summary>It blocks for want of evidence, not on evidence: it may pass the moment that somebody is heard.</summary>
    public bool Doubt { get; init; }

    /// <summary>Stable name of the reason, for programs and for since-when.</summary>
    public required string Code { get; init; }

    /// <summary>What was found, for people: a state, a time, a count.</summary>
    public required string Value { get; init; }

    /// <summary>Why, in an operator's words, and what to do about it.</summary>
    public required string Reason { get; init; }

    /// <summary>The rule that was applied, in one sentence.</summary>
    public required string Rule { get; init; }

    /// <summary>Who can clear it: a role, not a person.</summary>
    public required string Owner { get; init; }

    /// <summary>Since when the code has been this one, UTC; null until a history has seen it.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it is expected to pass, UTC; null when that cannot be foreseen.</summary>
    public DateTimeOffset? ExpectedClearing { get; init; }
}
