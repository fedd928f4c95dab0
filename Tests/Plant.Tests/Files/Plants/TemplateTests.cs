using PatchEdge.Plant.Files;

namespace PatchEdge.Plant.Tests.Files.Plants;

public sealed class TemplateTests
{
    private const string Head = """
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
        servers: { plc: { url: "opc.tcp://plc:4840" } }
        gateways: { g: { servers: [plc] } }
        hosts: { h: { class: hmi, lines: [L] } }

        """;

    private const string Line = """
        areas:
          A:
            lines:
              L:
                servers: [plc]
                tags: { Batch: { type: String } }
                idle: { no-batch: [ "Batch == ''" ] }
                units:

        """;

    private const string Template = """
        templates:
          machine:
            profile: packml
            tags:
              StateCurrent: { type: Int32, node: "nsu=urn:x;s={path}/{{{unit}}}/StateCurrent" }
              Speed: { type: Float, sampling: 200ms }
            idle:
              no-motion: [ "{unit}.Speed < 0.5" ]

        """;

    private static string Units(params string[] units) => string.Concat(units.Select(unit => "          " + unit + "\n"));

    [Fact]
    public void Ten_units_take_ten_lines()
    {
        var plant = PlantFile.Parse(Head + Line + Units([.. Enumerable.Range(1, 10).Select(unit => $"U{unit}: {{ template: packml }}")]), "plant.yaml");
        var line = plant.Lines.Single();
        Assert.Equal(41, line.Tags.Length);
        Assert.Equal(10, line.Idle!.State.Length);
        Assert.Equal(20, line.Idle.NoMotion.Length);
        Assert.Equal("nsu=urn:x;s=L.U7.CurMachSpeed", line.Tags.Single(tag => tag.Name == "L/U7.CurMachSpeed").Node);
    }

    [Fact]
    public void Unit_says_what_differs_and_leaves_out_what_it_lacks()
    {
        var plant = PlantFile.Parse(Head + Template + Line + Units(
            "Filler: { template: machine, with: { path: P1 }, tags: { Speed: { sampling: 50ms, critical: true }, Extra: { type: Int16 } } }",
            "Capper: { template: machine, with: { path: P2 }, tags: { StateCurrent: { record: true } } }"), "plant.yaml");
        var filler = plant.Tags.Where(tag => tag.Unit == "Filler").ToDictionary(tag => tag.Name);
        Assert.Equal(["L/Filler.StateCurrent", "L/Filler.Speed", "L/Filler.Extra"], filler.Keys);
        Assert.Equal(("Float", 50d, true), (filler["L/Filler.Speed"].DataType, filler["L/Filler.Speed"].SamplingInterval.TotalMilliseconds, filler["L/Filler.Speed"].Critical));
        Assert.Equal("nsu=urn:x;s=P1/{Filler}/StateCurrent", filler["L/Filler.StateCurrent"].Node);
        Assert.Equal(["L/Filler.Speed < 0.5", "L/Capper.Speed < 0.5"], plant.Lines.Single().Idle!.NoMotion.Select(condition => condition.ToString()));
    }

    [Fact]
    public void Left_out_tag_is_gone()
    {
        var text = Head + Template.Replace("    idle:\n      no-motion: [ \"{unit}.Speed < 0.5\" ]\n", "", StringComparison.Ordinal)
            + Line.Replace("} \n", "}\n", StringComparison.Ordinal).Replace("no-batch: [ \"Batch == ''\" ]", "no-batch: [ \"Batch == ''\" ], no-motion: none", StringComparison.Ordinal)
            + Units("U: { template: machine, with: { path: P }, tags: { Speed: none } }");
        Assert.Equal(["L/U.StateCurrent", "L/Batch"], PlantFile.Parse(text, "plant.yaml").Tags.Select(tag => tag.Name));
    }

    [Fact]
    public void Expanded_plant_is_the_same_plant()
    {
        var document = PlantDocument.Open(RepositoryFile.PathOf("config/plant.yaml"));
        var again = PlantFile.Parse(document.Expanded(), "expanded.yaml");
        Assert.Equal(document.Model.Hash, again.Hash);
        var templated = PlantDocument.Parse(Head + Template + Line + Units("U: { template: machine, with: { path: 'a: #b' } }"), "plant.yaml", null);
        Assert.Equal(templated.Model.Hash, PlantFile.Parse(templated.Expanded(), "expanded.yaml").Hash);
        Assert.DoesNotContain("template", templated.Expanded(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("U: { template: machin }", "p:22: areas.A.lines.L.units.U.template: 'machin' is no known template: did you mean 'machine'?")]
    [InlineData("U: { template: machine }", "p:10: templates: {path} has no value: give the unit one, as 'with: { path: … }'")]
    [InlineData("U: { template: machine, with: { path: P, pth: Q } }", "p:22: areas.A.lines.L.units.U.with.pth: template 'machine' has no placeholder {pth}: did you mean 'path'?")]
    [InlineData("U: { template: machine, with: { path: P, unit: Q } }", "p:22: areas.A.lines.L.units.U.with.unit: {unit} is known already")]
    [InlineData("U: { template: machine, with: { path: P }, tags: { Sped: none } }", "p:22: Sped: the template has no tag 'Sped' to leave out: did you mean 'Speed'?")]
    public void Errors_name_the_place_to_correct(string unit, string expected)
    {
        var errors = Assert.Throws<ConfigurationException>(() => PlantFile.Parse(Head + Template + Line + Units(unit), "p")).Errors;
        Assert.Contains(errors, error => error.ToString().StartsWith(expected.Replace("p:22", "p:22", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public void Error_in_a_template_names_its_line_and_the_unit()
    {
        var text = Head + Template.Replace("Float", "Flot", StringComparison.Ordinal) + Line + Units("U: { template: machine, with: { path: P } }");
        var error = Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "p")).Errors.Single();
        Assert.Equal("p:11: areas.A.lines.L.units.U.tags.Speed.type: 'Flot' is not a known data type: did you mean 'Float'? (from template 'machine', which unit 'U' uses in line 22)", error.ToString());
    }

    [Fact]
    [Trait("Req", "hostile-78")]
    public void Templates_cannot_multiply_without_bound()
    {
        var tags = string.Concat(Enumerable.Range(0, 2000).Select(tag => $"      T{tag}: {{ type: Int32 }}\n"));
        var text = Head + "templates:\n  big:\n    tags:\n" + tags + Line + Units([.. Enumerable.Range(0, 1000).Select(unit => $"U{unit}: {{ template: big }}")]);
        Assert.Contains("split the plant", Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "p")).Message, StringComparison.Ordinal);
    }
}
