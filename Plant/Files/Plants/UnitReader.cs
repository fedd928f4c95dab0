using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads the tags of one unit and binds its state tag to its profile.</summary>
internal static class UnitReader
{
    /// <summary>A unit's state tag when it names no other, as PackML calls it.</summary>
    public const string UsualStateTag = "StateCurrent";

    public static IEnumerable<ReadTag> ReadTags(ConfigurationSection unit, string line, TagDefaults lineDefaults, LineSurroundings surroundings)
    {
        unit.Has("template");
        unit.Has("with");
        var profile = unit.OptionalOneOf("profile", surroundings.ProfileNames, "state profile");
        var sections = unit.Named("tags");
        var state = unit.OptionalText("state");
        if (sections.IsEmpty)
            unit.Error("tags", "the unit has no tags: list at least its state");
        if (state is not null && profile is null)
            unit.Error("state", "a state tag's numbers mean nothing without a profile: give the unit one");
        if (state is not null && sections.All(tag => tag.Name != state))
            unit.Error("state", $"the unit has no tag {Printable.Quote(state)}: {Nearest.Hint(state, [.. sections.Select(tag => tag.Name)])}");
        if (profile is not null && state is null && sections.All(tag => tag.Name != UsualStateTag))
            unit.Error("profile", $"the unit has a profile, but no state tag: name one with 'state:', or call it {UsualStateTag}");
        var inherited = lineDefaults.OverrideForAll(unit, unit.Name, surroundings.ServerNames);
        foreach (var section in sections)
        {
            var tag = TagReader.Read(section, line, unit.Name, inherited, surroundings);
            var isState = profile is not null && section.Name == (state ?? UsualStateTag);
            yield return new ReadTag(section, isState ? tag with { Profile = tag.Profile ?? profile } : tag, isState);
        }
    }
}
