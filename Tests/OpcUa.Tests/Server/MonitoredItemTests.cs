using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Sampling, queues and filters of monitored items (Part 4 §5.12).</summary>
public sealed class MonitoredItemTests
{
    [Fact]
    public async Task Item_without_sampling_interval_reports_every_change_in_order()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20)).SubscriptionId;
        MonitoredItemCreateResult item = await client.MonitorAsync(id, tag.NodeId, sampling: 0, queue: 1000);
        Assert.Equal(0, item.RevisedSamplingInterval);
        for (int i = 1; i <= 500; i++) tag.SetValue((double)i);
        Assert.Equal(Enumerable.Range(0, 501).Select(i => (double)i), (await client.CollectAsync(501)).Select(value => value.Value.Value.Get<double>()));
    }

    [Fact]
    public async Task Sampled_item_reports_the_value_of_each_sample_only()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 1000)).SubscriptionId;
        MonitoredItemCreateResult item = await client.MonitorAsync(id, tag.NodeId, sampling: 250);
        Assert.Equal(250, item.RevisedSamplingInterval);
        Task<PublishResponse> publish = client.PublishAsync();
        DateTimeOffset start = time.GetUtcNow();
        int set = 0;
        while (!publish.IsCompleted)
        {
            tag.SetValue((double)++set);
            await rig.AdvanceUntilAsync(Task.WhenAny(publish, Task.Delay(TimeSpan.FromMilliseconds(50), time, TestContext.Current.CancellationToken)));
        }
        MonitoredItemNotification[] items = ServiceClient.Items((await publish).NotificationMessage);
        // As many samples as the clock had time for, the first value, and the two that an item may take ahead to even out jitter.
        Assert.InRange(items.Length, 3, (int)((time.GetUtcNow() - start) / TimeSpan.FromMilliseconds(250)) + 3);
        Assert.True(set > 2 * items.Length, $"{items.Length} of {set} values");
    }

    [Fact]
    public async Task Value_fed_at_the_pace_of_its_sampling_is_never_lost_to_jitter()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 100)).SubscriptionId;
        await client.MonitorAsync(id, tag.NodeId, sampling: 100);
        Task<List<MonitoredItemNotification>> collecting = client.CollectAsync(41);
        var random = new Random(7);
        for (int i = 1; i <= 40; i++)
        {
            // Somewhere within the interval: often two come between two samples, and then none.
            int wait = random.Next(1, 100);
            await rig.AdvanceUntilAsync(Task.Delay(TimeSpan.FromMilliseconds(wait), time, TestContext.Current.CancellationToken), 5);
            tag.SetValue((double)i);
            await rig.AdvanceUntilAsync(Task.Delay(TimeSpan.FromMilliseconds(100 - wait), time, TestContext.Current.CancellationToken), 5);
        }
        await rig.AdvanceUntilAsync(collecting);
        Assert.Equal(Enumerable.Range(0, 41).Select(i => (double)i), (await collecting).Select(item => item.Value.Value.Get<double>()));
    }

    [Theory]
    [InlineData(true, new[] { 3.0, 4.0, 5.0 }, 0)]
    [InlineData(false, new[] { 0.0, 1.0, 5.0 }, 2)]
    [Trait("Clause", "Part 4 §7.38 overflow")]
    public async Task Full_queue_drops_by_its_policy_and_marks_the_value_beside_the_loss(bool discardOldest, double[] left, int marked)
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 300)).SubscriptionId;
        Task<List<MonitoredItemNotification>> collecting = client.CollectAsync(3);
        await client.MonitorAsync(id, tag.NodeId, queue: 3, discardOldest: discardOldest);
        for (int i = 1; i <= 5; i++) tag.SetValue((double)i);
        List<MonitoredItemNotification> items = await collecting;
        Assert.Equal(left, items.Select(item => item.Value.Value.Get<double>()));
        for (int i = 0; i < 3; i++) Assert.Equal(i == marked, items[i].Value.Status.HasOverflow);
        Assert.All(items, item => Assert.True(item.Value.Status.IsGood));
    }

    [Fact]
    public async Task Queue_of_one_holds_the_latest_and_marks_nothing()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 300)).SubscriptionId;
        MonitoredItemCreateResult item = await client.MonitorAsync(id, tag.NodeId, queue: 0);
        Assert.Equal(1u, item.RevisedQueueSize);
        for (int i = 1; i <= 5; i++) tag.SetValue((double)i);
        MonitoredItemNotification only = Assert.Single(await client.CollectAsync(1));
        Assert.Equal(5.0, only.Value.Value.Get<double>());
        Assert.False(only.Value.Status.HasOverflow);
    }

    [Fact]
    public async Task Queues_of_one_subscription_share_a_bound_and_mark_what_it_costs()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxQueuedValuesPerSubscription = 10 } });
        VariableNode[] tags = [rig.Double("A"), rig.Double("B"), rig.Double("C")];
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, enabled: false)).SubscriptionId;
        for (uint i = 0; i < 3; i++) await client.MonitorAsync(id, tags[i].NodeId, queue: 10_000, handle: i);
        for (int i = 1; i <= 1000; i++)
            foreach (VariableNode tag in tags) tag.SetValue((double)i);
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = true, SubscriptionIds = [id] });
        List<MonitoredItemNotification> items = await client.CollectAsync(10);
        Assert.Equal(10, items.Count);
        foreach (IGrouping<uint, MonitoredItemNotification> item in items.GroupBy(item => item.ClientHandle))
        {
            Assert.Equal(1000.0, item.Last().Value.Value.Get<double>());
            Assert.Contains(item, value => value.Value.Status.HasOverflow);
        }
    }

    [Fact]
    public async Task Values_that_cannot_travel_together_come_in_several_messages_and_alone_as_a_status()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode text = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Text"), "Text", new VariableOptions { DataType = DataTypeIds.String, InitialValue = new DataValue("") });
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, enabled: false)).SubscriptionId;
        await client.MonitorAsync(id, text.NodeId, queue: 1000);
        for (char letter = 'a'; letter < 'a' + 20; letter++) text.SetValue(new string(letter, 500_000));
        text.SetValue("lone \ud800 surrogate");
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = true, SubscriptionIds = [id] });
        List<MonitoredItemNotification> items = await client.CollectAsync(22);
        Assert.Equal("abcdefghijklmnopqrst", string.Concat(items.Skip(1).Take(20).Select(item => item.Value.Value.Get<string>()![0])));
        Assert.Equal(StatusCodes.BadEncodingError, items[21].Value.Status);
    }

    [Fact]
    public async Task Deadband_keeps_small_changes_back_but_never_a_status()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 10, options => options with { EngineeringRange = (0, 200) });
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 50)).SubscriptionId;
        Assert.True((await client.MonitorAsync(id, tag.NodeId, handle: 1, filter: new DataChangeFilter { DeadbandType = DeadbandType.Absolute, DeadbandValue = 2 })).StatusCode.IsGood);
        Assert.True((await client.MonitorAsync(id, tag.NodeId, handle: 2, filter: new DataChangeFilter { DeadbandType = DeadbandType.Percent, DeadbandValue = 5 })).StatusCode.IsGood);
        foreach (double value in (double[])[11, 12, 12.5, 25, double.NaN]) tag.SetValue(value);
        tag.SetValue(new DataValue(25.0, StatusCodes.UncertainLastUsableValue));
        List<MonitoredItemNotification> items = await client.CollectAsync(9);
        Assert.Equal([10, 12.5, 25, double.NaN, 25], items.Where(item => item.ClientHandle == 1).Select(item => item.Value.Value.Get<double>()));
        Assert.Equal([10, 25, double.NaN, 25], items.Where(item => item.ClientHandle == 2).Select(item => item.Value.Value.Get<double>()));
    }

    [Fact]
    public async Task Trigger_decides_whether_value_and_time_count()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 50)).SubscriptionId;
        await client.MonitorAsync(id, tag.NodeId, handle: 0, filter: new DataChangeFilter { Trigger = DataChangeTrigger.Status });
        await client.MonitorAsync(id, tag.NodeId, handle: 1, filter: new DataChangeFilter { Trigger = DataChangeTrigger.StatusValue });
        await client.MonitorAsync(id, tag.NodeId, handle: 2, filter: new DataChangeFilter { Trigger = DataChangeTrigger.StatusValueTimestamp });
        DateTime time = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        tag.SetValue(new DataValue(1.0, default, time));
        tag.SetValue(new DataValue(2.0, default, time));
        tag.SetValue(new DataValue(2.0, StatusCodes.BadSensorFailure, time));
        List<MonitoredItemNotification> items = await client.CollectAsync(2 + 3 + 4);
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 3).Select(handle => items.Count(item => item.ClientHandle == handle)));
    }

    [Fact]
    public async Task Disabled_item_is_silent_and_starts_with_a_fresh_value()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, keepAlive: 1)).SubscriptionId;
        uint item = (await client.MonitorAsync(id, tag.NodeId, mode: MonitoringMode.Disabled)).MonitoredItemId;
        tag.SetValue(2.0);
        for (int i = 0; i < 3; i++) Assert.Empty(ServiceClient.Items((await client.PublishAsync()).NotificationMessage));
        var set = await client.SendAsync<SetMonitoringModeResponse>(new SetMonitoringModeRequest { SubscriptionId = id, MonitoringMode = MonitoringMode.Sampling, MonitoredItemIds = [item, 999] });
        Assert.Equal([StatusCodes.Good, StatusCodes.BadMonitoredItemIdInvalid], set.Results.Select(result => result.Value));
        tag.SetValue(3.0);
        for (int i = 0; i < 3; i++) Assert.Empty(ServiceClient.Items((await client.PublishAsync()).NotificationMessage));
        await client.SendAsync<SetMonitoringModeResponse>(new SetMonitoringModeRequest { SubscriptionId = id, MonitoringMode = MonitoringMode.Reporting, MonitoredItemIds = [item] });
        Assert.Equal([2.0, 3.0], (await client.CollectAsync(2)).Select(value => value.Value.Value.Get<double>()));
    }

    [Fact]
    public async Task Modified_item_takes_its_new_interval_and_handle()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20)).SubscriptionId;
        uint item = (await client.MonitorAsync(id, tag.NodeId, sampling: 1_000_000, handle: 1)).MonitoredItemId;
        Assert.Equal(1u, (await client.CollectAsync(1))[0].ClientHandle);
        tag.SetValue(2.0);
        var modified = await client.SendAsync<ModifyMonitoredItemsResponse>(new ModifyMonitoredItemsRequest
        {
            SubscriptionId = id,
            TimestampsToReturn = TimestampsToReturn.Source,
            ItemsToModify = [new MonitoredItemModifyRequest { MonitoredItemId = item, RequestedParameters = new MonitoringParameters { ClientHandle = 2, SamplingInterval = 20, QueueSize = 5 } }],
        });
        Assert.Equal((20.0, 5u), (modified.Results[0].RevisedSamplingInterval, modified.Results[0].RevisedQueueSize));
        MonitoredItemNotification changed = (await client.CollectAsync(1))[0];
        Assert.Equal((2u, 2.0), (changed.ClientHandle, changed.Value.Value.Get<double>()));
        Assert.NotEqual(default, changed.Value.SourceTimestamp);
        Assert.Equal(default, changed.Value.ServerTimestamp);
    }

    [Fact]
    public async Task Deleted_item_reports_no_more()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, keepAlive: 1)).SubscriptionId;
        uint item = (await client.MonitorAsync(id, tag.NodeId)).MonitoredItemId;
        await client.CollectAsync(1);
        var deleted = await client.SendAsync<DeleteMonitoredItemsResponse>(new DeleteMonitoredItemsRequest { SubscriptionId = id, MonitoredItemIds = [item, item] });
        Assert.Equal([StatusCodes.Good, StatusCodes.BadMonitoredItemIdInvalid], deleted.Results.Select(result => result.Value));
        tag.SetValue(2.0);
        for (int i = 0; i < 3; i++) Assert.Empty(ServiceClient.Items((await client.PublishAsync()).NotificationMessage));
        Assert.Equal(0, rig.Server.MonitoredItemCount);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateMonitoredItems rejected")]
    public async Task One_bad_item_never_stops_the_rest()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode number = rig.Double("Tag"), text = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Text"), "Text", new VariableOptions { DataType = DataTypeIds.String });
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync()).SubscriptionId;
        MonitoredItemCreateRequest Item(NodeId node, uint attribute = AttributeIds.Value, Filtered? filter = null, string? range = null) => new()
        {
            ItemToMonitor = new ReadValueId { NodeId = node, AttributeId = attribute, IndexRange = range },
            RequestedParameters = new MonitoringParameters { Filter = filter?.Filter },
        };
        var created = await client.SendAsync<CreateMonitoredItemsResponse>(new CreateMonitoredItemsRequest
        {
            SubscriptionId = id,
            ItemsToCreate =
            [
                Item(number.NodeId),
                Item(rig.Id("None")),
                Item(number.NodeId, AttributeIds.Executable),
                Item(number.NodeId, 99),
                Item(number.NodeId, range: "2:1"),
                Item(text.NodeId, filter: new(new DataChangeFilter { DeadbandType = DeadbandType.Absolute, DeadbandValue = 1 })),
                Item(number.NodeId, filter: new(new DataChangeFilter { DeadbandType = DeadbandType.Percent, DeadbandValue = 1 })),
                Item(number.NodeId, filter: new(new DataChangeFilter { DeadbandType = DeadbandType.Absolute, DeadbandValue = double.NaN })),
                Item(number.NodeId, AttributeIds.DisplayName),
            ],
        });
        Assert.Equal(
            [
                StatusCodes.Good, StatusCodes.BadNodeIdUnknown, StatusCodes.BadAttributeIdInvalid, StatusCodes.BadAttributeIdInvalid, StatusCodes.BadIndexRangeInvalid,
                StatusCodes.BadFilterNotAllowed, StatusCodes.BadDeadbandFilterInvalid, StatusCodes.BadDeadbandFilterInvalid, StatusCodes.Good,
            ],
            created.Results.Select(result => result.StatusCode.Value));
        Assert.Equal(2, rig.Server.MonitoredItemCount);
    }

    [Fact]
    public async Task Part_of_an_array_is_monitored_by_its_range()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode array = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Array"), "Array",
            new VariableOptions { DataType = DataTypeIds.Int32, ValueRank = 1, InitialValue = new DataValue(Variant.FromArray(new[] { 1, 2, 3 })) });
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20)).SubscriptionId;
        await client.MonitorAsync(id, array.NodeId, range: "1:5");
        Assert.Equal("[2, 3]", (await client.CollectAsync(1))[0].Value.Value.ToString());
        array.SetValue(Variant.FromArray(new[] { 9, 2, 3 }));
        array.SetValue(Variant.FromArray(new[] { 9, 2, 4 }));
        array.SetValue(Variant.FromArray(new[] { 9 }));
        List<MonitoredItemNotification> changes = await client.CollectAsync(2);
        Assert.Equal("[2, 4]", changes[0].Value.Value.ToString());
        Assert.Equal(StatusCodes.BadIndexRangeNoData, changes[1].Value.Status);
    }

    [Fact]
    public async Task Computed_variable_is_looked_at_by_each_sample()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 100)).SubscriptionId;
        await client.MonitorAsync(id, VariableIds.Server_ServerStatus_CurrentTime, sampling: 100);
        Task<List<MonitoredItemNotification>> collecting = client.CollectAsync(3);
        await rig.AdvanceUntilAsync(collecting);
        DateTime[] times = [.. (await collecting).Select(item => item.Value.Value.Get<DateTime>())];
        Assert.True(times[0] < times[1] && times[1] < times[2]);
    }

    [Fact]
    public async Task Removed_node_turns_bad()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20)).SubscriptionId;
        await client.MonitorAsync(id, tag.NodeId);
        await client.CollectAsync(1);
        rig.Server.AddressSpace.Remove(tag);
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await client.CollectAsync(1))[0].Value.Status);
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await client.ReadAsync(tag.NodeId)).Status);
    }

    [Fact]
    public async Task GetMonitoredItems_tells_the_owner_its_handles()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync(), other = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync()).SubscriptionId;
        await client.MonitorAsync(id, rig.Double("Tag").NodeId, handle: 42);
        CallRequest Request() => new() { MethodsToCall = [new CallMethodRequest { ObjectId = ObjectIds.Server, MethodId = MethodIds.Server_GetMonitoredItems, InputArguments = [id] }] };
        CallMethodResult own = (await client.SendAsync<CallResponse>(Request())).Results[0];
        Assert.Equal("[42]", own.OutputArguments[1].ToString());
        Assert.Equal(StatusCodes.BadUserAccessDenied, (await other.SendAsync<CallResponse>(Request())).Results[0].StatusCode);
    }

    private sealed record Filtered(DataChangeFilter Change)
    {
        public ExtensionObject Filter => new(Change);
    }
}
