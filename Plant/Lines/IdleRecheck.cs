using System.Collections.Immutable;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Lines;

/// <summary>One value as it was just read from one server.</summary>
/// <param name="Value">The value.</param>
/// <param name="Quality">Severity of its status.</param>
/// <param name="QualityName">Symbolic name of its status.</param>
public readonly record struct FreshValue(TagValue Value, EvidenceQuality Quality, string QualityName);

/// <summary>The re-check between a hold and a permit: a line's idle conditions, asked once of values that were read for the purpose.</summary>
/// <remarks>Pure. It knows no dwell and no coverage, which the line's report proves beside it; it only says whether the line still stands still.</remarks>
public sealed class IdleRecheck
{
    private readonly ImmutableArray<ConditionCheck> checks;

    public IdleRecheck(Line line, PlantModel plant)
    {
        checks = [.. (line.Idle?.All ?? []).Select(entry =>
            new ConditionCheck(entry.Condition, entry.Condition is StateCondition state ? plant.Profile(state.Profile) : null))];
        Tags = [.. checks.Select(check => check.Tag).Distinct()];
    }

    /// <summary>Names of the tags that must be read.</summary>
    public ImmutableArray<string> Tags { get; }

    /// <summary>Asks every condition of every value that its tag has: one that says no decides, and one that proves nothing does not say yes.</summary>
    /// <param name="read">Values by tag name, one of each server that gave one; a tag that is absent was not read.</param>
    /// <returns>Null when every condition holds, else why not.</returns>
    public string? Refusal(IReadOnlyDictionary<string, IReadOnlyList<FreshValue>> read)
    {
        if (checks.IsEmpty)
            return "the line has no conditions, so it cannot be shown to be idle";
        var reasons = checks.Select(check => Ask(check, read.GetValueOrDefault(check.Tag, []))).Where(answer => answer.Outcome != ConditionOutcome.Holds)
            .Select(answer => answer.Reason).ToList();
        return reasons.Count == 0 ? null : string.Join("; ", reasons);
    }

    private static ConditionAnswer Ask(ConditionCheck check, IReadOnlyList<FreshValue> values)
    {
        var answers = values.Select(value => value.Quality == EvidenceQuality.Good
            ? check.Ask(value.Value)
            : ConditionAnswer.Doubt($"{check.Tag} reads {value.QualityName}")).ToList();
        if (answers.Exists(answer => answer.Outcome == ConditionOutcome.Fails))
            return answers.Find(answer => answer.Outcome == ConditionOutcome.Fails);
        if (answers.Exists(answer => answer.Outcome == ConditionOutcome.Holds))
            return ConditionAnswer.Holds;
        return answers.Count > 0 ? answers[0] : ConditionAnswer.Doubt($"{check.Tag} could not be read");
    }
}
