using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Tags;

/// <summary>Writes what the model says of a tag as a row says it, inherited settings included.</summary>
public static class TagText
{
    /// <param name="tag">The tag.</param>
    /// <param name="known">Its row in the plant's table, whose words for people are kept; null when it stands elsewhere.</param>
    public static TagRow Row(Tag tag, TagRow? known)
    {
        var row = known ?? new TagRow("", 0) { [TagColumn.Line] = tag.Line, [TagColumn.Unit] = tag.Unit ?? "", [TagColumn.Tag] = OwnName(tag) };
        return row.With(TagColumns.Settings.Select(column => KeyValuePair.Create(column, Setting(tag, column))));
    }

    public static string Setting(Tag tag, TagColumn column) => column switch
    {
        TagColumn.Servers => string.Join('|', tag.Servers),
        TagColumn.Node => tag.Node,
        TagColumn.Type => tag.DataType ?? "",
        TagColumn.Profile => tag.Profile ?? "",
        TagColumn.Sampling => Durations.Format(tag.SamplingInterval),
        TagColumn.Queue => tag.QueueSize.ToString(null, null),
        TagColumn.LongestSilence => tag.LongestSilence is { } silence ? Durations.Format(silence) : "",
        TagColumn.Critical => tag.Critical ? "true" : "false",
        TagColumn.Record => tag.Record ? "true" : "false",
        TagColumn.MinimumPaths => tag.MinimumPaths.ToString(null, null),
        _ => "",
    };

    /// <summary>Columns in which two tags of one name differ.</summary>
    public static IEnumerable<TagColumn> Differences(Tag one, Tag other) =>
        TagColumns.Settings.Where(column => Setting(one, column) != Setting(other, column));

    private static string OwnName(Tag tag) => tag.Name[(tag.Line.Length + 1 + (tag.Unit is null ? 0 : tag.Unit.Length + 1))..];
}
