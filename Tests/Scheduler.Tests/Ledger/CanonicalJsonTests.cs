using System.Text.Json.Nodes;
using CsCheck;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Tests.Ledger;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ true, null, -7 ] }""", """{"a":[true,null,-7],"b":1}""")]
    [InlineData("""{ "é": "é", "E": "\u0041", "\u20ac": "/" }""", "{\"E\":\"A\",\"é\":\"é\",\"€\":\"/\"}")]
    [InlineData("""{ "s": "\u000f\n\"\\\u007f" }""", "{\"s\":\"\\u000f\\n\\\"\\\\\u007f\"}")]
    [InlineData("{}", "{}")]
    public void Content_has_one_form(string given, string canonical) =>
        Assert.Equal(canonical, CanonicalJson.Write(JsonNode.Parse(given)));

    [Fact]
    public void Lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("{\"s\":\"\uFFFDx\"}", CanonicalJson.Write(new JsonObject { ["s"] = "\uD800x" }));

    [Fact]
    public void Fraction_is_a_defect() =>
        Assert.ThrowsAny<Exception>(() => CanonicalJson.Write(new JsonObject { ["n"] = 1.5 }));

    [Fact]
    public void Order_of_members_does_not_matter_and_reading_back_gives_the_same() =>
        Gen.Dictionary(Gen.String, Gen.OneOf(Gen.Long.Select(number => (object)number), Gen.String.Select(text => (object)text)))[0, 8].Sample(members =>
        {
            var forward = Object(members);
            var backward = Object(members.Reverse());
            var text = CanonicalJson.Write(forward);
            return text == CanonicalJson.Write(backward) && CanonicalJson.Write(JsonNode.Parse(text)) == text;
        });

    private static JsonObject Object(IEnumerable<KeyValuePair<string, object>> members)
    {
        var node = new JsonObject();
        foreach (var (name, value) in members)
            node[Clean(name)] = value is long number ? number : Clean((string)value);
        return node;
    }

    /// <summary>Names that differ only in lone surrogates would become one.</summary>
    private static string Clean(string text) => string.Concat(text.Where(character => !char.IsSurrogate(character)));
}
