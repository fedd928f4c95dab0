using PatchEdge.Gateway.Cli;
using PatchEdge.Gateway.Cli.Tags.Selection;

namespace PatchEdge.Gateway.Tests.Cli.Tags;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/Objects/2:Line1.State", 3)]
    [InlineData("/Objects/**/State", 3)]
    [InlineData("/Objects<HasComponent>2:A&.B<#Organizes>C", 3)]
    [InlineData("/*", 1)]
    public void Paths_of_the_specification_are_read(string text, int steps) => Assert.Equal(steps, PathPattern.Parse(text).Steps.Length);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("Objects", "character 1: a path goes by /")]
    [InlineData("/Objects//A", "character 10: a name is missing")]
    [InlineData("/A:B", "':' in a name is written &:")]
    [InlineData("/99999:A", "a namespace index is a number")]
    [InlineData("/A&B", "& stands before one of")]
    [InlineData("/A<!HasComponent>B", "inverse references")]
    [InlineData("/A<HasComponent", "a reference type is written")]
    [InlineData("/A/b**", "** stands alone")]
    public void Others_are_refused_with_the_place(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => PathPattern.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/*", "anything", true)]
    [InlineData("/Cur*Speed", "CurMachSpeed", true)]
    [InlineData("/Cur*Speed", "CurSpeed", true)]
    [InlineData("/Cur*Speed", "CurSpee", false)]
    [InlineData("/a*b*c", "a-b-b-c", true)]
    [InlineData("/a*b*c", "acb", false)]
    [InlineData("/ab*ba", "aba", false)]
    [InlineData("/&*", "*", true)]
    [InlineData("/&*", "x", false)]
    public void Wildcards_match_parts_of_a_name(string pattern, string name, bool matches) => Assert.Equal(matches, PathPattern.Parse(pattern).Steps[0].Matches(name, 2));

    [Fact]
    public void Namespace_counts_only_when_it_is_given()
    {
        Assert.True(PathPattern.Parse("/A").Steps[0].Matches("A", 7));
        Assert.False(PathPattern.Parse("/2:A").Steps[0].Matches("A", 7));
    }

    [Fact]
    public void Written_step_is_read_as_the_same_name()
    {
        const string Name = "a.b/c<d>:#!&*";
        Assert.True(PathPattern.Parse(PathPattern.Step(Name)).Steps is [{ IsWild: false } step] && step.Matches(Name, 0));
    }
}
