using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>Our client against a server of another make: every policy, mode and identity, each service, and what happens when the connection goes.</summary>
public sealed class ClientOfNodeServerTests(NodeServer server) : IClassFixture<NodeServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SecurityPolicy.None, MessageSecurityMode.None)]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.Sign)]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)]
    [InlineData(SecurityPolicy.Aes128_Sha256_RsaOaep, MessageSecurityMode.Sign)]
    [InlineData(SecurityPolicy.Aes128_Sha256_RsaOaep, MessageSecurityMode.SignAndEncrypt)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss, MessageSecurityMode.Sign)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss, MessageSecurityMode.SignAndEncrypt)]
    public async Task Every_policy_mode_and_identity_connects_and_subscribes(SecurityPolicy policy, MessageSecurityMode mode)
    {
        using var user = UserCertificate();
        foreach (var identity in new[] { UserIdentity.Anonymous, UserIdentity.UserName("engineer", "secret"), UserIdentity.X509(user) })
        {
            await using var client = new UaClient(server.Options(policy, mode) with { UserIdentity = identity });
            await client.ConnectAsync(Cancellation);
            var sink = new RecordingSink();
            await SubscribeAsync(client, sink, "Room.Pressure");
            var value = Random.Shared.Next(1, 1_000_000);
            await SetAsync("Room.Pressure", value);
            await sink.ValueAsync(0, value);
        }
    }

    [Fact]
    public async Task Wrong_password_is_refused_and_the_message_says_what_to_do()
    {
        await using var client = new UaClient(server.Options(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt) with { UserIdentity = UserIdentity.UserName("engineer", "guess") });
        var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(Cancellation));
        Assert.Contains("Check the user name", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_space_is_browsed_whole_and_every_kind_of_value_read()
    {
        await using var client = new UaClient(server.Options());
        await client.ConnectAsync(Cancellation);
        var nodes = new List<BrowsedNode>();
        await foreach (var node in client.BrowseTreeAsync(ObjectIds.RootFolder, new BrowseOptions { PageSize = 20 }, Cancellation))
            nodes.Add(node);
        Assert.True(nodes.Count > 2000, $"{nodes.Count} nodes");

        NodeId[] variables = [.. nodes.Where(node => node.Reference.NodeClass == NodeClass.Variable).Select(node => node.Reference.NodeId.NodeId)];
        var values = await client.ReadAsync(variables.Select(variable => new ReadValueId { NodeId = variable }).ToArray(), TimestampsToReturn.Both, TimeSpan.Zero, Cancellation);
        Assert.True(values.Count(value => value.Status.IsGood) > variables.Length / 2);
    }

    [Fact]
    public async Task Methods_take_and_give_arguments()
    {
        await using var client = new UaClient(server.Options());
        await client.ConnectAsync(Cancellation);
        var line = await client.ResolveAsync($"nsu={server.Namespace};s=Line", Cancellation);
        var method = await client.ResolveAsync($"nsu={server.Namespace};s=Line.ReleaseHold", Cancellation);
        var outputs = await client.CallMethodAsync(line, method, Cancellation, 999_999L);
        Assert.False(outputs[0].Get<bool>());
        Assert.Equal("not held by token 999999", outputs[1].Get<string>());
        await Assert.ThrowsAsync<UaException>(() => client.CallMethodAsync(line, method, Cancellation));
    }

    [Fact]
    public async Task Cut_connection_is_resumed_and_nothing_is_lost()
    {
        await using var client = new UaClient(server.Options(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt));
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        await SubscribeAsync(client, sink, "Filler.Speed");
        for (var i = 1; i <= 20; i++)
        {
            if (i % 5 == 0)
                await server.Peer.AskAsync("cut");
            await SetAsync("Filler.Speed", 1000 + i);
            await sink.ValueAsync(0, 1000 + i);
        }
        // After each resumption the peer repeats the present value of its own accord.
        var seen = sink.Changes.SelectMany(change => change.Items).Select(item => item.Value.Value.Get<double>()).Where(value => value > 1000).Distinct();
        Assert.Equal(Enumerable.Range(1001, 20).Select(i => (double)i), seen);
        Assert.Equal(4, client.Counters.Reconnects);
        Assert.Equal(0, client.Counters.MessagesLost);
    }

    [Fact]
    public async Task Server_that_refuses_connections_for_a_while_is_found_again()
    {
        await using var client = new UaClient(server.Options());
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        await SubscribeAsync(client, sink, "Filler.Produced");
        await server.Peer.AskAsync("suspend");
        await server.Peer.AskAsync("cut");
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await SetAsync("Filler.Produced", 12345);
        await server.Peer.AskAsync("resume");
        await sink.NextAsync<SubscriptionStatus.Recovered>();
        await sink.ValueAsync(0, 12345);
    }

    [Fact]
    public async Task Server_that_was_killed_and_started_again_is_subscribed_to_anew()
    {
        using var folder = new TemporaryFolder();
        var port = $"{FreePorts.One()}";
        string[] arguments = ["--trust-all", "--port", port];
        var first = await NodePeer.StartServerAsync(folder.File("server"), arguments);
        await using var client = new UaClient(server.Options() with { EndpointUrl = (string)first.Ready["endpoint"]! });
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        var subscription = await SubscribeAsync(client, sink, "Room.Pressure");
        await first.DisposeAsync();
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();

        await using var second = await NodePeer.StartServerAsync(folder.File("server"), [.. arguments, "--shift-namespaces", "3"]);
        Assert.Equal(RecoveryKind.Recreated, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        await second.AskAsync("set", new { values = new JsonObject { ["Room.Pressure"] = 77 } });
        await sink.ValueAsync(0, 77);
        Assert.Equal((2, 1), (subscription.Epoch, subscription.MonitoredItems));
    }

    private async Task<Subscription> SubscribeAsync(UaClient client, RecordingSink sink, string node)
    {
        var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20, LifetimeCount = 10_000 }, sink, Cancellation);
        var results = await subscription.AddItemsAsync(
            [new MonitoredItemOptions { ClientHandle = 0, NodeId = ExpandedNodeId.Parse($"nsu={server.Namespace};s={node}"), SamplingInterval = TimeSpan.Zero, QueueSize = 100 }], Cancellation);
        Assert.True(results[0].Status.IsGood, results[0].ToString());
        await sink.NextAsync<RecordingSink.Data>();
        return subscription;
    }

    private async Task SetAsync(string node, double value) => await server.Peer.AskAsync("set", new { values = new JsonObject { [node] = value } });

    private static X509Certificate2 UserCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Engineer", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
