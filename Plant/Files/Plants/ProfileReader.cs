using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.States;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads <c>profiles</c>: ISA-88 states with a vendor's numbers, as <c>reactor: { standard: isa88, numbers: { 1: Idle, 2: Running } }</c>.</summary>
internal static class ProfileReader
{
    public static ImmutableArray<StateProfile> Read(ConfigurationSection root) =>
        [.. StateProfiles.All, .. PlantReader.Distinct(root.Named("profiles")).Select(ReadOne)];

    private static StateProfile ReadOne(ConfigurationSection section)
    {
        section.OneOf("standard", [StateProfiles.Isa88Name], kind: "standard whose numbers a vendor chooses");
        if (StateProfiles.All.Any(profile => profile.Name.Equals(section.Name, StringComparison.OrdinalIgnoreCase)))
            section.Error("", $"'{section.Name}' is the name of a built-in profile: choose another");
        var states = new Dictionary<int, string>();
        foreach (var entry in section.Section("numbers").All())
        {
            var state = entry.OneOf([.. StateProfiles.Isa88States.Keys], "ISA-88 state");
            if (!int.TryParse(entry.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                entry.Error($"must be a number with its state, such as 1: Idle, not {Printable.Quote(entry.Name)}");
            else if (!states.TryAdd(number, state))
                entry.Error($"number {number} has a state already");
        }

        if (states.Count == 0)
            section.Error("numbers", "gives no number a state: a profile without numbers puts every value in doubt");
        return StateProfiles.Isa88(section.Name, states.Where(pair => pair.Value.Length > 0).ToDictionary());
    }
}
