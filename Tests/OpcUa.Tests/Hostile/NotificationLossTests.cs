using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Notifications that a server loses, on the way or for good, and a server that comes back as another: repaired, or reported.</summary>
[Collection(nameof(Alone))]
public sealed class NotificationLossTests
{
    [Fact]
    [Hostile(38)]
    [Trait("Clause", "Part 4 Republish repair")]
    public async Task Dropped_publish_response_is_republished_in_order()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        await sink.ValueAsync(0, 0);

        rig.Server.Faults.DropNextPublishResponse();
        rig.Tags[0].SetValue(1.0);
        var republished = await sink.ValueAsync(0, 1);
        rig.Tags[0].SetValue(2.0);
        await sink.ValueAsync(0, 2);

        Assert.Equal(DataChangeOrigin.Republished, republished.Origin);
        Assert.Equal([0.0, 1, 2], Values(sink));
        Assert.Equal([1u, 2, 3], sink.Changes.Select(change => change.SequenceNumber));
        Assert.Equal(1, client.Counters.Republished);
        Assert.Equal(0, client.Counters.MessagesLost);
    }

    [Fact]
    [Hostile(38)]
    [Trait("Clause", "Part 4 Republish repair")]
    public async Task Message_that_the_server_no_longer_has_is_reported_lost_and_every_item_read_afresh()
    {
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { MaxRetransmissionMessages = 1 } });
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink { Acknowledges = false };
        await ClientRig.SubscribeAsync(client, sink, tags: 3, options => options with { KeepAliveCount = 1000 });
        await sink.ValueAsync(2, 0);

        rig.Server.Faults.DropNextPublishResponse();
        var reported = sink.NextAsync<LostNotifications>();
        for (var value = 1.0; !reported.IsCompleted; value++)
        {
            rig.Tags[1].SetValue(value);
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        var lost = await reported;
        var refresh = await sink.NextAsync<RecordingSink.Data>(data => data.Origin == DataChangeOrigin.Refresh);

        Assert.Equal(2u, lost.First);
        Assert.Equal(StatusCodes.BadMessageNotAvailable, lost.Reason.Value);
        Assert.True(lost.PreviousAt.Timestamp < lost.DetectedAt.Timestamp);
        Assert.Equal([0u, 1, 2], refresh.Items.Select(item => item.Handle).Order().ToArray());
        Assert.All(refresh.Items, item => Assert.True(item.Value.Status.IsGood));
        Assert.Equal(lost.Count, client.Counters.MessagesLost);
        rig.Tags[0].SetValue(400.0);
        await sink.ValueAsync(0, 400);
    }

    [Fact]
    [Hostile(41)]
    [Trait("Clause", "Part 5 NamespaceArray")]
    public async Task Server_restart_resolves_namespaces_again()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, tags: 2);
        await sink.ValueAsync(0, 0);
        var url = rig.Server.BoundEndpointUrl;
        await rig.Server.StopAsync(TestContext.Current.CancellationToken);
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();

        // The same plant behind another index, one tag with another type, another one gone.
        await using var other = new OpcUa.Server.UaServer(rig.Server.Options with { EndpointUrl = url });
        other.AddressSpace.AddNamespace("urn:test:inserted");
        var index = other.AddressSpace.AddNamespace(ClientRig.Namespace);
        Assert.NotEqual(rig.Index, index);
        var folder = other.AddressSpace.AddFolder(other.AddressSpace.Objects, new NodeId("Plant", index), "Plant");
        other.AddressSpace.AddVariable(folder, new NodeId("Tag0", index), "Tag0", new OpcUa.Server.Nodes.VariableOptions { DataType = DataTypeIds.Int32, InitialValue = new DataValue(42) });
        await other.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RecoveryKind.Recreated, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        var statuses = new List<SubscriptionStatus>();
        while (statuses.Count < 2)
            statuses.Add(await sink.NextAsync<SubscriptionStatus>(status => status is SubscriptionStatus.ItemRejected or SubscriptionStatus.ItemTypeChanged));
        Assert.Equal(1u, statuses.OfType<SubscriptionStatus.ItemRejected>().Single().Result.ClientHandle);
        Assert.Equal(DataTypeIds.Int32, statuses.OfType<SubscriptionStatus.ItemTypeChanged>().Single().Current.NodeId);
        await sink.ValueAsync(0, 42);
        Assert.Equal((1, 1), (subscription.MonitoredItems, subscription.RejectedItems));
        Assert.Single(rig.EventsOf<UaClientEvent.NamespacesChanged>());
    }

    [Fact]
    [Hostile(39)]
    [Trait("Clause", "Part 4 §7.38 overflow")]
    public async Task Overflow_is_visible_on_the_value_and_counted()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink);
        await subscription.AddItemsAsync([ClientRig.Item(1) with { QueueSize = 2 }], TestContext.Current.CancellationToken);
        await sink.ValueAsync(1, 0);
        await subscription.SetPublishingModeAsync(false, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 10; i++)
            rig.Tags[1].SetValue((double)i);
        await subscription.SetPublishingModeAsync(true, TestContext.Current.CancellationToken);
        await sink.ValueAsync(1, 10);
        Assert.Single(sink.Changes.SelectMany(change => change.Items), item => item.Handle == 1 && item.Value.Status.HasOverflow);
        Assert.Equal(1, client.Counters.Overflows);
    }

    private static IEnumerable<double> Values(RecordingSink sink) =>
        sink.Changes.Where(change => change.Origin != DataChangeOrigin.Refresh).SelectMany(change => change.Items).Select(item => item.Value.Value.Get<double>());
}
