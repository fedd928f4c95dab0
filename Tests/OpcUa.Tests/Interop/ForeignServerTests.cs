using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>Our client at the other make's server.</summary>
public sealed class ForeignServerTests(ForeignServer server) : IClassFixture<ForeignServer>
{
    private static readonly SubscriptionOptions Quick = new() { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20, LifetimeCount = 10_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Combination.All), MemberType = typeof(Combination))]
    [Trait("Req", "Interop")]
    public async Task Client_reads_writes_calls_and_subscribes(SecurityPolicy policy, MessageSecurityMode mode, UserTokenType user)
    {
        var peer = await server.PeerAsync();
        await using var client = new UaClient(await server.OptionsAsync() with { SecurityPolicy = policy, MessageSecurityMode = mode, UserIdentity = Combination.Identity(user, server.User) });
        await client.ConnectAsync(Cancellation);
        var setpoint = await NodeAsync(client, peer, "Filler.Setpoint");

        var value = (int)policy * 100 + (int)mode * 10 + (int)user + 0.5;
        Assert.Equal(StatusCodes.Good, (await client.WriteValueAsync(setpoint, value, Cancellation)).Value);
        Assert.Equal(value, (await client.ReadValueAsync(setpoint, Cancellation)).Value.Get<double>());
        var line = await NodeAsync(client, peer, "Line");
        var answer = await client.CallMethodAsync(line, await NodeAsync(client, peer, "Line.RequestHold"), Cancellation, 0L, 1000.0);
        Assert.Equal("token 0 is not higher than 0", answer[2].Get<string>());

        var sink = new RecordingSink();
        await using var subscription = await client.SubscribeAsync(Quick, sink, Cancellation);
        await subscription.AddItemsAsync([Item(0, setpoint)], Cancellation);
        await sink.ValueAsync(0, value);
        await client.WriteValueAsync(setpoint, value + 0.25, Cancellation);
        await sink.ValueAsync(0, value + 0.25);
    }

    [Fact]
    public async Task Client_refuses_a_server_whose_certificate_was_never_exchanged()
    {
        using var folder = new TemporaryFolder();
        var store = new CertificateStore(folder.File("client"), TimeProvider.System);
        await using var client = new UaClient(await server.OptionsAsync() with { CertificateStore = store, SecurityPolicy = SecurityPolicy.Basic256Sha256, MessageSecurityMode = MessageSecurityMode.SignAndEncrypt });

        var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(Cancellation));
        Assert.Equal(StatusCodes.BadCertificateUntrusted, refused.Status.Value);
        Assert.Contains("rejected", refused.Message, StringComparison.Ordinal);
        Assert.Single(store.Rejected);
    }

    [Theory]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.Sign)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss, MessageSecurityMode.SignAndEncrypt)]
    public async Task Server_refuses_a_client_whose_certificate_was_never_exchanged(SecurityPolicy policy, MessageSecurityMode mode)
    {
        using var folder = new TemporaryFolder();
        var peer = await server.PeerAsync();
        var store = new CertificateStore(folder.File("client"), TimeProvider.System);
        File.Copy((string)peer.Ready["certificate"]!, Path.Combine(store.TrustedDirectory, "server.der"));
        await using var client = new UaClient(await server.OptionsAsync() with { CertificateStore = store, SecurityPolicy = policy, MessageSecurityMode = mode });

        var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(Cancellation));
        Assert.True(refused.Status.Value is StatusCodes.BadSecurityChecksFailed or StatusCodes.BadCertificateUntrusted or StatusCodes.BadConnectionClosed, refused.Message);
    }

    [Fact]
    public async Task Server_refuses_users_that_it_does_not_know()
    {
        using var stranger = new EngineerUser("stranger");
        foreach (var identity in new[] { UserIdentity.UserName(EngineerUser.Name, "wrong"), UserIdentity.UserName("nobody", EngineerUser.Password), UserIdentity.X509(stranger.Certificate) })
        {
            await using var client = new UaClient(await server.OptionsAsync() with { SecurityPolicy = SecurityPolicy.Aes128_Sha256_RsaOaep, MessageSecurityMode = MessageSecurityMode.SignAndEncrypt, UserIdentity = identity });
            var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(Cancellation));
            Assert.True(refused.Status.Value is StatusCodes.BadUserAccessDenied or StatusCodes.BadIdentityTokenRejected or StatusCodes.BadCertificateUntrusted, $"{identity}: {refused.Message}");
            Assert.Contains("Check the user name", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Client_browses_and_reads_the_whole_address_space()
    {
        await server.PeerAsync();
        await using var client = new UaClient(await server.OptionsAsync());
        await client.ConnectAsync(Cancellation);

        var nodes = new List<BrowsedNode>();
        await foreach (var node in client.BrowseTreeAsync(ObjectIds.RootFolder, new BrowseOptions { PageSize = 100 }, Cancellation))
            nodes.Add(node);
        Assert.True(nodes.Count > 2000, $"{nodes.Count} nodes");
        Assert.Equal(nodes.Count, nodes.Select(node => node.Reference.NodeId).Distinct().Count());

        uint[] attributes = [AttributeIds.NodeId, AttributeIds.NodeClass, AttributeIds.BrowseName, AttributeIds.DisplayName];
        var local = nodes.Where(node => node.Reference.NodeId.IsLocal).ToArray();
        var facts = await client.ReadAsync(local.SelectMany(node => attributes.Select(attribute => new ReadValueId { NodeId = node.Reference.NodeId.NodeId, AttributeId = attribute })).ToArray(),
            TimestampsToReturn.Neither, TimeSpan.Zero, Cancellation);
        for (var i = 0; i < local.Length; i++)
        {
            Assert.All(facts.Skip(i * 4).Take(4), fact => Assert.True(fact.Status.IsGood, $"{local[i].Reference.NodeId}: {fact}"));
            Assert.Equal(local[i].Reference.NodeId.NodeId, facts[i * 4].Value.Get<NodeId>());
            Assert.Equal((int)local[i].Reference.NodeClass, facts[i * 4 + 1].Value.Get<int>());
        }

        var variables = local.Where(node => node.Reference.NodeClass == NodeClass.Variable).Select(node => new ReadValueId { NodeId = node.Reference.NodeId.NodeId }).ToArray();
        var values = await client.ReadAsync(variables, TimestampsToReturn.Both, TimeSpan.Zero, Cancellation);
        Assert.DoesNotContain(values, value => value.Status.Value is StatusCodes.BadDecodingError or StatusCodes.BadNodeIdUnknown);
        Assert.True(values.Count(value => value.Status.IsGood) > values.Length / 2);
    }

    [Fact]
    public async Task Client_reads_back_what_it_wrote_from_history()
    {
        var peer = await server.PeerAsync();
        await using var client = new UaClient(await server.OptionsAsync());
        await client.ConnectAsync(Cancellation);
        var setpoint = await NodeAsync(client, peer, "Filler.Setpoint");
        var start = (await client.ReadValueAsync(2258, Cancellation)).Value.Get<DateTime>();
        for (var i = 0; i < 20; i++)
            Assert.True((await client.WriteValueAsync(setpoint, 1000.0 + i, Cancellation)).IsGood);

        var history = Assert.Single(await client.HistoryReadRawAsync(new[] { setpoint }, start, start.AddMinutes(10), 1000, Cancellation));
        Assert.True(history.Status.IsGood, history.Status.ToString());
        var written = history.Values.Select(value => value.Value.TryGetNumber(out var number) ? number : double.NaN).Where(value => value >= 1000).ToArray();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 1000.0 + i), written);
    }

    private static MonitoredItemOptions Item(uint handle, NodeId node) => new() { ClientHandle = handle, NodeId = node, SamplingInterval = TimeSpan.FromMilliseconds(50), QueueSize = 10 };

    private static Task<NodeId> NodeAsync(UaClient client, NodePeer peer, string name) => client.ResolveAsync($"nsu={peer.Ready["namespace"]};s={name}", Cancellation);
}
