using System.Text;
using CsCheck;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;

namespace PatchEdge.Plant.Tests.Files.Tags;

public sealed class TagTableTests
{
    [Fact]
    public void Every_text_comes_back_as_it_was()
    {
        var text = Gen.String[Gen.Char["ab;,\"'=+-@\t\r\n #ü"], 0, 8];
        Gen.Select(text, text, Gen.Char[",;\t"], Gen.Bool, Gen.Bool).Sample((node, note, separator, mark, windows) =>
        {
            var row = Row("L", "U", "T").With([new(TagColumn.Node, node), new(TagColumn.Note, note.Trim())]);
            var read = TagTableReader.Parse(TagTableWriter.Write([row], new TableForm(separator, windows ? "\r\n" : "\n", mark)), "t.csv");
            Assert.Equal(node, read.Rows.Single()[TagColumn.Node]);
            Assert.Equal(note.Trim(), read.Rows.Single()[TagColumn.Note]);
        }, iter: 2000);
    }

    [Theory]
    [InlineData("line;tag;critical\r\nL;A;WAHR\r\n", false)]
    [InlineData("sep=;\r\nline;tag;critical\r\nL;A;1\r\n", false)]
    [InlineData("Line\tTAG\tCritical\nL\tA\tyes\n", false)]
    [InlineData("line,tag,critical\nL, A ,TRUE\n,,\n", true)]
    public void Spreadsheets_habits_are_understood(string text, bool marked)
    {
        byte[] bytes = [.. marked ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(text)];
        var row = TagTableReader.Parse(bytes, "t.csv").Rows.Single();
        Assert.Equal(("L/A", "true"), (row.Name, row[TagColumn.Critical]));
    }

    [Fact]
    public void Unicode_text_of_Excel_is_understood() =>
        Assert.Equal("L/Ä", TagTableReader.Parse([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("line\ttag\nL\tÄ\n")], "t.csv").Rows.Single().Name);

    [Theory]
    [InlineData("line,tag\nL,\"A\nL,B\n", "t.csv:2: a quotation mark is opened here and never closed")]
    [InlineData("line,tag\nL,A\"B\n", "t.csv:2: a quotation mark stands inside")]
    [InlineData("line,tag,critcal\nL,A,true\n", "t.csv:1:3: 'critcal' is no known heading: did you mean 'critical'?")]
    [InlineData("line,tag\n\"L\",\"x\ny\"\n,B\n", "t.csv:4:1: line: is required and empty")]
    [InlineData("line,tag\nL,A,extra\n", "t.csv:2:3: 'extra' has no heading")]
    [InlineData("tag\nA\n", "t.csv:1: line: this heading is required and missing")]
    [InlineData("", "t.csv:1: is empty")]
    public void Errors_say_line_and_column(string text, string expected)
    {
        var errors = Assert.Throws<ConfigurationException>(() => TagTableReader.Parse(Encoding.UTF8.GetBytes(text), "t.csv")).Errors;
        Assert.Contains(errors, error => error.ToString().StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Formulas_are_defused_for_spreadsheets()
    {
        var written = Encoding.UTF8.GetString(TagTableWriter.Write([Row("L", "", "T").With([new(TagColumn.Note, "=HYPERLINK(1)")])], TableForm.Plain));
        Assert.Contains("'=HYPERLINK(1)", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_text_is_refused_with_what_to_do() =>
        Assert.Contains("CSV UTF-8", Assert.Throws<ConfigurationException>(() => TagTableReader.Parse([(byte)'l', 0xFC, 0x20], "t.csv")).Message, StringComparison.Ordinal);

    private static TagRow Row(string line, string unit, string tag) => new("", 0) { [TagColumn.Line] = line, [TagColumn.Unit] = unit, [TagColumn.Tag] = tag };
}
