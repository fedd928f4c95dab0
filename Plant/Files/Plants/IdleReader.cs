using System.Collections.Immutable;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads a line's idle rule; a group that is not applicable must say so (<c>none</c>), never by silence.</summary>
internal static class IdleReader
{
    public static IdleRule Read(ConfigurationSection idle, LineTags tags, LineSurroundings surroundings)
    {
        var conditions = new ConditionReader(tags, surroundings);
        var rule = new IdleRule
        {
            State = idle.Has("state") ? ReadGroup(idle, "state", ConditionGroup.State, conditions) : Default(idle, tags, surroundings),
            NoBatch = ReadGroup(idle, "no-batch", ConditionGroup.NoBatch, conditions),
            NoMotion = ReadGroup(idle, "no-motion", ConditionGroup.NoMotion, conditions),
        };
        if (idle.Has("state"))
            foreach (var state in tags.UnitStates.Where(state => rule.State.All(condition => condition.Tag != state.Tag.Name)))
                idle.Error("state", $"the state of unit '{state.Tag.Unit}' is in no condition: every unit of the line must be at rest; add '{state.Tag.Unit}.{state.Section.Name} in […]'");
        return rule;
    }

    private static ImmutableArray<Condition> ReadGroup(ConfigurationSection idle, string key, ConditionGroup group, ConditionReader conditions)
    {
        var value = idle.Optional(key);
        if (value is null)
            idle.Error(key, $"is required and missing: list its conditions, or write '{key}: none' when the line has no such signal");
        if (value is null || (value.Raw == "none" && group != ConditionGroup.State))
            return [];
        if (value is { IsList: true } && value.Items().IsEmpty)
            value.Error($"has no conditions: list them{(group == ConditionGroup.State ? "" : $", or write '{key}: none' when the line has no such signal")}");
        return [.. value.Items().Select(item => conditions.Read(item, group)).OfType<Condition>()];
    }

    /// <summary>Every unit's state in its profile's own list of idle states.</summary>
    private static ImmutableArray<Condition> Default(ConfigurationSection idle, LineTags tags, LineSurroundings surroundings)
    {
        var states = tags.UnitStates.ToImmutableArray();
        if (states.IsEmpty)
            idle.Error("state", "is required and missing: no unit of the line has a profile and a state tag to take it from");
        var conditions = ImmutableArray.CreateBuilder<Condition>();
        foreach (var state in states)
        {
            var allowed = surroundings.Profile(state.Tag.Profile)?.DefaultIdle.ToImmutableArray() ?? [];
            if (allowed.IsEmpty)
                idle.Error("state", $"profile '{state.Tag.Profile}' has no state that is idle by default: name them with '{state.Tag.Unit}.{state.Section.Name} in […]'");
            else
                conditions.Add(new StateCondition(state.Tag.Name, state.Tag.Profile!, allowed));
        }

        return conditions.ToImmutable();
    }
}
