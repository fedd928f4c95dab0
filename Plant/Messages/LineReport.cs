using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Messages;

/// <summary>What one gateway proves about one line: published on every change and at a fixed pace, retained, with a validity time.</summary>
/// <remarks>
/// A receiver trusts it for <see cref="ValidForMs"/> from its own receipt of a live message, never longer, and a retained one not at all:
/// what was true before the receiver listened is history. Publisher: gateway. Topic: <see cref="Topics.LineReport"/>.
/// </remarks>
public sealed record LineReport
{
    public required string Site { get; init; }

    public required string Line { get; init; }

    public required string Gateway { get; init; }

    /// <summary>Chosen anew at each start of the gateway; with <see cref="Sequence"/> it orders reports and drops duplicates.</summary>
    public required string Boot { get; init; }

    /// <summary>Rises by one per report of this line within a boot, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was evaluated, UTC by the gateway's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long after <see cref="At"/> it may be relied on, in milliseconds.</summary>
    public required int ValidForMs { get; init; }

    public required LineState State { get; init; }

    /// <summary>Since when the state has been this one, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When a settling line will be idle if nothing changes; null in other states.</summary>
    public DateTimeOffset? ExpectedIdleAt { get; init; }

    /// <summary>Evidence is unbroken up to this moment, UTC; null when there is none.</summary>
    public DateTimeOffset? ProvenUntil { get; init; }

    /// <summary>The batch on the line; empty when it is proven that there is none, null when unknown or not configured.</summary>
    public string? Batch { get; init; }

    /// <summary>Token of the hold in force, as the line's controller shows it; 0 when it is proven to be free, null when unknown or not configured.</summary>
    public long? HeldToken { get; init; }

    /// <summary>One sentence for an operator: why this state.</summary>
    public required string Reason { get; init; }

    public required ImmutableArray<ConditionReport> Conditions { get; init; }

    /// <summary>Largest offset between the gateway's clock and its servers' clocks, in milliseconds; null when not measured.</summary>
    public double? ClockOffsetMs { get; init; }

    /// <summary>Hash of the plant model that the gateway runs with; see <see cref="PlantModel.Hash"/>.</summary>
    public required string ConfigurationHash { get; init; }
}

/// <summary>Whether a condition holds.</summary>
[JsonConverter(typeof(ByNameConverter<ConditionOutcome>))]
public enum ConditionOutcome
{
    /// <summary>No good evidence either way.</summary>
    Doubt,

    /// <summary>False on good evidence.</summary>
    Fails,

    /// <summary>True on good evidence.</summary>
    Holds,
}

/// <summary>One idle condition, with the evidence it rests on.</summary>
public sealed record ConditionReport
{
    public required ConditionGroup Group { get; init; }

    /// <summary>The condition as the plant file wrote it, such as <c>Filling/Filler.State in [Idle, Stopped]</c>.</summary>
    public required string Text { get; init; }

    public required string Tag { get; init; }

    public required ConditionOutcome Outcome { get; init; }

    /// <summary>The value for people, state numbers with their names (<c>6 Execute</c>); null when there is none.</summary>
    public string? Value { get; init; }

    /// <summary>Symbolic name of the status code, such as <c>Good</c> or <c>BadNoCommunication</c>; null before the first reading.</summary>
    public string? Quality { get; init; }

    public DateTimeOffset? SourceTime { get; init; }

    /// <summary>Milliseconds since the evidence for it was last renewed; null when there is none.</summary>
    public double? AgeMs { get; init; }

    /// <summary>Since when the outcome has been this one, UTC.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Why it fails or is in doubt; empty when it holds.</summary>
    public string Reason { get; init => field = value ?? ""; } = "";
}
