using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class NodeResolverTests
{
    private static readonly string?[] Namespaces = ["http://opcfoundation.org/UA/", "urn:host:server", "urn:plant:line1"];

    [Theory]
    [InlineData("i=2258", "i=2258")]
    [InlineData("ns=2;s=Tag", "ns=2;s=Tag")]
    [InlineData("nsu=urn:plant:line1;s=Tag", "ns=2;s=Tag")]
    [InlineData("nsu=http://opcfoundation.org/UA/;i=85", "i=85")]
    [Trait("Clause", "Part 5 NamespaceArray")]
    public void Text_is_resolved_by_the_servers_namespaces(string text, string expected) =>
        Assert.Equal(NodeId.Parse(expected), NodeResolver.Resolve(text, Namespaces));

    [Fact]
    public void Unknown_namespace_names_the_nearest()
    {
        var unknown = Assert.Throws<UaException>(() => NodeResolver.Resolve("nsu=urn:plant:line2;s=Tag", Namespaces));
        Assert.Equal(StatusCodes.BadNodeIdUnknown, unknown.Status.Value);
        Assert.Contains("'urn:plant:line1'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_no_node_id_says_how_to_write_one() =>
        Assert.Equal(StatusCodes.BadNodeIdInvalid, Assert.Throws<UaException>(() => NodeResolver.Resolve("Tag", Namespaces)).Status.Value);
}
