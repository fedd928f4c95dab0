using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Model;

/// <summary>What must hold for a line to count as idle: three groups of conditions; the fourth, proof, holds for every tag they name.</summary>
public sealed record IdleRule
{
    /// <summary>Every unit's state is one that allows work.</summary>
    public required ImmutableArray<Condition> State { get; init; }

    /// <summary>No batch is loaded.</summary>
    public required ImmutableArray<Condition> NoBatch { get; init; }

    /// <summary>Nothing moves and no transition is in progress.</summary>
    public required ImmutableArray<Condition> NoMotion { get; init; }

    public IEnumerable<(ConditionGroup Group, Condition Condition)> All =>
        State.Select(condition => (ConditionGroup.State, condition))
            .Concat(NoBatch.Select(condition => (ConditionGroup.NoBatch, condition)))
            .Concat(NoMotion.Select(condition => (ConditionGroup.NoMotion, condition)));
}

[JsonConverter(typeof(ByNameConverter<ConditionGroup>))]
public enum ConditionGroup
{
    State,
    NoBatch,
    NoMotion,
    Proof,
}

/// <summary>One condition over one tag: <see cref="StateCondition"/> or <see cref="ValueCondition"/>.</summary>
/// <param name="Tag">Name of the tag it reads.</param>
public abstract record Condition(string Tag);

/// <summary><c>tag in [names]</c>: the tag's number, read through a state profile, is one of the named states.</summary>
/// <param name="Tag">A state tag.</param>
/// <param name="Profile">The profile that gives the numbers their names.</param>
/// <param name="Allowed">State names of that profile.</param>
public sealed record StateCondition(string Tag, string Profile, ImmutableArray<string> Allowed) : Condition(Tag)
{
    public override string ToString() => $"{Tag} in [{string.Join(", ", Allowed)}]";
}

/// <summary><c>tag op value</c>.</summary>
/// <param name="Tag">Any scalar tag.</param>
/// <param name="Operator">How to compare.</param>
/// <param name="Operand">Number, Boolean or text to compare with, as the plant file wrote it.</param>
public sealed record ValueCondition(string Tag, ComparisonOperator Operator, ConditionOperand Operand) : Condition(Tag)
{
    public override string ToString() => $"{Tag} {Operator.Symbol()} {Operand}";
}

public enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

public static class ComparisonOperators
{
    /// <summary>The operator as the plant file writes it, such as <c>&lt;=</c>.</summary>
    public static string Symbol(this ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Equal => "==",
        ComparisonOperator.NotEqual => "!=",
        ComparisonOperator.Less => "<",
        ComparisonOperator.LessOrEqual => "<=",
        ComparisonOperator.Greater => ">",
        _ => ">=",
    };
}

/// <summary>A constant in a condition: exactly one of the three is set.</summary>
public readonly record struct ConditionOperand(double? Number, bool? Boolean, string? Text)
{
    public override string ToString() =>
        Number?.ToString("R", null) ?? (Boolean is { } flag ? (flag ? "true" : "false") : $"'{Text}'");
}
