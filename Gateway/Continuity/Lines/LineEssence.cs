using System.Text;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Continuity.Lines;

/// <summary>All that decides when a line is idle, as one text: two plants in which it is equal judge the line alike.</summary>
internal static class LineEssence
{
    public static string Of(Line line, PlantModel plant)
    {
        var text = new StringBuilder();
        text.Append(null, $"{line.Name} {line.Dwell} {line.EvidenceAge} {line.ClockOffset} {line.BatchTag} {line.Idle is null}\n");
        foreach (var (group, condition) in line.Idle?.All ?? [])
        {
            text.Append(null, $"{group}: {condition}");
            if (condition is StateCondition state)
                text.Append(" by ").AppendJoin(',', plant.Profile(state.Profile).States.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}"));
            text.Append('\n');
        }

        var named = (line.Idle?.All ?? []).Select(entry => entry.Condition.Tag).Append(line.BatchTag).ToHashSet();
        foreach (var tag in line.Tags.Where(tag => named.Contains(tag.Name)))
            text.Append(tag.Name).Append(' ').AppendJoin(' ', TagColumns.Settings.Select(column => TagText.Setting(tag, column))).Append('\n');
        return text.ToString();
    }
}
