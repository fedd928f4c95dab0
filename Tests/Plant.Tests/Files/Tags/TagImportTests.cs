using System.Text;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Programs;

namespace PatchEdge.Plant.Tests.Files.Tags;

public sealed class TagImportTests : IDisposable
{
    private const string Plant = """
        # the demo plant
        site: S
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=", sampling: 100ms }
        servers:
          plc: { url: "opc.tcp://plc:4840" }
        gateways:
          g: { servers: [plc] }
        areas:
          A:
            lines:
              L:
                servers: [plc]
                units:
                  U:
                    profile: packml
                    tags:
                      StateCurrent: { type: Int32 }
                      Weight: { type: Double, critical: true }    # grams, "net"
                  V: { template: packml }
                tags:
                  Batch: { type: String }   # as the MES calls it
                idle:
                  no-batch: [ "Batch == ''" ]
                  # motion comes with the templates
        hosts:
          h: { class: hmi, lines: [L] }
        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Export_imported_again_changes_nothing()
    {
        var plant = Open(Plant);
        var plan = TagImport.Plan(plant, Exported(plant), removeMissing: true);
        Assert.True(plan.IsEmpty);
        Assert.Empty(plan.Added.Concat(plan.Removed));
    }

    [Fact]
    public void Added_tag_goes_into_a_table_and_nothing_else_of_the_file_changes()
    {
        var plan = Apply(TagImport.Plan(Open(Plant), Table("line,unit,tag,type,note\nL,U,Speed,Float,=not a formula\n"), removeMissing: false));
        Assert.Equal("L/U.Speed", Assert.Single(plan.Added).Name);
        var text = File.ReadAllText(folder.File("plant.yaml"));
        Assert.Equal(Plant, text.Replace("tags-file: tags.csv\n", "", StringComparison.Ordinal));
        var read = PlantDocument.Open(folder.File("plant.yaml"));
        Assert.Equal("nsu=urn:x;s=L.U.Speed", read.Model.Tags.Single(tag => tag.Name == "L/U.Speed").Node);
        Assert.Equal("=not a formula", Assert.Single(read.Table!.Rows)[TagColumn.Note]);
    }

    [Fact]
    public void Changed_tag_moves_to_the_table_with_its_comment()
    {
        var plan = Apply(TagImport.Plan(Open(Plant), Table("line,unit,tag,sampling\nL,U,Weight,50ms\n"), removeMissing: false));
        var (before, after) = Assert.Single(plan.Changed);
        Assert.Equal((100d, 50d), (before.SamplingInterval.TotalMilliseconds, after.SamplingInterval.TotalMilliseconds));
        Assert.True(after.Critical);
        Assert.Contains("plant.yaml:18", Assert.Single(plan.Moved), StringComparison.Ordinal);
        var read = PlantDocument.Open(folder.File("plant.yaml"));
        Assert.Equal("grams, \"net\"", Assert.Single(read.Table!.Rows)[TagColumn.Note]);
        Assert.DoesNotContain("Weight", read.Text, StringComparison.Ordinal);
        Assert.Contains("# motion comes with the templates", read.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_of_the_table_changes_in_no_more_than_what_differs()
    {
        File.WriteAllText(folder.File("tags.csv"), "line;unit;tag;type;sampling\r\nL;U;Speed;Float;\r\nL;;Recipe;String;\r\n");
        var plant = Open("tags-file: tags.csv\n" + Plant);
        var plan = Apply(TagImport.Plan(plant, Table(Encoding.UTF8.GetString(TagTableWriter.Write(Exported(plant).Rows, TableForm.Plain)).Replace("L.U.Speed,Float,,100ms,10,,false", "L.U.Speed,Float,,100ms,10,,true", StringComparison.Ordinal)), removeMissing: true));
        Assert.Equal("L/U.Speed", Assert.Single(plan.Changed).After.Name);
        Assert.Null(plan.PlantContent);
        var speed = PlantDocument.Open(folder.File("plant.yaml")).Table!;
        Assert.Equal(("true", ""), (speed.Rows[0][TagColumn.Critical], speed.Rows[0][TagColumn.Sampling]));
        Assert.Equal((';', "\r\n"), (speed.Form.Separator, speed.Form.NewLine));
    }

    [Fact]
    public void Missing_tags_stay_unless_they_are_to_go()
    {
        var table = Table("line,unit,tag\nL,U,StateCurrent\nL,,Batch\nL,V,StateCurrent\nL,V,UnitModeCurrent\nL,V,StateChangeInProcess\nL,V,CurMachSpeed\n");
        Assert.Equal("L/U.Weight", Assert.Single(TagImport.Plan(Open(Plant), table, removeMissing: false).Kept).Name);
        var plan = Apply(TagImport.Plan(Open(Plant), table, removeMissing: true));
        Assert.Equal("L/U.Weight", Assert.Single(plan.Removed).Name);
        Assert.Contains("grams", Assert.Single(plan.Moved), StringComparison.Ordinal);
        Assert.DoesNotContain(PlantDocument.Open(folder.File("plant.yaml")).Model.Tags, tag => tag.Name == "L/U.Weight");
    }

    [Theory]
    [InlineData("line,unit,tag\nLL,U,X\n", "i.csv:2:1: line: the plant file has no line 'LL': did you mean 'L'?")]
    [InlineData("line,unit,tag\nL,UU,X\n", "i.csv:2:2: unit: line 'L' has no unit 'UU'")]
    [InlineData("line,unit,tag,type\nL,U,X,Dubble\n", "i.csv:2:4: type: 'Dubble' is not a known data type: did you mean 'Double'?")]
    [InlineData("line,unit,tag,sampling\nL,U,X,fast\n", "i.csv:2:4: sampling: must be a duration")]
    [InlineData("line,unit,tag,servers\nL,U,X,plcc\n", "i.csv:2:4: servers[0]: 'plcc' is not a known server: did you mean 'plc'?")]
    [InlineData("line,unit,tag,node\nL,U,X,ns=2;s=A\n", "i.csv:2:4: node: 'ns=2;s=A' names its namespace by index")]
    [InlineData("line,unit,tag\nL,U,X\nL,U,X\n", "i.csv:3:3: tag: 'L/U.X' stands in line 2 already")]
    [InlineData("line,unit,tag,critical\nL,V,CurMachSpeed,true\n", "i.csv:2:3: tag: 'L/V.CurMachSpeed' stands in")]
    public void Rows_are_refused_with_line_column_and_what_is_near(string csv, string expected)
    {
        var errors = Assert.Throws<ConfigurationException>(() => TagImport.Plan(Open(Plant), Table(csv), removeMissing: false)).Errors;
        Assert.Contains(errors, error => error.ToString().StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_that_is_wrong_is_told()
    {
        var csv = new StringBuilder("line,unit,tag,type\n");
        for (var row = 0; row < 1000; row++)
            csv.Append(null, $"L,U,T{row},Flot\n");
        var errors = Assert.Throws<ConfigurationException>(() => TagImport.Plan(Open(Plant), Table(csv.ToString()), removeMissing: false)).Errors;
        Assert.Equal(ConfigurationFile.MaximumErrors, errors.Count);
        Assert.Contains("1000 in all", errors[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fifty_thousand_tags_are_read_and_compared()
    {
        var csv = new StringBuilder("line,unit,tag,type,note\n");
        for (var row = 0; row < 50_000; row++)
            csv.Append(null, $"L,U,Tag number {row} with a name of some length,Double,a note that makes the file larger than a plant file may be: {row}\n");
        var plan = Apply(TagImport.Plan(Open(Plant), Table(csv.ToString()), removeMissing: false));
        Assert.Equal(50_000, plan.Added.Length);
        Assert.True(plan.TableContent!.Length > ConfigurationFile.MaximumBytes);
        var read = PlantDocument.Open(folder.File("plant.yaml"));
        Assert.Equal(50_007, read.Model.Tags.Count());
    }

    [Fact]
    public void Tag_that_shares_its_line_is_not_torn_out()
    {
        var plant = Open(Plant.Replace("tags:\n          Batch: { type: String }   # as the MES calls it", "tags: { Batch: { type: String } }", StringComparison.Ordinal));
        var error = Assert.Throws<ConfigurationException>(() => TagImport.Plan(plant, Table("line,tag,critical\nL,Batch,true\n"), removeMissing: false)).Errors.Single();
        Assert.Contains("shares its line", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static TagTable Table(string csv) => TagTableReader.Parse(Encoding.UTF8.GetBytes(csv), "i.csv");

    private static TagTable Exported(PlantDocument plant)
    {
        var rows = (plant.Table?.Rows ?? []).ToDictionary(row => row.Name);
        return TagTableReader.Parse(TagTableWriter.Write(plant.Model.Tags.Select(tag => TagText.Row(tag, rows.GetValueOrDefault(tag.Name))), TableForm.Excel), "export.csv");
    }

    private PlantDocument Open(string text) => PlantDocument.Open(folder.Write("plant.yaml", text));

    private TagImport Apply(TagImport plan)
    {
        if (plan.TableContent is { } table)
            FileReplacement.Write(folder.File("tags.csv"), table);
        if (plan.PlantContent is { } text)
            FileReplacement.Write(folder.File("plant.yaml"), text);
        return plan;
    }
}
