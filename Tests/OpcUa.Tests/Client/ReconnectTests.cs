using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Losses of every kind between our client and our server, and what must be left of them: nothing, or a report.</summary>
public sealed class ReconnectTests
{
    [Fact]
    [Trait("Clause", "Part 4 §6.7 reconnect")]
    public async Task Connection_cut_resumes_the_session_and_loses_nothing()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink);
        await sink.ValueAsync(0, 0);

        for (var round = 1; round <= 5; round++)
        {
            rig.Server.Faults.CutConnections();
            rig.Tags[0].SetValue(round * 10.0);
            rig.Tags[0].SetValue(round * 10.0 + 1);
            await sink.NextAsync<SubscriptionStatus.ConnectionLost>();
            Assert.Equal(RecoveryKind.Republished, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
            rig.Tags[0].SetValue(round * 10.0 + 2);
            await sink.ValueAsync(0, round * 10 + 2);
        }

        Assert.Equal([0, .. Enumerable.Range(1, 5).SelectMany(round => new[] { round * 10.0, round * 10 + 1, round * 10 + 2 })], Values(sink, 0));
        Assert.Equal(1, subscription.Epoch);
        Assert.Empty(sink.All.OfType<LostNotifications>());
        Assert.All(rig.EventsOf<UaClientEvent.Reconnected>(), reconnected => Assert.True(reconnected.SessionResumed));
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.7 reconnect")]
    public async Task Forgotten_subscription_is_made_anew_with_all_its_items()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, tags: 3);
        await sink.ValueAsync(0, 0);

        rig.Server.Faults.ForgetSubscriptions();
        var recovered = await sink.NextAsync<SubscriptionStatus.Recovered>(status => status.How == RecoveryKind.Recreated);
        Assert.Equal(2, recovered.Epoch);
        rig.Tags[2].SetValue(7.0);
        var change = await sink.ValueAsync(2, 7);
        Assert.Equal(2, change.Epoch);
        Assert.Equal(3, subscription.MonitoredItems);
        Assert.Equal(1, rig.Server.SubscriptionCount);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.7 reconnect")]
    public async Task Forgotten_session_is_replaced_and_what_the_server_still_has_is_taken_over()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        await sink.ValueAsync(0, 0);

        rig.Server.Faults.ForgetSessions();
        rig.Server.Faults.CutConnections();
        await sink.NextAsync<SubscriptionStatus.Recovered>();
        rig.Tags[0].SetValue(5.0);
        await sink.ValueAsync(0, 5);
        Assert.False(Assert.Single(rig.EventsOf<UaClientEvent.Reconnected>()).SessionResumed);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish silence")]
    public async Task Silence_is_reported_after_one_and_a_half_keep_alive_intervals_and_ends_with_a_message()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync(options => options with { KeepAliveInterval = TimeSpan.FromSeconds(5) });
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, change: options => options with { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 20 });
        await sink.NextAsync<KeepAlive>();

        rig.Server.Faults.StopAnswering();
        var late = await sink.NextAsync<SubscriptionStatus.Late>();
        Assert.Equal(TimeSpan.FromMilliseconds(1500), late.Limit);
        Assert.True(late.Silence >= late.Limit);
        Assert.Equal(UaClientState.Connected, client.State);
        Assert.Equal(subscription.LateAfter, late.Limit);

        rig.Server.Faults.Resume();
        Assert.Equal(RecoveryKind.OnTime, (await sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        rig.Tags[0].SetValue(3.0);
        await sink.ValueAsync(0, 3);
        Assert.Equal(1, subscription.Epoch);
    }

    [Fact]
    public async Task Silence_that_goes_on_is_a_dead_connection_whatever_else_answers()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromMilliseconds(300) });
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        await sink.NextAsync<KeepAlive>();

        rig.Server.Faults.StopAnswering();
        await sink.NextAsync<SubscriptionStatus.Late>();
        await sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        rig.Server.Faults.Resume();
        rig.Tags[0].SetValue(9.0);
        await sink.ValueAsync(0, 9);
    }

    [Fact]
    public async Task Services_fail_at_once_while_the_connection_is_away()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        await rig.Server.StopAsync(TestContext.Current.CancellationToken);
        while (client.State == UaClientState.Connected)
            await SettleAsync();

        var refused = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(2258, TestContext.Current.CancellationToken));
        Assert.Equal(StatusCodes.BadServerNotConnected, refused.Status.Value);

        await rig.Server.StartAsync(TestContext.Current.CancellationToken);
        while (client.State != UaClientState.Connected)
            await SettleAsync();
        Assert.True((await client.ReadValueAsync(2258, TestContext.Current.CancellationToken)).Status.IsGood);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateMonitoredItems rejected")]
    public async Task Item_that_appears_later_is_monitored_without_a_restart()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, change: options => options with { FirstItemRetry = TimeSpan.FromMilliseconds(50) });
        var results = await subscription.AddItemsAsync([ClientRig.Item(99), ClientRig.Item(1)], TestContext.Current.CancellationToken);

        Assert.Equal([StatusCodes.BadNodeIdUnknown, StatusCodes.Good], results.Select(result => result.Status.Value));
        Assert.Equal(99u, (await sink.NextAsync<SubscriptionStatus.ItemRejected>()).Result.ClientHandle);
        rig.Server.AddressSpace.AddVariable(rig.Folder, new NodeId("Tag99", rig.Index), "Tag99", new OpcUa.Server.Nodes.VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(99.0) });
        Assert.Equal(99u, (await sink.NextAsync<SubscriptionStatus.ItemAccepted>()).Result.ClientHandle);
        // The value may overtake the news.
        while (!sink.Changes.Any(change => change.Items.Any(item => item.Handle == 99 && item.Value.Value == 99.0)))
            await SettleAsync();
        Assert.Equal((3, 0), (subscription.MonitoredItems, subscription.RejectedItems));
    }

    [Fact]
    public async Task Server_state_reaches_every_sink()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);

        rig.Server.Faults.SetServerState(ServerState.Suspended);
        rig.Server.Faults.ServiceLevel = 100;
        var changed = await sink.NextAsync<SubscriptionStatus.ServerStateChanged>();
        Assert.Equal((ServerState.Running, ServerState.Suspended), (changed.Previous, changed.Current));
        while (client.Server.ServiceLevel != 100)
            await SettleAsync();
        Assert.Equal(ServerState.Suspended, client.Server.State);
    }

    [Fact]
    [Trait("Clause", "Part 4 §5.13 back-pressure")]
    public async Task Sink_that_hangs_holds_back_only_what_it_must_and_then_gets_everything_in_order()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var hold = new TaskCompletionSource();
        var sink = new RecordingSink { Hold = hold.Task };
        await ClientRig.SubscribeAsync(client, sink, change: options => options with { QueuedMessages = 2 });
        for (var i = 1; i <= 20; i++)
        {
            rig.Tags[0].SetValue((double)i);
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        Assert.True((await client.ReadValueAsync(2258, TestContext.Current.CancellationToken)).Status.IsGood);
        sink.Hold = null;
        hold.SetResult();
        await sink.ValueAsync(0, 20);
        Assert.Equal(Enumerable.Range(0, 21).Select(i => (double)i), Values(sink, 0));
    }

    [Fact]
    public async Task Client_of_a_server_that_hangs_ends_all_the_same()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromSeconds(1) });
        await ClientRig.SubscribeAsync(client, new RecordingSink());
        await ClientRig.SubscribeAsync(client, new RecordingSink());
        rig.Server.Faults.StopAnswering();
        await client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(UaClientState.Closed, client.State);
        rig.Server.Faults.Resume();
    }

    [Fact]
    public async Task Disposed_client_leaves_nothing_at_the_server()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        await ClientRig.SubscribeAsync(client, new RecordingSink());
        await client.DisposeAsync();
        Assert.Equal((0, 0), (rig.Server.SessionCount, rig.Server.SubscriptionCount));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Subscriptions_of_one_client_are_repaired_each_for_itself()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var (fast, slow) = (new RecordingSink(), new RecordingSink());
        await ClientRig.SubscribeAsync(client, fast);
        await ClientRig.SubscribeAsync(client, slow, tags: 2, options => options with { PublishingInterval = TimeSpan.FromMilliseconds(70) });
        await fast.ValueAsync(0, 0);
        await slow.ValueAsync(1, 0);
        rig.Server.Faults.CutConnections();
        rig.Tags[0].SetValue(1.0);
        rig.Tags[1].SetValue(2.0);
        await fast.ValueAsync(0, 1);
        await slow.ValueAsync(1, 2);
        Assert.Equal([0.0, 1], Values(fast, 0));
        Assert.Equal([0.0, 1], Values(slow, 0));
        Assert.Equal([0.0, 2], Values(slow, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_that_returns_with_another_certificate_is_accepted_only_if_that_is_trusted(bool trusted)
    {
        await using var rig = await ClientRig.StartAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        var store = rig.TrustedStore();
        var client = await rig.ConnectAsync(options => options with { SecurityPolicy = SecurityPolicy.Basic256Sha256, MessageSecurityMode = MessageSecurityMode.SignAndEncrypt, CertificateStore = store });
        var url = rig.Server.BoundEndpointUrl;
        await rig.Server.StopAsync(TestContext.Current.CancellationToken);

        using var directory = new Security.TestDirectory();
        var otherStore = new CertificateStore(directory.Path, TimeProvider.System);
        var other = otherStore.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Other", ApplicationUri = "urn:test:server" });
        otherStore.Trust(store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Test", ApplicationUri = "urn:test:client" }).Certificate);
        if (trusted)
            store.Trust(other.Certificate);
        await using var replacement = new OpcUa.Server.UaServer(rig.Server.Options with { EndpointUrl = url, CertificateStore = otherStore });
        await replacement.StartAsync(TestContext.Current.CancellationToken);

        if (trusted)
        {
            while (rig.EventsOf<UaClientEvent.Reconnected>().Length == 0)
                await SettleAsync();
            Assert.Equal(other.Certificate.ThumbprintText, Assert.Single(rig.EventsOf<UaClientEvent.ServerCertificateChanged>()).Current);
            return;
        }
        while (!rig.EventsOf<UaClientEvent.ReconnectFailed>().Any(failed => failed.Reason.Status == StatusCodes.BadCertificateUntrusted))
            await SettleAsync();
        Assert.Equal(UaClientState.Reconnecting, client.State);
    }

    private static IEnumerable<double> Values(RecordingSink sink, uint handle) =>
        sink.Changes.Where(change => change.Origin != DataChangeOrigin.Refresh).SelectMany(change => change.Items).Where(item => item.Handle == handle).Select(item => item.Value.Value.Get<double>());

    private static Task SettleAsync() => SecureChannel.ChannelRig.SettleAsync();
}
