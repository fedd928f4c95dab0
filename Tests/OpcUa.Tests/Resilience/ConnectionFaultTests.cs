using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Interop;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>
/// What networks do to a connection, with one promise behind every test: while the server still has a value it arrives, once and
/// in order, and the client comes back by itself.
/// </summary>
public abstract class ConnectionFaultTests
{
    private static double lastBase;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Req", "Resilience")]
    public async Task Cut_connection_loses_nothing_that_changed_meanwhile(bool secured)
    {
        await using var rig = await RigAsync(secured);
        for (var round = 0; round < 4; round++)
        {
            await rig.SetAsync();
            rig.Proxy.Refusing = true;
            rig.Proxy.Cut();
            await rig.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
            await rig.SetAsync();
            await rig.SetAsync();
            rig.Proxy.Refusing = false;
            Assert.Equal(RecoveryKind.Republished, (await rig.Sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        }
        await rig.SetAsync();
        await rig.ExpectAllAsync();
        await Eventually.TrueAsync("four reconnects are counted", () => Task.FromResult(rig.Client.Counters.Reconnects >= 4), TimeSpan.FromSeconds(30), () => $"{rig.Client.Counters}");
        Assert.Equal(4, rig.Client.Counters.Reconnects);
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Stall_is_reported_as_late_and_what_it_held_back_arrives()
    {
        await using var rig = await RigAsync(secured: true);
        rig.Proxy.Stall();
        await rig.SetAsync();
        await rig.Sink.NextAsync<SubscriptionStatus.Late>();
        await rig.SetAsync();
        rig.Proxy.Resume();
        await rig.Sink.NextAsync<SubscriptionStatus.Recovered>();
        await rig.SetAsync();
        await rig.ExpectAllAsync();
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Stall_that_does_not_end_is_a_dead_connection_and_another_one_brings_everything()
    {
        await using var rig = await RigAsync(secured: true, options => options with { OperationTimeout = TimeSpan.FromSeconds(3) });
        rig.Proxy.Stall();
        await rig.SetAsync();
        await rig.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await rig.SetAsync();
        await rig.Sink.NextAsync<SubscriptionStatus.Recovered>(recovered => recovered.How == RecoveryKind.Republished);
        await rig.SetAsync();
        await rig.ExpectAllAsync();
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Bytes_that_come_one_by_one_are_a_slow_connection_and_no_fault()
    {
        await using var rig = await RigAsync(secured: true, byteByByte: true);
        for (var i = 0; i < 10; i++)
            await rig.SetAsync();
        await rig.ExpectAllAsync();
        Assert.Equal(0, rig.Client.Counters.Reconnects);
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Delay_is_no_fault()
    {
        await using var rig = await RigAsync(secured: true);
        rig.Proxy.Delay = TimeSpan.FromMilliseconds(150);
        for (var i = 0; i < 5; i++)
            await rig.SetAsync();
        await rig.ExpectAllAsync();
        Assert.Equal(0, rig.Client.Counters.Reconnects);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Req", "Resilience")]
    public async Task Half_closed_connection_is_given_up_and_made_again(bool towardsClient)
    {
        await using var rig = await RigAsync(secured: false);
        await rig.SetAsync();
        if (towardsClient)
            rig.Proxy.EndTowardsClient();
        else
            rig.Proxy.EndTowardsServer();
        await rig.SetAsync();
        await rig.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await rig.Sink.NextAsync<SubscriptionStatus.Recovered>();
        await rig.SetAsync();
        await rig.ExpectAllAsync();
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Publish_response_that_vanished_on_the_way_is_asked_for_again()
    {
        await using var rig = await RigAsync(secured: false);
        rig.Proxy.DropNextPublishResponse();
        await rig.SetAsync();
        await rig.Sink.NextAsync<RecordingSink.Data>(data => data.Origin == DataChangeOrigin.Republished);
        await rig.SetAsync();
        await rig.ExpectAllAsync();
        Assert.Equal((1L, 1L, 0L), (rig.Client.Counters.SequenceGaps, rig.Client.Counters.Republished, rig.Client.Counters.Reconnects));
    }

    [Fact]
    [Trait("Req", "Resilience")]
    [Trait("Clause", "Part 5 §9.1 GetMonitoredItems")]
    public async Task Items_whose_creation_was_never_answered_are_monitored_once()
    {
        await using var rig = await RigAsync(secured: false);
        await rig.SetAsync();
        var dropped = rig.Proxy.DropNextResponseAsync(CreateMonitoredItemsResponse.BinaryEncodingId);
        var adding = rig.Subscription.AddItemsAsync([.. Enumerable.Range(1, 3).Select(i => new MonitoredItemOptions { ClientHandle = (uint)i, NodeId = rig.Target.Node, SamplingInterval = TimeSpan.Zero, QueueSize = 100 })], Cancellation);
        await dropped.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        // The server has them by now; the client cannot know.
        rig.Proxy.Cut();
        Assert.All(await adding, item => Assert.True(item.Status.IsBad, item.ToString()));
        for (var i = 0; i < 3; i++)
            await rig.Sink.NextAsync<SubscriptionStatus.ItemAccepted>();

        var listed = await rig.Client.CallMethodAsync(ObjectIds.Server, MethodIds.Server_GetMonitoredItems, Cancellation, rig.Subscription.SubscriptionId);
        Assert.Equal([0u, 1, 2, 3], listed[1].GetArray<uint>()!.Order().ToArray());
        Assert.Equal((4, 0), (rig.Subscription.MonitoredItems, rig.Subscription.RejectedItems));
        await rig.SetAsync();
        await rig.ExpectAllAsync();
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Session_that_timed_out_is_replaced_and_its_subscription_taken_over_with_its_queue()
    {
        await using var rig = await RigAsync(secured: true, options => options with
        {
            SessionTimeout = TimeSpan.FromSeconds(2), UserIdentity = UserIdentity.UserName(EngineerUser.Name, EngineerUser.Password),
        });
        await rig.SetAsync();
        rig.Proxy.Refusing = true;
        rig.Proxy.Cut();
        await rig.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        await Eventually.TrueAsync("the session timed out", async () => await rig.Target.CountSessionsAsync() == 0, TimeSpan.FromSeconds(60));
        await rig.SetAsync();
        rig.Proxy.Refusing = false;
        Assert.Equal(RecoveryKind.Transferred, (await rig.Sink.NextAsync<SubscriptionStatus.Recovered>()).How);
        await rig.SetAsync();
        await rig.ExpectAllAsync();
        Assert.Equal(1, rig.Subscription.Epoch);
    }

    protected abstract Task<FaultTarget> TargetAsync();

    private async Task<Rig> RigAsync(bool secured, Func<UaClientOptions, UaClientOptions>? change = null, bool byteByByte = false)
    {
        var target = await TargetAsync();
        var proxy = new FaultProxy(target.Options.EndpointUrl) { ByteByByte = byteByByte };
        var options = target.Options with
        {
            EndpointUrl = proxy.Url,
            SecurityPolicy = secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
            MessageSecurityMode = secured ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
            KeepAliveInterval = TimeSpan.FromMilliseconds(500),
        };
        var client = new UaClient(change is null ? options : change(options));
        await client.ConnectAsync(Cancellation);
        var sink = new RecordingSink();
        var subscription = await client.SubscribeAsync(
            new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(50), KeepAliveCount = 10, LifetimeCount = 10_000, FirstItemRetry = TimeSpan.FromMilliseconds(100) }, sink, Cancellation);
        var added = await subscription.AddItemsAsync([new MonitoredItemOptions { ClientHandle = 0, NodeId = target.Node, SamplingInterval = TimeSpan.Zero, QueueSize = 100 }], Cancellation);
        Assert.True(added[0].Status.IsGood, added[0].ToString());
        await sink.NextAsync<RecordingSink.Data>();
        return new Rig(target, proxy, client, sink, subscription, lastBase += 1000);
    }

    /// <summary>A client at a server through a proxy, and the values that it must have seen.</summary>
    private sealed class Rig(FaultTarget target, FaultProxy proxy, UaClient client, RecordingSink sink, Subscription subscription, double first) : IAsyncDisposable
    {
        private int set;

        public FaultTarget Target => target;
        public FaultProxy Proxy => proxy;
        public UaClient Client => client;
        public RecordingSink Sink => sink;
        public Subscription Subscription => subscription;

        public Task SetAsync() => target.SetAsync(first + ++set);

        /// <summary>Waits for the last value and asserts that each came, once and in order, with no loss reported.</summary>
        public async Task ExpectAllAsync()
        {
            if (!Seen().Contains(first + set))
                await sink.ValueAsync(0, first + set);
            Assert.Equal(Enumerable.Range(1, set).Select(i => first + i), Seen());
            Assert.Empty(sink.All.OfType<LostNotifications>());
            Assert.Equal(0, client.Counters.MessagesLost);
            Assert.Equal(UaClientState.Connected, client.State);
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await proxy.DisposeAsync();
        }

        // Of the rig's own item. A server may repeat the present value of its own accord after a session was resumed: the same one again is no other.
        private List<double> Seen()
        {
            var values = new List<double>();
            foreach (var change in sink.Changes)
                foreach (var (handle, value) in change.Items)
                    if (handle == 0 && value.Value.TryGetNumber(out var number) && number > first && (values.Count == 0 || values[^1] != number))
                        values.Add(number);
            return values;
        }
    }
}
