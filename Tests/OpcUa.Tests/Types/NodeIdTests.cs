using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Types;

public sealed class NodeIdTests
{
    [Theory]
    [InlineData("i=0")]
    [InlineData("i=4294967295")]
    [InlineData("ns=65535;i=1")]
    [InlineData("s=")]
    [InlineData("ns=2;s=Line 1;Tag=3")]               // separators inside a string identifier mean nothing
    [InlineData("ns=1;s=Hot水")]
    [InlineData("ns=2;g=72962b91-fa75-4ae6-8d28-b404dc7daf63")]
    [InlineData("ns=3;b=AQID")]
    [InlineData("b=")]
    public void Text_goes_both_ways(string text) => Assert.Equal(text, NodeId.Parse(text).ToString());

    [Theory]
    [InlineData("svr=2;i=85")]
    [InlineData("svr=2;ns=3;s=A")]
    [InlineData("nsu=http://plant.example/line;s=Tag")]
    [InlineData("svr=4294967295;nsu=urn:a%3Bb%25c;i=1")]
    public void Expanded_text_goes_both_ways(string text) => Assert.Equal(text, ExpandedNodeId.Parse(text).ToString());

    [Fact]
    public void Separator_in_a_namespace_uri_is_escaped() =>
        Assert.Equal("urn:a;b%c", ExpandedNodeId.Parse("nsu=urn:a%3bb%25c;i=1").NamespaceUri);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("85")]
    [InlineData("i=")]
    [InlineData("i=-1")]
    [InlineData("i=4294967296")]
    [InlineData("i= 5")]
    [InlineData("ns=65536;i=1")]
    [InlineData("ns=;i=1")]
    [InlineData("ns=1")]
    [InlineData("ns=1;x=1")]
    [InlineData("nsu=urn:x;i=1")]
    [InlineData("g=72962b91")]
    [InlineData("b=***")]
    public void Other_text_is_no_node_id(string? text) => Assert.False(NodeId.TryParse(text, out _));

    [Theory]
    [InlineData("nsu=;i=1")]
    [InlineData("nsu=urn:x")]
    [InlineData("svr=;i=1")]
    [InlineData("svr=x;i=1")]
    [InlineData("svr=1")]
    [InlineData("ns=1;svr=1;i=1")]
    public void Other_text_is_no_expanded_node_id(string text) => Assert.False(ExpandedNodeId.TryParse(text, out _));

    [Fact]
    public void Refusal_says_what_to_write() => Assert.Contains("ns=2;s=Tag", Assert.Throws<FormatException>(() => NodeId.Parse("Tag")).Message);

    [Fact]
    public void Equality_is_by_namespace_kind_and_content()
    {
        Assert.Equal(new NodeId([1, 2], 3), new NodeId([1, 2], 3));
        Assert.Equal(new NodeId([1, 2], 3).GetHashCode(), new NodeId([1, 2], 3).GetHashCode());
        Assert.NotEqual(new NodeId("1", 3), new NodeId(1, 3));
        Assert.NotEqual(new NodeId("A", 3), new NodeId("a", 3));
        Assert.NotEqual(new NodeId(1, 3), new NodeId(1, 4));
        Assert.Equal(new NodeId("A", 3), new NodeId(string.Concat("", "A"), 3));
    }

    [Fact]
    public void Null_is_an_empty_identifier_in_namespace_zero()
    {
        Assert.True(default(NodeId).IsNull);
        Assert.True(new NodeId("", 0).IsNull);
        Assert.True(new NodeId(Guid.Empty, 0).IsNull);
        Assert.False(new NodeId("", 1).IsNull);
        Assert.False(new NodeId(1).IsNull);
    }

    [Fact]
    public void Uri_resolves_by_the_servers_namespace_array()
    {
        string?[] namespaces = ["http://opcfoundation.org/UA/", "urn:server", "urn:plant"];
        Assert.True(ExpandedNodeId.Parse("nsu=urn:plant;s=A").TryResolve(namespaces, out NodeId nodeId));
        Assert.Equal(new NodeId("A", 2), nodeId);
        Assert.False(ExpandedNodeId.Parse("nsu=urn:other;s=A").TryResolve(namespaces, out _));
        Assert.False(ExpandedNodeId.Parse("svr=1;i=85").TryResolve(namespaces, out _));
        Assert.True(ExpandedNodeId.Parse("ns=1;s=A").TryResolve(namespaces, out nodeId));
        Assert.Equal(new NodeId("A", 1), nodeId);
    }
}
