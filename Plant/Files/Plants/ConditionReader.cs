using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads one condition: <c>Tag in [Idle, Stopped]</c>, <c>Tag == 0</c>, <c>Tag == ''</c>, <c>Tag &lt; 0.5</c>.</summary>
internal sealed partial class ConditionReader(LineTags tags, LineSurroundings surroundings)
{
    private const int LongestCondition = 1_000;
    private const string Expected = "must be a condition such as \"Tag in [Idle, Stopped]\", \"Tag == ''\" or \"Tag < 0.5\"";

    /// <summary>Null, with an error at the value, when it is no condition that could be relied on.</summary>
    public Condition? Read(ConfigurationValue value, ConditionGroup group)
    {
        if (value.IsList || value.IsMap)
        {
            value.Error($"{Expected}: put it in quotes when the list stands in brackets");
            return null;
        }

        var text = value.Text().Trim();
        if (text.Length > LongestCondition)
            value.Error($"a condition has at most {LongestCondition} characters");
        else if (StateForm().Match(text) is { Success: true } state)
            return ReadState(value, state.Groups["tag"].Value, state.Groups["names"].Value);
        else if (ValueForm().Match(text) is { Success: true } comparison)
            return ReadValue(value, group, comparison.Groups["tag"].Value, comparison.Groups["op"].Value, comparison.Groups["operand"].Value);
        else if (value.IsText)
            value.Error($"{Expected}, not {Printable.Quote(text)}");
        return null;
    }

    private StateCondition? ReadState(ConfigurationValue value, string reference, string list)
    {
        if (tags.Find(value, reference) is not { } tag)
            return null;
        if (surroundings.Profile(tag.Profile) is not { } profile)
        {
            value.Error($"tag '{reference}' has no state profile, so its numbers mean nothing: give it one ('profile: packml'), or its unit when it is the unit's state");
            return null;
        }

        var names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToImmutableArray();
        if (names.IsEmpty)
            value.Error($"names no state: such a condition never holds; allowed: {string.Join(", ", profile.AllowedIdle)}");
        foreach (var name in names)
            if (!profile.Meanings.ContainsKey(name) || !profile.States.Values.Contains(name))
                value.Error($"profile '{profile.Name}' has no state {Printable.Quote(name)}: {Nearest.Hint(name, [.. profile.States.Values.Distinct()])}");
            else if (profile.NeverIdle(name) is { } reason)
                value.Error($"{reason}; allowed: {string.Join(", ", profile.AllowedIdle.Distinct())}");
        if (names.Distinct().Count() != names.Length)
            value.Error("names a state twice");
        return new StateCondition(tag.Name, profile.Name, names);
    }

    private ValueCondition? ReadValue(ConfigurationValue value, ConditionGroup group, string reference, string symbol, string operandText)
    {
        if (tags.Find(value, reference) is not { } tag)
            return null;
        if (group == ConditionGroup.State || tag.Profile is not null)
        {
            value.Error($"a state is compared by name, never by number: write \"{reference} in [Idle, Stopped]\"{(tag.Profile is null ? " and give the tag a state profile" : "")}");
            return null;
        }

        if (ReadOperand(operandText) is not { } operand)
        {
            value.Error($"{Printable.Quote(operandText)} is nothing to compare with: write a number, true, false, or text in quotes ('')");
            return null;
        }

        var comparison = Enum.GetValues<ComparisonOperator>().First(candidate => candidate.Symbol() == symbol);
        if (operand.Number is null && comparison is not (ComparisonOperator.Equal or ComparisonOperator.NotEqual))
            value.Error($"'{symbol}' compares numbers: use == or != here");
        if (tag.DataType is { } type && KindOf(type) is var kind && kind != KindOf(operand))
            value.Error($"tag '{reference}' is of type {type}, which is compared with {kind}, not with {KindOf(operand)}");
        return new ValueCondition(tag.Name, comparison, operand);
    }

    private static ConditionOperand? ReadOperand(string text)
    {
        if (text.Length >= 2 && (text[0] is '\'' or '"') && text.IndexOf(text[0], 1) == text.Length - 1)
            return new ConditionOperand(null, null, text[1..^1]);
        if (text is "true" or "false")
            return new ConditionOperand(null, text == "true", null);
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new ConditionOperand(number, null, null)
            : null;
    }

    private static string KindOf(ConditionOperand operand) =>
        operand.Number is not null ? "a number" : operand.Boolean is not null ? "true or false" : "text in quotes";

    private static string KindOf(string dataType) => dataType switch
    {
        "Boolean" => "true or false",
        "String" or "DateTime" or "Guid" or "LocalizedText" or "NodeId" => "text in quotes",
        _ => "a number",
    };

    [GeneratedRegex(@"^(?<tag>[^\[\]]+?)\s+in\s*\[(?<names>[^\[\]]*)\]$")]
    private static partial Regex StateForm();

    [GeneratedRegex(@"^(?<tag>[^<>=!]+?)\s*(?<op>==|!=|<=|>=|<|>)\s*(?<operand>.+)$")]
    private static partial Regex ValueForm();
}
