using System.Text.Json.Serialization;

namespace PatchEdge.Scheduler.Planning;

public enum GateOutcome
{
    /// <summary>This gate stands in the way of a release.</summary>
    Block,

    /// <summary>This gate has nothing against a release, on good evidence.</summary>
    Pass,
}

/// <summary>One gate's answer about one subject: what it found, about whom, and since when that is so. Small, so that millions cost little.</summary>
public readonly record struct Verdict
{
    private readonly Finding? finding;
    private readonly string? subject;
    private readonly long sinceTicks;

    internal Verdict(Finding finding, string subject) => (this.finding, this.subject) = (finding, subject);

    /// <summary>All but the subject and the time.</summary>
    [JsonIgnore]
    internal Finding Finding
    {
        get => finding ?? Finding.None;
        init => finding = value;
    }

    /// <summary>Name of the gate, such as <c>line-idle</c>.</summary>
    public string Gate
    {
        get => Finding.Gate;
        init => finding = Finding with { Gate = value };
    }

    /// <summary>What it is about, such as the line's name; empty when it is about the run.</summary>
    public string Subject
    {
        get => subject ?? "";
        init => subject = value;
    }

    public GateOutcome Outcome
    {
        get => Finding.Outcome;
        init => finding = Finding with { Outcome = value };
    }

    /// <summary>It blocks for want of evidence, not on evidence: it may pass the moment that somebody is heard.</summary>
    public bool Doubt
    {
        get => Finding.Doubt;
        init => finding = Finding with { Doubt = value };
    }

    /// <summary>Stable name of the reason, for programs and for since-when.</summary>
    public string Code
    {
        get => Finding.Code;
        init => finding = Finding with { Code = value };
    }

    /// <summary>What was found, for people: a state, a time, a count.</summary>
    public string Value
    {
        get => Finding.Value;
        init => finding = Finding with { Value = value };
    }

    /// <summary>Why, in an operator's words, and what to do about it.</summary>
    public string Reason
    {
        get => Finding.Reason;
        init => finding = Finding with { Reason = value };
    }

    /// <summary>The rule that was applied, in one sentence.</summary>
    public string Rule
    {
        get => Finding.Rule;
        init => finding = Finding with { Rule = value };
    }

    /// <summary>Who can clear it: a role, not a person.</summary>
    public string Owner
    {
        get => Finding.Owner;
        init => finding = Finding with { Owner = value };
    }

    /// <summary>Since when the code has been this one, UTC; null until a history has seen it.</summary>
    public DateTimeOffset? Since
    {
        get => sinceTicks == 0 ? null : new DateTimeOffset(sinceTicks, TimeSpan.Zero);
        init => sinceTicks = value?.UtcTicks ?? 0;
    }

    /// <summary>When it is expected to pass, UTC; null when that cannot be foreseen.</summary>
    public DateTimeOffset? ExpectedClearing
    {
        get => Finding.ExpectedClearing;
        init => finding = Finding with { ExpectedClearing = value };
    }
}
