using PatchEdge.Plant.Files;

namespace PatchEdge.Plant.Tests.Files;

public sealed class ConfigurationFileTests
{
    private enum Kind
    {
        InfluxDb,
        PlainFile,
    }

    [Fact]
    public void Values_of_every_type_are_read()
    {
        var read = ConfigurationFile.Parse(
            """
            name: gw-1           # a comment
            data: ../data
            count: 5
            ratio: 0.5
            on: true
            every: 250ms
            kind: influx-db
            url: mqtts://broker:8883
            tags: [a, 'b']
            sinks:
              one: { path: x }
              two:
                path: y
            """,
            "/etc/pe/gateway.yaml",
            root => (
                Name: root.NameOf("name"), Data: root.FilePath("data"), Count: root.Int("count", minimum: 1, maximum: 9), Ratio: root.Double("ratio"),
                On: root.Bool("on"), Every: root.Duration("every"), Kind: root.Choice<Kind>("kind"), Url: root.Url("url", null, "mqtt", "mqtts"),
                Tags: root.Texts("tags"), Sinks: string.Join(";", root.Named("sinks").Select(sink => sink.Name + "=" + sink.Text("path"))),
                Fallback: root.Int("missing", 7), Nothing: root.OptionalText("nothing")));

        Assert.Equal("gw-1", read.Name);
        Assert.Equal("/etc/data", read.Data);
        Assert.Equal(5, read.Count);
        Assert.Equal(0.5, read.Ratio);
        Assert.True(read.On);
        Assert.Equal(TimeSpan.FromMilliseconds(250), read.Every);
        Assert.Equal(Kind.InfluxDb, read.Kind);
        Assert.Equal("mqtts://broker:8883", read.Url);
        Assert.Equal(["a", "b"], read.Tags);
        Assert.Equal("one=x;two=y", read.Sinks);
        Assert.Equal(7, read.Fallback);
        Assert.Null(read.Nothing);
    }

    [Fact]
    [Trait("Req", "hostile-78")]
    public void All_errors_are_told_with_file_line_key_and_nearest_name()
    {
        var errors = ErrorsOf(
            """
            nmae: x
            every: 10 sec
            count: "5"
            kind: influxdb
            kind: plain-file
            inner:
              colour: red
            """,
            root =>
            {
                root.NameOf("name");
                root.Duration("every");
                root.Int("count");
                root.Choice<Kind>("kind");
                root.Section("inner").OptionalText("color");
                root.Section("absent").Text("key");
            });

        Assert.Equal(
            [
                "f.yaml:1: absent: is required and missing: add it",
                "f.yaml:1: name: is required and missing: add it",
                "f.yaml:1: nmae: unknown key: did you mean 'name'?",
                "f.yaml:2: every: must be a duration: a whole number and a unit without space between, such as 250ms, 10s, 2m, 1h or 7d, not '10 sec'",
                "f.yaml:3: count: must be a whole number: remove the quotes around '5'",
                "f.yaml:4: kind: 'influxdb' is not a known value: did you mean 'influx-db'?",
                "f.yaml:5: kind: stands here a second time; it was first given in line 4",
                "f.yaml:7: inner.colour: unknown key: did you mean 'color'?",
            ],
            errors.Select(error => error.ToString()).OrderBy(text => text, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("count: 11", "from 1 to 10")]
    [InlineData("count: 99999999999999", "from 1 to 10")]
    [InlineData("count: five", "from 1 to 10")]
    [InlineData("count: [1]", "not a list")]
    [InlineData("count: { a: 1 }", "not a map")]
    [InlineData("count:", "needs a value")]
    [InlineData("count: 0x5", "from 1 to 10")]
    [InlineData("count: &a 5", "anchors and aliases")]
    [InlineData("count: *a", "")]
    [InlineData("count: !!int 5", "type tags")]
    [InlineData("count: 5\n---\ncount: 6", "only one document")]
    [InlineData("- 5", "outermost level")]
    [InlineData("count: [", "not valid YAML")]
    [InlineData("count: 5\n\tx: 1", "not valid YAML")]
    [InlineData("{ [a]: 5 }", "")]
    public void Wrong_value_is_refused(string text, string expected)
    {
        var errors = ErrorsOf(text, root => root.Int("count", minimum: 1, maximum: 10));

        Assert.Contains(errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
        Assert.All(errors, error => Assert.True(error.Line >= 1));
    }

    [Fact]
    public void Aliases_cannot_multiply_content()
    {
        var laughs = "a: &a [x, x]\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{(char)('b' + (i % 20))}{i}: &b{i} [*a, *a]\n"));

        var error = Assert.Single(ErrorsOf(laughs, root => root.List("a")));
        Assert.Contains("anchors and aliases", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_deeper_than_the_limit_is_refused()
    {
        var deep = "a: " + new string('[', 100_000);

        var error = Assert.Single(ErrorsOf(deep, root => root.List("a")));
        Assert.Contains("nested deeper", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_told_with_what_to_do()
    {
        var exception = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read("no/such.yaml", root => root.Text("x")));

        Assert.Contains("does not exist", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--config", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_too_large_or_not_UTF8_is_refused()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllBytes(path, new byte[ConfigurationFile.MaximumBytes + 1]);
            Assert.Contains("larger", Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read(path, root => 0)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, [0x61, 0x3A, 0x20, 0xC3, 0x28]);
            Assert.Contains("UTF-8", Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read(path, root => 0)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Error_is_one_printable_line_whatever_the_file_contains()
    {
        var errors = ErrorsOf("\"evil\\e[31m\\nline\": 1", root => root.OptionalText("x"));

        var line = Assert.Single(errors).ToString();
        Assert.DoesNotContain(line, char.IsControl);
    }

    private static IReadOnlyList<ConfigurationError> ErrorsOf(string text, Action<ConfigurationSection> read) =>
        Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse(text, "f.yaml", root =>
        {
            read(root);
            return 0;
        })).Errors;

}
