using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Templates that every plant file can use without defining them.</summary>
internal static class BuiltInTemplates
{
    /// <summary>A PackML machine by the status tags of OPC 30050 that its idle conditions need; nodes are the inherited prefix and the tag's name.</summary>
    private const string PackMl = """
        profile: packml
        tags:
          StateCurrent: { type: Int32, record: true }
          UnitModeCurrent: { type: Int32, profile: packml-mode }
          StateChangeInProcess: { type: Boolean }
          CurMachSpeed: { type: Float }
        idle:
          no-motion:
            - "{unit}.CurMachSpeed < 0.5"
            - "{unit}.StateChangeInProcess == false"
        """;

    private const string Source = "(built-in template packml)";

    public static IReadOnlyDictionary<string, MapNode> All { get; } = new Dictionary<string, MapNode>(StringComparer.Ordinal) { ["packml"] = Read(PackMl) };

    private static MapNode Read(string text) => (MapNode)Place(new ConfigurationParser(Source, []).Parse(text)!);

    /// <summary>Errors in what a unit makes of it must not point to lines of the plant file.</summary>
    private static ConfigurationNode Place(ConfigurationNode node) => node switch
    {
        ScalarNode scalar => scalar with { Place = Here(scalar.Place) },
        ListNode list => list with { Place = Here(list.Place), Items = [.. list.Items.Select(Place)] },
        _ => new MapNode(Here(node.Place), [.. ((MapNode)node).Entries.Select(entry => entry with { Place = Here(entry.Place), Value = Place(entry.Value) })]),
    };

    private static TextPlace Here(TextPlace place) => place with { File = Source };
}
