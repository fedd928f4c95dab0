using PatchEdge.OpcUa.Tests.Services;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>The other make on the bytes that our structures are held to.</summary>
public sealed class ForeignVectorTests
{
    [Fact]
    [Trait("Req", "Interop")]
    public async Task Other_make_decodes_every_vector_and_encodes_the_same_bytes_field_by_field()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("ours"), StructureVector.Text, TestContext.Current.CancellationToken);

        await NodePeer.RunAsync("vectors.js", folder.File("ours"), folder.File("theirs"));

        var theirs = await File.ReadAllLinesAsync(folder.File("theirs"), TestContext.Current.CancellationToken);
        Assert.Equal(StructureVector.Text.TrimEnd().Split('\n'), theirs);
    }
}
