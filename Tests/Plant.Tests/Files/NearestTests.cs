using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Tests.Files;

public sealed class NearestTests
{
    [Theory]
    [InlineData("nmae", "name")]
    [InlineData("NAME", "name")]
    [InlineData("Stoped", "Stopped")]
    [InlineData("keepalive-count", "keep-alive-count")]
    [InlineData("zzzzzz", null)]
    [InlineData("", null)]
    [InlineData("x", null)]
    public void Nearest_name_is_found_or_none(string word, string? expected) =>
        Assert.Equal(expected, Nearest.To(word, ["name", "Stopped", "keep-alive-count", "url"]));

    [Fact]
    public void Hint_lists_what_is_allowed_when_nothing_is_near()
    {
        Assert.Equal("allowed: a1, b2", Nearest.Hint("zzzz", ["a1", "b2"]));
        Assert.Equal("there are none to choose from", Nearest.Hint("zzzz", []));
        Assert.EndsWith(", …", Nearest.Hint("zzzz", [.. Enumerable.Range(100, 13).Select(i => $"name{i}")]), StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_words_cost_nothing() => Assert.Null(Nearest.To(new string('a', 1_000_000), [new string('a', 999_999)]));
}
