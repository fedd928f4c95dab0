using System.Xml.Linq;

namespace PatchEdge.EndToEnd.House;

/// <summary>Holds the dependency direction by reading the project files.</summary>
public sealed class DependencyRules
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["OpcUa"] = [],
        ["Plant"] = [],
        ["Gateway"] = ["OpcUa", "Plant"],
        ["Scheduler"] = ["Plant"],
        ["Agent"] = ["Plant"],
        ["Simulator"] = ["OpcUa", "Plant"],
    };

    public static TheoryData<string> Rooms => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_references_only_what_the_house_allows(string room)
    {
        var linked = References(room)
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order();
        Assert.Equal(Allowed[room].Order(), linked);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Only_the_simulator_starts_other_executables(string room)
    {
        var started = References(room).Count(reference => (string?)reference.Attribute("ReferenceOutputAssembly") == "false");
        Assert.Equal(room == "Simulator" ? 3 : 0, started);
    }

    [Fact]
    public void OpcUa_rests_on_the_base_class_library_alone() =>
        Assert.Empty(Project("OpcUa").Descendants("PackageReference"));

    private static IEnumerable<XElement> References(string room) => Project(room).Descendants("ProjectReference");

    private static XDocument Project(string room) =>
        XDocument.Load(Path.Combine(Repository.Root, room, room + ".csproj"));
}
