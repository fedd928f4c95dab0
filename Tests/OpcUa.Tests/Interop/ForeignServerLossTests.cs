using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>What becomes of our client's subscription when a server of another make loses its connection, its listener or its life.</summary>
public sealed class ForeignServerLossTests(ForeignServer server) : IClassFixture<ForeignServer>
{
    private const string Namespace = "urn:patchedge:peer:line";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cut_connection_is_resumed_and_nothing_is_lost()
    {
        await using var client = new UaClient(await server.OptionsAsync() with { SecurityPolicy = SecurityPolicy.Basic256Sha256, MessageSecurityMode = MessageSecurityMode.SignAndEncrypt });
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        await SubscribeAsync(client, sink, "Filler.Speed");
        for (var i = 1; i <= 20; i++)
        {
            if (i % 5 == 0)
                await (await server.PeerAsync()).AskAsync("cut");
            await SetAsync("Filler.Speed", 1000 + i);
            await sink.ValueAsync(0, 1000 + i);
        }
        // After each resumption the peer repeats the present value of its own accord.
        var seen = sink.Changes.SelectMany(change => change.Items).Select(item => item.Value.Value.Get<double>()).Where(value => value > 1000).Distinct();
        Assert.Equal(Enumerable.Range(1001, 20).Select(i => (double)i), seen);
        // The last value may come while the last repair is not yet counted.
        await Eventually.TrueAsync("four reconnects are counted", () => Task.FromResult(client.Counters.Reconnects >= 4), TimeSpan.FromSeconds(30), () => $"{client.Counters}");
        Assert.Equal(4, client.Counters.Reconnects);
        Assert.Equal(0, client.Counters.MessagesLost);
    }

    [Fact]
    public async Task Server_that_refuses_connections_for_a_while_is_found_again()
    {
        await using var client = new UaClient(await server.OptionsAsync());
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        await SubscribeAsync(client, sink, "Filler.Produced");
        await (await server.PeerAsync()).AskAsync("suspend");
        await (await server.PeerAsync()).AskAsync("cut");
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await SetAsync("Filler.Produced", 12345);
        await (await server.PeerAsync()).AskAsync("resume");
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
        await using var client = new UaClient(ForeignServer.Options((string)first.Ready["endpoint"]!, server.Store));
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

    private static async Task<Subscription> SubscribeAsync(UaClient client, RecordingSink sink, string node)
    {
        var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20, LifetimeCount = 10_000 }, sink, Cancellation);
        var results = await subscription.AddItemsAsync(
            [new MonitoredItemOptions { ClientHandle = 0, NodeId = ExpandedNodeId.Parse($"nsu={Namespace};s={node}"), SamplingInterval = TimeSpan.Zero, QueueSize = 100 }], Cancellation);
        Assert.True(results[0].Status.IsGood, results[0].ToString());
        await sink.NextAsync<RecordingSink.Data>();
        return subscription;
    }

    private async Task SetAsync(string node, double value) => await (await server.PeerAsync()).AskAsync("set", new { values = new JsonObject { [node] = value } });
}
