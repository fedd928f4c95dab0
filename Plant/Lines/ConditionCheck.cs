using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Lines;

/// <summary>A condition's answer for one value, with the words for it.</summary>
/// <param name="Outcome">Whether it holds.</param>
/// <param name="Reason">Why it does not; empty when it holds.</param>
internal readonly record struct ConditionAnswer(ConditionOutcome Outcome, string Reason)
{
    public static ConditionAnswer Holds => new(ConditionOutcome.Holds, "");

    public static ConditionAnswer Fails(string reason) => new(ConditionOutcome.Fails, reason);

    public static ConditionAnswer Doubt(string reason) => new(ConditionOutcome.Doubt, reason);
}

/// <summary>Compares one good value with one condition. What cannot be compared is a doubt, never an answer.</summary>
internal sealed class ConditionCheck(Condition condition, StateProfile? profile)
{
    public string Tag => condition.Tag;

    public string Text { get; } = condition.ToString()!;

    /// <summary>The value for people, a state number with its name.</summary>
    public string Describe(TagValue value) => profile is not null && value.Number is { } number ? profile.Describe(number) : value.ToString();

    public ConditionAnswer Ask(TagValue value) => value switch
    {
        { Kind: TagValueKind.Null } => ConditionAnswer.Doubt($"{Tag} has no value"),
        { Number: { } number } when !double.IsFinite(number) => ConditionAnswer.Doubt($"{Tag} is {number}, which is no measurement"),
        _ => condition switch
        {
            StateCondition state => AskState(state, value),
            ValueCondition comparison => AskValue(comparison, value),
            _ => ConditionAnswer.Doubt($"no rule is known for '{Text}'"),
        },
    };

    private ConditionAnswer AskState(StateCondition state, TagValue value)
    {
        var name = value.Number is { } number ? profile!.NameOf(number)
            : value.Text is { } text && profile!.States.Values.Contains(text) ? text
            : null;
        if (name is null)
            return ConditionAnswer.Doubt($"{Tag} is {value}, which is no state of profile {state.Profile}");
        return state.Allowed.Contains(name)
            ? ConditionAnswer.Holds
            : ConditionAnswer.Fails($"{Tag} is {Describe(value)}; idle needs {string.Join(" or ", state.Allowed)}");
    }

    private ConditionAnswer AskValue(ValueCondition comparison, TagValue value)
    {
        var holds = (comparison.Operand, value) switch
        {
            ({ Number: { } limit }, { Number: { } number }) => Compare(comparison.Operator, number.CompareTo(limit)),
            ({ Boolean: { } expected }, { Boolean: { } flag }) => Compare(comparison.Operator, flag.CompareTo(expected)),
            ({ Text: { } expected }, { Text: { } text }) => Compare(comparison.Operator, string.CompareOrdinal(text, expected)),
            _ => (bool?)null,
        };
        return holds switch
        {
            true => ConditionAnswer.Holds,
            false => ConditionAnswer.Fails($"{Tag} is {value}; idle needs {comparison.Operator.Symbol()} {comparison.Operand}"),
            null => ConditionAnswer.Doubt($"{Tag} is {value}, which cannot be compared with {comparison.Operand}"),
        };
    }

    private static bool Compare(ComparisonOperator comparison, int order) => comparison switch
    {
        ComparisonOperator.Equal => order == 0,
        ComparisonOperator.NotEqual => order != 0,
        ComparisonOperator.Less => order < 0,
        ComparisonOperator.LessOrEqual => order <= 0,
        ComparisonOperator.Greater => order > 0,
        _ => order >= 0,
    };
}
