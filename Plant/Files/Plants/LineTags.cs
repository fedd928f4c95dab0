using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>A tag with the place where it was read.</summary>
internal sealed record ReadTag(ConfigurationSection Section, Tag Tag, bool IsUnitState = false);

/// <summary>The tags of one line, as its conditions refer to them: <c>Unit.Tag</c>, <c>Tag</c>, or in full <c>Line/Unit.Tag</c>.</summary>
internal sealed class LineTags
{
    private readonly string line;
    private readonly Dictionary<string, ReadTag> byName = new(StringComparer.Ordinal);

    public LineTags(string line, IEnumerable<ReadTag> tags)
    {
        this.line = line;
        foreach (var tag in tags)
            if (!byName.TryAdd(tag.Tag.Name, tag))
                tag.Section.Error("", $"tag '{tag.Tag.Name}' is named already in line {byName[tag.Tag.Name].Section.Line}");
        All = [.. byName.Values.Select(tag => tag.Tag)];
    }

    public ImmutableArray<Tag> All { get; }

    /// <summary>State tags of the units: each must be in the idle rule.</summary>
    public IEnumerable<ReadTag> UnitStates => byName.Values.Where(tag => tag.IsUnitState);

    /// <summary>The tag meant; null, with an error at <paramref name="place"/>, when there is none.</summary>
    public Tag? Find(ConfigurationValue place, string reference)
    {
        if (byName.TryGetValue(reference, out var tag) || byName.TryGetValue($"{line}/{reference}", out tag))
            return tag.Tag;
        if (reference.Length > 0)
            place.Error($"line '{line}' has no tag {Printable.Quote(reference)}: {Nearest.Hint(reference, [.. byName.Keys.Select(name => name[(line.Length + 1)..])])}");
        return null;
    }
}
