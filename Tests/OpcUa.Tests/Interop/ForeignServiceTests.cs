using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>The services that other tests against the other make pass by, in both directions.</summary>
public sealed class ForeignServiceTests(ForeignServer server, ForeignClient client) : IClassFixture<ForeignServer>, IClassFixture<ForeignClient>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Client_discovers_their_server_and_follows_paths()
    {
        var peer = await server.PeerAsync();
        var url = (string)peer.Ready["endpoint"]!;
        var application = Assert.Single(await UaDiscovery.FindServersAsync(url, new DiscoveryOptions(), Cancellation));
        var endpoints = await UaDiscovery.GetEndpointsAsync(url, new DiscoveryOptions(), Cancellation);
        Assert.All(endpoints, endpoint => Assert.Equal(application.ApplicationUri, endpoint.Server.ApplicationUri));
        Assert.Superset(Combination.Endpoints.Select(endpoint => endpoint.Mode).ToHashSet(), endpoints.Select(endpoint => endpoint.SecurityMode).ToHashSet());

        await using var ours = await ConnectAsync();
        var line = await ours.ResolveAsync($"nsu={peer.Ready["namespace"]};s=Line", Cancellation);
        var paths = await ours.TranslateBrowsePathsAsync(new BrowsePath[] { Path(line, "Filler", "Speed"), Path(line, "Filler", "Nowhere") }, Cancellation);
        Assert.Equal("Filler.Speed", Assert.Single(paths[0].Targets).TargetId.NodeId.StringIdentifier);
        Assert.Equal(StatusCodes.BadNoMatch, paths[1].StatusCode.Value);
        var status = await ours.ReadValueAsync(VariableIds.Server_ServerStatus, Cancellation);
        Assert.Equal(ServerState.Running, Assert.IsType<ServerStatusDataType>(status.Value.Get<ExtensionObject>()!.Body).State);
    }

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Client_changes_subscription_and_items_at_their_server()
    {
        var peer = await server.PeerAsync();
        await using var ours = await ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await ours.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20, LifetimeCount = 10_000 }, sink, Cancellation);
        var item = new MonitoredItemOptions { ClientHandle = 1, NodeId = ExpandedNodeId.Parse($"nsu={peer.Ready["namespace"]};s=Filler.Speed"), SamplingInterval = TimeSpan.FromMilliseconds(20), Deadband = DeadbandType.Absolute, DeadbandValue = 5 };
        Assert.True((await subscription.AddItemsAsync([item], Cancellation))[0].Status.IsGood);
        await sink.NextAsync<RecordingSink.Data>();

        // Within the deadband nothing comes: the next that does is beyond it.
        await SetAsync(100);
        await sink.ValueAsync(1, 100);
        await SetAsync(103);
        await SetAsync(110);
        await sink.ValueAsync(1, 110);
        Assert.DoesNotContain(sink.Changes.SelectMany(change => change.Items), value => value.Value.Value == 103.0);

        Assert.Equal(3u, (await subscription.ModifyItemsAsync([item with { QueueSize = 3, Deadband = DeadbandType.None, DeadbandValue = 0 }], Cancellation))[0].RevisedQueueSize);
        await SetAsync(111);
        await sink.ValueAsync(1, 111);
        await subscription.ModifyAsync(subscription.Options with { PublishingInterval = TimeSpan.FromMilliseconds(200) }, Cancellation);
        Assert.Equal(TimeSpan.FromMilliseconds(200), subscription.RevisedPublishingInterval);

        // Nothing is published, nothing sampled, and then the present value comes.
        await subscription.SetPublishingModeAsync(false, Cancellation);
        await subscription.SetMonitoringModeAsync(MonitoringMode.Disabled, [1], Cancellation);
        await SetAsync(200);
        await SetAsync(300);
        await subscription.SetPublishingModeAsync(true, Cancellation);
        await subscription.SetMonitoringModeAsync(MonitoringMode.Reporting, [1], Cancellation);
        await sink.ValueAsync(1, 300);
        Assert.DoesNotContain(sink.Changes.SelectMany(change => change.Items), value => value.Value.Value == 200.0);

        await subscription.RemoveItemsAsync([1], Cancellation);
        Assert.Empty((await ours.CallMethodAsync(ObjectIds.Server, MethodIds.Server_GetMonitoredItems, Cancellation, subscription.SubscriptionId))[0].GetArray<uint>() ?? []);

        Task SetAsync(double value) => peer.AskAsync("set", new { values = new JsonObject { ["Filler.Speed"] = value } });
    }

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Their_client_discovers_our_server_and_changes_subscription_and_items()
    {
        var peer = await client.PeerAsync();
        await peer.AskAsync("connect", new { policy = "None" });
        Assert.Equal(client.Server.Options.ApplicationUri, (string)(await peer.AskAsync("servers"))["servers"]!.AsArray().Single()!);
        Assert.Equal(Combination.Endpoints.Count(), (await peer.AskAsync("endpoints"))["endpoints"]!.AsArray().Count);
        var translated = await peer.AskAsync("translate", new { from = "i=85", path = $"/{client.Plant.NodeId.NamespaceIndex}:Plant/{client.Plant.NodeId.NamespaceIndex}:Setpoint" });
        Assert.Equal(client.Setpoint.NodeId.ToString(), (string?)translated["targets"]![0]);

        client.Setpoint.SetValue(100.0);
        await peer.AskAsync("subscribe", new { nodes = new[] { client.Setpoint.NodeId.ToString() }, interval = 50, sampling = 0, deadband = 5 });
        await ValueAsync(100);
        client.Setpoint.SetValue(103.0);
        client.Setpoint.SetValue(110.0);
        await ValueAsync(110);
        Assert.DoesNotContain("\"value\":103,", peer.Program.Output, StringComparison.Ordinal);

        Assert.Equal(200, (int)(await peer.AskAsync("modify", new { interval = 200, sampling = 0, queue = 3 }))["interval"]!);
        Assert.Equal("Good", (string?)(await peer.AskAsync("publishing", new { enabled = false }))["status"]);
        await peer.AskAsync("mode", new { mode = "Disabled" });
        client.Setpoint.SetValue(222.0);
        client.Setpoint.SetValue(333.0);
        await peer.AskAsync("publishing", new { enabled = true });
        await peer.AskAsync("mode", new { mode = "Reporting" });
        await ValueAsync(333);
        Assert.DoesNotContain("\"value\":222,", peer.Program.Output, StringComparison.Ordinal);
        await peer.AskAsync("unsubscribe");
        Assert.Equal(0, client.Server.SubscriptionCount);

        Task ValueAsync(int value) => peer.EventAsync("value", Patience, $"\"value\":{value},");
    }

    private async Task<UaClient> ConnectAsync()
    {
        var ours = new UaClient(await server.OptionsAsync());
        await ours.ConnectAsync(Cancellation);
        return ours;
    }

    private static BrowsePath Path(NodeId start, params string[] names) => new()
    {
        StartingNode = start,
        RelativePath = new RelativePath
        {
            Elements = [.. names.Select(name => new RelativePathElement { ReferenceTypeId = ReferenceTypeIds.HierarchicalReferences, IncludeSubtypes = true, TargetName = new QualifiedName(start.NamespaceIndex, name) })],
        },
    };
}
