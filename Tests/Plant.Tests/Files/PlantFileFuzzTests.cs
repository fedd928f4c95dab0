using CsCheck;
using PatchEdge.Plant.Files;

namespace PatchEdge.Plant.Tests.Files;

/// <summary>Whatever stands in a plant file, it is read or refused with errors that can be printed; nothing else happens.</summary>
[Trait("Req", "hostile-78")]
public sealed class PlantFileFuzzTests
{
    private static readonly string Example = File.ReadAllText(RepositoryFile.PathOf("config/plant.yaml"));

    private static readonly string[] Pieces =
        ["[", "]", "{", "}", ":", ": ", "- ", "\n", "\n  ", "'", "\"", "\"\\ud800\"", "&a ", "*a", "!!x ", "#", "\t", "null", "~", "?", "|", ">", "---", "\0", "\u2028", "é", "0", "-1", "in", "=="];

    [Fact]
    public void Damaged_plant_file_is_read_or_refused() => Gen.Select(Gen.Int[0, Example.Length - 1], Gen.Int[0, 40], Gen.Int[0, Pieces.Length - 1])
        .Array[1, 6].Sample(
            damages => ReadsOrRefuses(damages.Aggregate(Example, (text, damage) =>
                text[..Math.Min(damage.Item1, text.Length)] + Pieces[damage.Item3] + text[Math.Min(damage.Item1 + damage.Item2, text.Length)..])),
            iter: 1_000);

    [Fact]
    public void Random_text_is_read_or_refused() => Gen.String.Sample(ReadsOrRefuses);

    [Theory]
    [InlineData("site: \"\\uD800\"")]
    [InlineData("\"\\uD800\": x")]
    [InlineData("servers: { s: { user: \"\\uD800\", password-file: \"\\uDC00\\uD800\" } }")]
    [InlineData("site: \"a\\0b\"")]
    [InlineData("? [a, b]\n: c")]
    [InlineData("<<: { site: S }")]
    [InlineData("areas: { A: { lines: { L: [] } } }")]
    [InlineData("areas: { A: { lines: { L: { idle: [] } } } }")]
    [InlineData("areas: { A: { lines: { L: { idle: { state: [[]], no-batch: {}, no-motion: none } } } } }")]
    [InlineData("defaults: []\nservers: x\ngateways: [g]\nhosts: { h: [] }\nprofiles: { p: { numbers: [1] } }")]
    public void Odd_text_is_refused(string text)
    {
        ReadsOrRefuses(text);
        Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "plant.yaml"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("{ tipe: Int32 }", ConfigurationFile.MaximumErrors)]
    public void Plant_of_ten_thousand_tags_is_read_in_seconds(string tag, int errors)
    {
        var tags = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"              Tag{i}: {tag}\n"));
        var text = """
            site: S
            defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
            servers: { s: { url: "opc.tcp://s" } }
            gateways: { g: }
            areas:
              A:
                lines:
                  L:
                    always-on: true
                    servers: [s]
                    tags:

            """ + tags;
        var watch = TimeProvider.System.GetTimestamp();

        if (errors == 0)
            Assert.Equal(10_000, PlantFile.Parse(text, "plant.yaml").Tags.Count());
        else
            Assert.Equal(errors, Assert.Throws<ConfigurationException>(() => PlantFile.Parse(text, "plant.yaml")).Errors.Count);

        Assert.InRange(TimeProvider.System.GetElapsedTime(watch).TotalSeconds, 0, 20);
    }

    private static void ReadsOrRefuses(string text)
    {
        try
        {
            PlantFile.Parse(text, "plant.yaml");
        }
        catch (ConfigurationException refused)
        {
            Assert.NotEmpty(refused.Errors);
            Assert.All(refused.Errors, error => Assert.DoesNotContain(error.ToString(), char.IsControl));
        }
    }
}
