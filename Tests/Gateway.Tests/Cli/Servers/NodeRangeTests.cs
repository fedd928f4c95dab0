using PatchEdge.Gateway.Cli;
using PatchEdge.Gateway.Cli.Servers;

namespace PatchEdge.Gateway.Tests.Cli.Servers;

public sealed class NodeRangeTests
{
    [Theory]
    [InlineData("ns=1;s=Tag", "ns=1;s=Tag")]
    [InlineData("ns=1;s=Tag{0..2}", "ns=1;s=Tag0 ns=1;s=Tag1 ns=1;s=Tag2")]
    [InlineData("{a,b}{08..10}", "a08 a09 a10 b08 b09 b10")]
    [InlineData("s={{x}}{1..1}", "s={x}1")]
    public void Pattern_stands_for_its_nodes(string pattern, string expected) =>
        Assert.Equal(expected.Split(' '), NodeRange.Expand([pattern]));

    [Fact]
    public void Ten_thousand_are_no_trouble() => Assert.Equal("ns=1;s=Tag9999", NodeRange.Expand(["ns=1;s=Tag{0..9999}"])[^1]);

    [Theory]
    [InlineData("Tag{0..")]
    [InlineData("Tag}0")]
    [InlineData("Tag{5..1}")]
    [InlineData("Tag{x}")]
    [InlineData("Tag{0..99999999}")]
    [InlineData("{0..9999}{0..9999}")]
    public void Pattern_that_is_none_is_refused(string pattern) => Assert.Throws<UsageException>(() => NodeRange.Expand([pattern]));
}
