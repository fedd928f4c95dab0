using System.Text.Json.Nodes;

namespace PatchEdge.EndToEnd.Peers;

/// <summary>The judges are judged first: the other make's client against the other make's server.</summary>
public sealed class NodePeerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("None")]
    [InlineData("Basic256Sha256")]
    public async Task Client_sees_what_the_server_is_told(string policy)
    {
        await using var server = await NodePeer.StartServerAsync(folder.File("server"), "--trust-all", "--user", "engineer", "--password", "secret", "--shift-namespaces", "2");
        await using var client = await NodePeer.StartClientAsync(
            (string)server.Ready["endpoint"]!, folder.File("client"), "--trust-all", "--policy", policy, "--user", "engineer", "--password", "secret");
        var namespaces = (await client.AskAsync("namespaces"))["namespaces"]!.AsArray().Select(name => (string)name!).ToArray();
        var index = Array.IndexOf(namespaces, (string)server.Ready["namespace"]!);
        Assert.Equal(4, index);

        var state = $"ns={index};s=Filler.StateCurrent";
        await client.AskAsync("subscribe", new { nodes = new[] { state } });
        await client.EventAsync("value", Patience, "\"value\":4,");
        await server.AskAsync("set", new { values = new JsonObject { ["Filler.StateCurrent"] = 6 }, status = "UncertainLastUsableValue" });
        var changed = await client.EventAsync("value", Patience, "\"value\":6,");
        Assert.Equal("UncertainLastUsableValue", (string?)changed["status"]);

        var hold = await client.AskAsync("call", new { @object = $"ns={index};s=Line", method = $"ns={index};s=Line.RequestHold", arguments = new object[] { new { type = "Int64", value = 7 }, new { type = "Double", value = 1000 } } });
        Assert.Equal("the line is not idle", (string?)hold["outputs"]![2]);
        Assert.Equal(1, (int)(await server.AskAsync("clients"))["sessions"]!);

        await server.AskAsync("cut");
        await client.EventAsync("connection_lost", Patience);
        await client.EventAsync("connection_reestablished", Patience);
        await server.AskAsync("set", new { values = new JsonObject { ["Filler.StateCurrent"] = 4 } });
        await client.AskAsync("read", new { nodes = new[] { state } });
    }

    [Fact]
    public async Task Server_refuses_a_client_that_it_does_not_trust()
    {
        await using var server = await NodePeer.StartServerAsync(folder.File("server"));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => NodePeer.StartClientAsync(
            (string)server.Ready["endpoint"]!, folder.File("client"), "--trust-all", "--policy", "Basic256Sha256"));
        Assert.Contains("client.js", refused.Message);
        Assert.NotEmpty(Directory.GetFiles((string)server.Ready["rejected"]!));
    }

    public void Dispose() => folder.Dispose();
}
