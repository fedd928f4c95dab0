using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Little that makes the server hold or send much; what it costs is measured over the whole process.</summary>
[Collection(nameof(Alone))]
public sealed class AmplificationTests
{
    [Fact]
    public async Task Large_values_in_a_queue_are_bounded_by_their_bytes()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxQueuedBytesPerSubscription = 1_000_000 } });
        VariableNode blob = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Blob"), "Blob", new VariableOptions { DataType = DataTypeIds.ByteString });
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, enabled: false)).SubscriptionId;
        await client.MonitorAsync(id, blob.NodeId, queue: 10_000);
        for (byte i = 1; i <= 50; i++) blob.SetValue(new DataValue(new Variant(Enumerable.Repeat(i, 100_000).ToArray())));
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = true, SubscriptionIds = [id] });
        // The first, without a value, and ten of those that followed; the last is there, and the loss is marked.
        List<MonitoredItemNotification> items = await client.CollectAsync(11);
        Assert.Equal(11, items.Count);
        Assert.Equal(50, items[^1].Value.Value.Get<byte[]>()![0]);
        Assert.Contains(items, item => item.Value.Status.HasOverflow);
        // What has left the queue counts no longer.
        for (byte i = 1; i <= 8; i++) blob.SetValue(new DataValue(new Variant(Enumerable.Repeat(i, 100_000).ToArray())));
        Assert.DoesNotContain(await client.CollectAsync(8), item => item.Value.Status.HasOverflow);
    }

    [Fact]
    public async Task Thousands_of_parts_of_a_large_array_are_refused_before_they_fill_the_memory()
    {
        await using var rig = await ServerRig.StartAsync();
        var large = new DataValue(Variant.FromArray(new double[200_000]));
        NodeId id = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Large"), "Large", new VariableOptions { DataType = DataTypeIds.Double, ValueRank = ValueRanks.OneDimension, InitialValue = large }).NodeId;
        ServiceClient client = await rig.SignInAsync();
        var request = new ReadRequest { NodesToRead = [.. Enumerable.Repeat(new ReadValueId { NodeId = id, IndexRange = "1:199999" }, 10_000)] };
        long before = GC.GetTotalAllocatedBytes();
        Assert.Equal(StatusCodes.BadResponseTooLarge, await client.FaultAsync(request));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000);
        Assert.Equal(199_999, (await client.ReadAsync(id, range: "1:199999")).Value.Length);
    }
}
