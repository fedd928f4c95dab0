using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Interop;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>Servers that come back as somebody else, or with other nodes, while the client stays as it is.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Server_with_another_certificate_is_refused_until_a_person_trusts_it()
    {
        await using var plant = new OurServerFaultTests.Plant();
        await plant.StartedAsync();
        await using var client = new UaClient(Secured(ForeignServer.Options(plant.Server.BoundEndpointUrl, plant.ClientStore)));
        var events = new EventLog(client);
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        await SubscribeAsync(client, sink, new ExpandedNodeId(new NodeId("Tag", 0), ForeignClient.Namespace));
        await sink.NextAsync<RecordingSink.Data>();

        await plant.Server.StopAsync(Cancellation);
        foreach (var file in Directory.GetFiles(plant.Server.Options.CertificateStore!.OwnDirectory))
            File.Delete(file);
        await plant.Server.StartAsync(Cancellation);
        await UntrustedAsync(events);
        Assert.Equal(UaClientState.Reconnecting, client.State);

        plant.ClientStore.Trust(Assert.Single(plant.ClientStore.Rejected));
        await events.NextAsync<UaClientEvent.ServerCertificateChanged>();
        Assert.Equal(RecoveryKind.Recreated, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        plant.Tag.SetValue(77.0);
        await sink.ValueAsync(0, 77);
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Foreign_server_with_another_certificate_and_shifted_namespaces_is_recovered_once_trusted()
    {
        var port = $"{FreePorts.One()}";
        var store = new CertificateStore(folder.File("client"), TimeProvider.System);
        foreach (var pki in new[] { "first", "second" })
            ForeignServer.IntroduceTo(folder.File(pki), store);
        var first = await NodePeer.StartServerAsync(folder.File("first"), "--port", port);
        await using var client = new UaClient(Secured(ForeignServer.Options((string)first.Ready["endpoint"]!, store)));
        File.Copy((string)first.Ready["certificate"]!, Path.Combine(store.TrustedDirectory, "first.der"));
        var events = new EventLog(client);
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        var node = $"nsu={first.Ready["namespace"]};s=Room.Pressure";
        var subscription = await SubscribeAsync(client, sink, ExpandedNodeId.Parse(node));
        var index = (await client.ResolveAsync(node, Cancellation)).NamespaceIndex;
        await sink.NextAsync<RecordingSink.Data>();

        await first.DisposeAsync();
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await using var second = await NodePeer.StartServerAsync(folder.File("second"), "--port", port, "--shift-namespaces", "3");
        await UntrustedAsync(events);

        store.Trust(Assert.Single(store.Rejected));
        await events.NextAsync<UaClientEvent.NamespacesChanged>();
        Assert.Equal(RecoveryKind.Recreated, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        Assert.Equal(index + 3, (await client.ResolveAsync(node, Cancellation)).NamespaceIndex);
        await second.AskAsync("set", new { values = new JsonObject { ["Room.Pressure"] = 77 } });
        await sink.ValueAsync(0, 77);
        Assert.Equal((2, 1), (subscription.Epoch, subscription.MonitoredItems));
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Node_that_a_foreign_server_does_not_have_stops_no_other_and_is_monitored_when_it_appears()
    {
        await using var server = await NodePeer.StartServerAsync(folder.File("server"));
        await using var client = new UaClient(ForeignServer.Options((string)server.Ready["endpoint"]!, new CertificateStore(folder.File("client"), TimeProvider.System)));
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        var ns = $"nsu={server.Ready["namespace"]};s=";
        var subscription = await SubscribeAsync(client, sink, ExpandedNodeId.Parse(ns + "Filler.Later"), ExpandedNodeId.Parse(ns + "Filler.Speed"));
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await sink.NextAsync<SubscriptionStatus.ItemRejected>()).Result.Status.Value);
        await server.AskAsync("set", new { values = new JsonObject { ["Filler.Speed"] = 11 } });
        await sink.ValueAsync(1, 11);

        await server.AskAsync("add", new { name = "Filler.Later", type = "Double", value = 99 });
        Assert.Equal(0u, (await sink.NextAsync<SubscriptionStatus.ItemAccepted>()).Result.ClientHandle);
        await sink.ValueAsync(0, 99);
        Assert.Equal((2, 0), (subscription.MonitoredItems, subscription.RejectedItems));
    }

    public void Dispose() => folder.Dispose();

    private static UaClientOptions Secured(UaClientOptions options) => options with
    {
        SecurityPolicy = SecurityPolicy.Aes256_Sha256_RsaPss, MessageSecurityMode = MessageSecurityMode.SignAndEncrypt, KeepAliveInterval = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>Waits for the attempt that failed because of the certificate, past those that found nobody.</summary>
    private static async Task UntrustedAsync(EventLog events)
    {
        while (true)
        {
            var reason = (await events.NextAsync<UaClientEvent.ReconnectFailed>()).Reason;
            if (reason.Status != StatusCodes.BadCertificateUntrusted)
                continue;
            Assert.Contains("rejected", reason.Message, StringComparison.Ordinal);
            return;
        }
    }

    private static async Task<Subscription> SubscribeAsync(UaClient client, RecordingSink sink, params ExpandedNodeId[] nodes)
    {
        var subscription = await client.SubscribeAsync(new SubscriptionOptions
        {
            PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20, LifetimeCount = 10_000, FirstItemRetry = TimeSpan.FromMilliseconds(200),
        }, sink, Cancellation);
        await subscription.AddItemsAsync([.. nodes.Select((node, i) => new MonitoredItemOptions { ClientHandle = (uint)i, NodeId = node, SamplingInterval = TimeSpan.Zero, QueueSize = 100 })], Cancellation);
        return subscription;
    }
}
