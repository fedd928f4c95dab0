using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Subscriptions as the client sees them (Part 4 §5.13), on a clock that the test moves.</summary>
[Collection(nameof(Alone))]
public sealed class SubscriptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Clause", "Part 4 Publish numbers")]
    public async Task First_cycle_answers_and_a_keep_alive_carries_the_next_number_without_using_it()
    {
        await using var rig = await ServerRig.StartAsync(time: new FakeTimeProvider());
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        CreateSubscriptionResponse subscription = await client.SubscribeAsync(interval: 100, keepAlive: 3);
        Task<PublishResponse> first = client.PublishAsync();
        await rig.AdvanceUntilAsync(first);
        PublishResponse alive = await first;
        Assert.Empty(alive.NotificationMessage.NotificationData);
        Assert.Equal(1u, alive.NotificationMessage.SequenceNumber);
        Assert.Empty(alive.AvailableSequenceNumbers);

        await client.MonitorAsync(subscription.SubscriptionId, tag.NodeId, handle: 77);
        Task<PublishResponse> second = client.PublishAsync();
        await rig.AdvanceUntilAsync(second);
        PublishResponse data = await second;
        Assert.Equal(1u, data.NotificationMessage.SequenceNumber);
        Assert.Equal([1u], data.AvailableSequenceNumbers);
        Assert.Equal(77u, Assert.Single(ServiceClient.Items(data.NotificationMessage)).ClientHandle);

        DateTimeOffset quietSince = rig.Time.GetUtcNow();
        Task<PublishResponse> third = client.PublishAsync((subscription.SubscriptionId, 1));
        await rig.AdvanceUntilAsync(third);
        PublishResponse next = await third;
        Assert.Equal(2u, next.NotificationMessage.SequenceNumber);
        Assert.Empty(next.AvailableSequenceNumbers);
        Assert.Equal([StatusCodes.Good], next.Results.Select(result => result.Value));
        Assert.InRange((rig.Time.GetUtcNow() - quietSince).TotalMilliseconds, 200, 450);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish acknowledgement")]
    public async Task Unacknowledged_message_is_republished_until_it_is_acknowledged()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20)).SubscriptionId;
        await client.MonitorAsync(id, tag.NodeId);
        rig.Server.Faults.DropNextPublishResponse();
        Task<PublishResponse> lost = client.PublishAsync();
        await ServerRig.EventuallyAsync(() => rig.Server.MonitoredItemCount == 1, "the item is there");
        Task<PublishResponse> next = client.PublishAsync();
        tag.SetValue(2.0);
        PublishResponse response = await next;
        while (response.NotificationMessage.NotificationData.Length == 0 || response.AvailableSequenceNumbers.Length < 2)
        {
            tag.SetValue(tag.Value.Value.Get<double>() + 1);
            response = await client.PublishAsync();
        }
        Assert.Equal(1u, response.AvailableSequenceNumbers[0]);
        var again = await client.SendAsync<RepublishResponse>(new RepublishRequest { SubscriptionId = id, RetransmitSequenceNumber = 1 });
        Assert.Equal(1u, again.NotificationMessage.SequenceNumber);
        Assert.Equal(1.0, ServiceClient.Items(again.NotificationMessage)[0].Value.Value.Get<double>());
        PublishResponse acknowledged = await client.PublishAsync((id, 1), (id, 99), (id + 1, 1));
        Assert.Equal([StatusCodes.Good, StatusCodes.BadSequenceNumberUnknown, StatusCodes.BadSubscriptionIdInvalid], acknowledged.Results.Select(result => result.Value));
        Assert.Equal(StatusCodes.BadMessageNotAvailable, await client.FaultAsync(new RepublishRequest { SubscriptionId = id, RetransmitSequenceNumber = 1 }));
        Assert.False(lost.IsCompleted);
    }

    [Fact]
    public async Task Publish_requests_beyond_the_cap_displace_the_oldest_and_none_waits_without_a_subscription()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxPublishRequestsPerSession = 2 } });
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(StatusCodes.BadNoSubscription, await client.FaultAsync(ServiceClient.Publish()));
        uint id = (await client.SubscribeAsync(interval: 60_000)).SubscriptionId;
        Task<StatusCode>[] waiting = [client.FaultAsync(ServiceClient.Publish()), client.FaultAsync(ServiceClient.Publish()), client.FaultAsync(ServiceClient.Publish())];
        Assert.Equal(StatusCodes.BadTooManyPublishRequests, await waiting[0]);
        await client.SendAsync<DeleteSubscriptionsResponse>(new DeleteSubscriptionsRequest { SubscriptionIds = [id] });
        Assert.Equal(StatusCodes.BadNoSubscription, await waiting[1]);
        Assert.Equal(StatusCodes.BadNoSubscription, await waiting[2]);
    }

    [Fact]
    public async Task Publish_request_is_not_kept_longer_than_its_client_waits()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync();
        await client.SubscribeAsync(interval: 60_000);
        Task<IServiceResponse> waiting = client.SendAsync(ServiceClient.Publish(), timeoutHint: 1000);
        await rig.AdvanceUntilAsync(waiting, 250);
        Assert.Equal(StatusCodes.BadTimeout, (await waiting).ResponseHeader.ServiceResult);
    }

    [Fact]
    public async Task Subscription_that_nobody_publishes_for_ends_after_its_lifetime_and_says_so()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync();
        CreateSubscriptionResponse subscription = await client.SubscribeAsync(interval: 100, keepAlive: 2, lifetime: 1);
        Assert.Equal(6u, subscription.RevisedLifetimeCount);
        await client.MonitorAsync(subscription.SubscriptionId, VariableIds.Server_ServerStatus_State);
        await rig.AdvanceUntilAsync(ServerRig.EventuallyAsync(() => rig.Server.SubscriptionCount == 0, "the subscription is gone"));
        PublishResponse told = await client.PublishAsync();
        Assert.Equal(subscription.SubscriptionId, told.SubscriptionId);
        Assert.Equal(StatusCodes.BadTimeout, Assert.IsType<StatusChangeNotification>(told.NotificationMessage.NotificationData[0]!.Body).Status);
        Assert.Equal(0, rig.Server.MonitoredItemCount);
        Assert.Equal(StatusCodes.BadNoSubscription, await client.FaultAsync(ServiceClient.Publish()));
    }

    [Fact]
    [Trait("Clause", "Part 4 TransferSubscriptions owner")]
    public async Task Subscription_transfers_with_its_queue_to_another_session_of_the_same_owner()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1);
        ServiceClient first = await rig.SignInAsync();
        uint id = (await first.SubscribeAsync(interval: 20)).SubscriptionId;
        await first.MonitorAsync(id, tag.NodeId);
        Assert.Single(await first.CollectAsync(1));
        Task<PublishResponse> left = first.PublishAsync();

        ServiceClient second = await rig.SignInAsync();
        var transferred = await second.SendAsync<TransferSubscriptionsResponse>(new TransferSubscriptionsRequest { SubscriptionIds = [id, 12345], SendInitialValues = true });
        Assert.Equal([StatusCodes.Good, StatusCodes.BadSubscriptionIdInvalid], transferred.Results.Select(result => result.StatusCode.Value));
        Assert.Equal(1.0, (await second.CollectAsync(1))[0].Value.Value.Get<double>());
        PublishResponse told = await left;
        while (told.NotificationMessage.NotificationData is not [{ Body: StatusChangeNotification }]) told = await first.PublishAsync();
        Assert.Equal(StatusCodes.GoodSubscriptionTransferred, ((StatusChangeNotification)told.NotificationMessage.NotificationData[0]!.Body!).Status);
        Assert.Equal(StatusCodes.BadSubscriptionIdInvalid, await first.FaultAsync(new RepublishRequest { SubscriptionId = id, RetransmitSequenceNumber = 1 }));
    }

    [Fact]
    [Trait("Clause", "Part 4 TransferSubscriptions owner")]
    public async Task Subscription_does_not_transfer_to_another_user()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { ValidateUser = (_, _) => true });
        ServiceClient first = await rig.SignInAsync();
        uint id = (await first.SubscribeAsync()).SubscriptionId;
        ServiceClient second = await rig.ConnectAsync();
        await second.CreateAsync();
        await second.ActivateAsync(new ExtensionObject(new UserNameIdentityToken { PolicyId = "username_None", UserName = "op", Password = [1] }));
        var refused = await second.SendAsync<TransferSubscriptionsResponse>(new TransferSubscriptionsRequest { SubscriptionIds = [id] });
        Assert.Equal(StatusCodes.BadUserAccessDenied, refused.Results[0].StatusCode);
    }

    [Fact]
    [Hostile(24)]
    public async Task Subscriptions_left_behind_by_closed_sessions_are_capped()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxSubscriptionsWithoutSession = 3 } });
        for (int i = 0; i < 10; i++)
        {
            ServiceClient client = await rig.SignInAsync();
            uint id = (await client.SubscribeAsync(interval: 10_000, lifetime: 1000)).SubscriptionId;
            await client.MonitorAsync(id, VariableIds.Server_ServerStatus_State);
            await client.SendAsync<CloseSessionResponse>(new CloseSessionRequest { DeleteSubscriptions = false });
            Assert.InRange(rig.Server.SubscriptionCount, 1, 3);
        }
        await ServerRig.EventuallyAsync(() => rig.Server.MonitoredItemCount == 3, "their items went with them");
        Assert.Equal(7, rig.Events.Count(happened => happened.Kind is UaServerEventKind.SubscriptionDeleted or UaServerEventKind.SubscriptionTimedOut));
    }

    [Fact]
    public async Task Caps_on_subscriptions_and_items_hold()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with
        {
            Limits = new ServerLimits { MaxSubscriptionsPerSession = 2, MaxMonitoredItemsPerSubscription = 2, MaxMonitoredItems = 3 },
        });
        ServiceClient client = await rig.SignInAsync();
        uint a = (await client.SubscribeAsync()).SubscriptionId, b = (await client.SubscribeAsync()).SubscriptionId;
        Assert.Equal(StatusCodes.BadTooManySubscriptions, await client.FaultAsync(new CreateSubscriptionRequest { RequestedPublishingInterval = 100 }));
        NodeId state = VariableIds.Server_ServerStatus_State;
        Assert.True((await client.MonitorAsync(a, state)).StatusCode.IsGood);
        Assert.True((await client.MonitorAsync(a, state)).StatusCode.IsGood);
        Assert.Equal(StatusCodes.BadTooManyMonitoredItems, (await client.MonitorAsync(a, state)).StatusCode);
        Assert.True((await client.MonitorAsync(b, state)).StatusCode.IsGood);
        Assert.Equal(StatusCodes.BadTooManyMonitoredItems, (await client.MonitorAsync(b, state)).StatusCode);
        await client.SendAsync<DeleteSubscriptionsResponse>(new DeleteSubscriptionsRequest { SubscriptionIds = [a] });
        Assert.True((await client.MonitorAsync(b, state)).StatusCode.IsGood);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSubscription lifetime")]
    public async Task Requests_are_revised_into_the_limits()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        CreateSubscriptionResponse revised = await client.SubscribeAsync(interval: double.NaN, keepAlive: 0, lifetime: 0);
        Assert.Equal(10, revised.RevisedPublishingInterval);
        Assert.Equal(10u, revised.RevisedMaxKeepAliveCount);
        Assert.Equal(30u, revised.RevisedLifetimeCount);
        CreateSubscriptionResponse extreme = await client.SubscribeAsync(interval: 1e300, keepAlive: uint.MaxValue, lifetime: uint.MaxValue);
        Assert.Equal(3_600_000, extreme.RevisedPublishingInterval);
        Assert.True(extreme.RevisedLifetimeCount >= 3 * extreme.RevisedMaxKeepAliveCount);
        var modified = await client.SendAsync<ModifySubscriptionResponse>(new ModifySubscriptionRequest { SubscriptionId = extreme.SubscriptionId, RequestedPublishingInterval = 50, RequestedMaxKeepAliveCount = 4, RequestedLifetimeCount = 20 });
        Assert.Equal((50.0, 4u, 20u), (modified.RevisedPublishingInterval, modified.RevisedMaxKeepAliveCount, modified.RevisedLifetimeCount));
    }

    [Fact]
    public async Task Message_is_cut_at_the_clients_limit_and_says_that_more_comes()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, most: 3)).SubscriptionId;
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = false, SubscriptionIds = [id] });
        for (uint i = 0; i < 7; i++) await client.MonitorAsync(id, rig.Double($"Tag{i}", i).NodeId, handle: i);
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = true, SubscriptionIds = [id] });
        var counts = new List<(int, bool)>();
        while (counts.Sum(count => count.Item1) < 7)
        {
            PublishResponse response = await client.PublishAsync();
            int items = ServiceClient.Items(response.NotificationMessage).Length;
            if (items > 0) counts.Add((items, response.MoreNotifications));
        }
        Assert.Equal([(3, true), (3, true), (1, false)], counts);
    }

    [Fact]
    public async Task Disabled_publishing_sends_keep_alives_alone()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync(interval: 20, keepAlive: 2, enabled: false)).SubscriptionId;
        await client.MonitorAsync(id, tag.NodeId);
        for (int i = 0; i < 3; i++) Assert.Empty((await client.PublishAsync()).NotificationMessage.NotificationData);
        await client.SendAsync<SetPublishingModeResponse>(new SetPublishingModeRequest { PublishingEnabled = true, SubscriptionIds = [id] });
        Assert.Single(await client.CollectAsync(1));
    }

    [Fact]
    public async Task Subscription_of_higher_priority_gets_the_only_publish_request_first()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync();
        uint low = (await client.SubscribeAsync(interval: 20, priority: 1)).SubscriptionId;
        uint high = (await client.SubscribeAsync(interval: 20, priority: 9)).SubscriptionId;
        await client.MonitorAsync(low, rig.Double("Low").NodeId);
        await client.MonitorAsync(high, rig.Double("High").NodeId);
        // Both become late, each with something to say.
        await rig.AdvanceUntilAsync(Task.Delay(TimeSpan.FromMilliseconds(200), time, Token));
        Assert.Equal(high, (await client.PublishAsync()).SubscriptionId);
        Assert.Equal(low, (await client.PublishAsync()).SubscriptionId);
    }

    [Fact]
    public async Task Session_that_moves_keeps_its_subscriptions_across_a_cut_connection()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient first = await rig.SignInAsync();
        uint id = (await first.SubscribeAsync(interval: 20)).SubscriptionId;
        await first.MonitorAsync(id, tag.NodeId);
        await first.CollectAsync(1);
        rig.Server.Faults.CutConnections();
        await first.Channel.Closed.WaitAsync(TimeSpan.FromSeconds(20), Token);
        tag.SetValue(5.0);
        tag.SetValue(6.0);
        ServiceClient second = await rig.ConnectAsync();
        (second.Token, second.ServerNonce) = (first.Token, first.ServerNonce);
        await second.ActivateAsync();
        Assert.Equal([5.0, 6.0], (await second.CollectAsync(2)).Select(item => item.Value.Value.Get<double>()));
    }

    [Fact]
    public async Task Silent_server_answers_nothing_until_it_resumes()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        rig.Server.Faults.StopAnswering();
        Task<DataValue> read = client.ReadAsync(VariableIds.Server_ServerStatus_State);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        Assert.False(read.IsCompleted);
        rig.Server.Faults.Resume();
        Assert.Equal(0, (await read).Value.Get<int>());
    }

    [Fact]
    public async Task Forgotten_subscription_is_gone_without_a_word()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        uint id = (await client.SubscribeAsync()).SubscriptionId;
        rig.Server.Faults.ForgetSubscriptions();
        await ServerRig.EventuallyAsync(() => rig.Server.SubscriptionCount == 0, "the subscription is gone");
        Assert.Equal(StatusCodes.BadSubscriptionIdInvalid, await client.FaultAsync(new RepublishRequest { SubscriptionId = id, RetransmitSequenceNumber = 1 }));
        Assert.Equal(StatusCodes.BadNoSubscription, await client.FaultAsync(ServiceClient.Publish()));
    }
}
