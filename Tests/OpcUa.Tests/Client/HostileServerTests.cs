using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Servers that never end, miscount, repeat or contradict themselves; the client stays bounded and tells what it saw.</summary>
[Collection(nameof(Alone))]
public sealed class HostileServerTests
{
    [Fact]
    [Hostile(16)]
    [Trait("Clause", "Part 4 BrowseNext pages")]
    public async Task Endless_continuation_points_end_at_the_cap_and_are_given_back()
    {
        var released = 0;
        await using var server = new ScriptedServer
        {
            Script = request => request switch
            {
                BrowseRequest browse => new BrowseResponse { Results = [.. browse.NodesToBrowse.Select(_ => Page(1))] },
                BrowseNextRequest { ReleaseContinuationPoints: true } release => Release(release),
                BrowseNextRequest next => new BrowseNextResponse { Results = [.. next.ContinuationPoints.Select(_ => Page(2))] },
                _ => null,
            },
        };
        await using var client = await server.ConnectAsync();
        var results = await client.BrowseAsync(new NodeId[] { 85, 86 }, new BrowseOptions { MaxPages = 5 }, TestContext.Current.CancellationToken);
        Assert.All(results, result => Assert.Equal(5, result.References.Length));
        Assert.All(results, result => Assert.Equal(StatusCodes.GoodResultsMayBeIncomplete, result.StatusCode.Value));
        Assert.Equal(2, released);

        BrowseNextResponse Release(BrowseNextRequest request)
        {
            released += request.ContinuationPoints.Length;
            return new BrowseNextResponse { Results = [.. request.ContinuationPoints.Select(_ => new BrowseResult())] };
        }
    }

    [Fact]
    [Hostile(16)]
    public async Task Tree_that_loops_is_walked_once()
    {
        await using var server = new ScriptedServer
        {
            Script = request => request is BrowseRequest browse
                ? new BrowseResponse { Results = [.. browse.NodesToBrowse.Select(node => new BrowseResult { References = [Reference((node.NodeId.NumericIdentifier + 1) % 5), Reference(node.NodeId.NumericIdentifier)] })] }
                : null,
        };
        await using var client = await server.ConnectAsync();
        var found = new List<uint>();
        await foreach (var node in client.BrowseTreeAsync(1, new BrowseOptions(), TestContext.Current.CancellationToken))
            found.Add(node.Reference.NodeId.NodeId.NumericIdentifier);
        Assert.Equal([2u, 3, 4, 0], found);
    }

    [Fact]
    [Hostile(16)]
    public async Task Tree_without_end_stops_at_its_depth_and_its_count()
    {
        await using var server = new ScriptedServer
        {
            Script = request => request is BrowseRequest browse
                ? new BrowseResponse { Results = [.. browse.NodesToBrowse.Select(node => new BrowseResult { References = [Reference(node.NodeId.NumericIdentifier * 2), Reference(node.NodeId.NumericIdentifier * 2 + 1)] })] }
                : null,
        };
        await using var client = await server.ConnectAsync();
        Assert.Equal(14, await CountAsync(client, new BrowseOptions { MaxDepth = 2 }));
        Assert.Equal(99, await CountAsync(client, new BrowseOptions { MaxNodes = 100, MaxDepth = 1000 }));
    }

    [Fact]
    public async Task Too_few_results_are_no_answer()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        server.Script = request => request is ReadRequest ? new ReadResponse { Results = [] } : null;
        var refused = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(85, TestContext.Current.CancellationToken));
        Assert.Equal(StatusCodes.BadUnknownResponse, refused.Status.Value);
        Assert.Equal(UaClientState.Connected, client.State);
    }

    [Fact]
    [Hostile(14)]
    public async Task Answer_of_another_type_is_no_answer_and_the_connection_stays()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        server.Script = request => request is ReadRequest ? new WriteResponse() : null;
        var refused = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(85, TestContext.Current.CancellationToken));
        Assert.Equal(StatusCodes.BadUnknownResponse, refused.Status.Value);
        Assert.Equal(1, client.Counters.ResponsesDropped);
        server.Script = null;
        await client.ReadValueAsync(VariableIds.Server_ServerStatus_State, TestContext.Current.CancellationToken);
    }

    [Fact]
    [Hostile(14)]
    [Trait("Clause", "Part 4 §5.3 late answers")]
    public async Task Late_answer_is_dropped_and_the_connection_stays()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromMilliseconds(200) });
        var hold = new ManualResetEventSlim();
        server.Script = request =>
        {
            if (request is ReadRequest)
                hold.Wait(TestContext.Current.CancellationToken);
            return null;
        };
        var late = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(85, TestContext.Current.CancellationToken));
        Assert.Equal(StatusCodes.BadTimeout, late.Status.Value);
        server.Script = null;
        hold.Set();
        while (!(await TryReadAsync(client)))
            await SecureChannel.ChannelRig.SettleAsync();
        Assert.Equal(UaClientState.Connected, client.State);
        // The one above, and perhaps what was asked while the server still hung.
        Assert.InRange(client.Counters.ResponsesDropped, 1, 50);
    }

    [Fact]
    [Hostile(14)]
    public async Task Publish_for_nobody_is_dropped_and_counted()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        for (uint i = 0; i < 20; i++)
            await server.PublishAsync(99, 1, (0, i));
        await server.PublishAsync(1, 1, (0, 5));
        await sink.ValueAsync(0, 5);
        Assert.InRange(client.Counters.ResponsesDropped, 1, 20);
    }

    [Fact]
    public async Task Subscription_that_nobody_knows_is_deleted()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromMilliseconds(300) });
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        for (uint number = 1; !server.Requests.OfType<DeleteSubscriptionsRequest>().Any(); number++)
        {
            await server.PublishAsync(99, number);
            await SecureChannel.ChannelRig.SettleAsync();
        }
        Assert.Equal([99u], server.Requests.OfType<DeleteSubscriptionsRequest>().Single().SubscriptionIds);
        await server.PublishAsync(1, 1, (0, 5));
        await sink.ValueAsync(0, 5);
    }

    [Fact]
    public async Task Server_that_cannot_tell_its_items_still_gets_those_whose_creation_it_did_not_answer()
    {
        var creations = 0;
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromSeconds(2) });
        server.Script = request => request is CreateMonitoredItemsRequest && creations++ == 0 ? throw new UaException(StatusCodes.BadTimeout, "late", "test") : null;
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await sink.NextAsync<SubscriptionStatus.ItemAccepted>();
        Assert.Equal(1, subscription.MonitoredItems);
        Assert.Single(server.Requests.OfType<CallRequest>());
    }

    [Fact]
    [Hostile(14)]
    public async Task Duplicate_message_is_dropped()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1));
        await server.PublishAsync(1, 1, (0, 1));
        await server.PublishAsync(1, 2, (0, 2));
        await sink.ValueAsync(0, 2);
        Assert.Equal([1u, 2], sink.Changes.Select(change => change.SequenceNumber));
        Assert.Equal(1, client.Counters.ResponsesDropped);
    }

    [Fact]
    public async Task Numbering_that_begins_again_is_noticed()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        for (uint number = 1; number <= 5; number++)
            await server.PublishAsync(1, number, (0, number));
        await server.PublishAsync(1, 2);
        Assert.Equal(StatusCodes.BadSequenceNumberInvalid, (await sink.NextAsync<LostNotifications>()).Reason.Value);
        await server.PublishAsync(1, 2, (0, 77));
        await sink.ValueAsync(0, 77);
    }

    [Fact]
    [Hostile(38)]
    public async Task Absurd_jump_of_the_numbering_is_a_loss_not_a_flood_of_requests()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1));
        await server.PublishAsync(1, 2_000_000_000, (0, 2));
        var lost = await sink.NextAsync<LostNotifications>();
        await sink.ValueAsync(0, 2);
        Assert.Equal((2u, 1_999_999_999u), (lost.First, lost.Last));
        Assert.Empty(server.Requests.OfType<RepublishRequest>());
    }

    [Fact]
    [Hostile(38)]
    public async Task Republish_that_brings_something_else_is_a_loss()
    {
        await using var server = new ScriptedServer { Script = request => request is RepublishRequest ? new RepublishResponse { NotificationMessage = ScriptedServer.Message(1, (0, 66)) } : null };
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1));
        await server.PublishAsync(1, 3, (0, 3));
        Assert.Equal((2u, 2u), (await sink.NextAsync<LostNotifications>() is var lost) ? (lost.First, lost.Last) : default);
        await sink.ValueAsync(0, 3);
        Assert.DoesNotContain(sink.Changes, change => change.Items.Any(item => item.Value.Value == 66.0));
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish outstanding")]
    public async Task Refused_publish_requests_lower_their_number()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        List<UaClientEvent> events = [];
        client.Diagnostics += happened => { lock (events) events.Add(happened); };
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        while (server.OutstandingPublishes < 2)
            await SecureChannel.ChannelRig.SettleAsync();
        await server.RefusePublishAsync(StatusCodes.BadTooManyPublishRequests);
        await server.PublishAsync(1, 1, (0, 1));
        await sink.ValueAsync(0, 1);
        await server.PublishAsync(1, 2, (0, 2));
        await sink.ValueAsync(0, 2);
        lock (events)
            Assert.Equal((2, 1), events.OfType<UaClientEvent.PublishRequestsLowered>().Select(lowered => (lowered.From, lowered.To)).Single());
        Assert.InRange(server.OutstandingPublishes, 0, 1);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish acknowledgement")]
    public async Task Acknowledgement_goes_with_the_next_publish_and_never_by_itself()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink { Acknowledges = false };
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1));
        await server.PublishAsync(1, 2, (0, 2));
        await sink.ValueAsync(0, 2);
        Assert.Empty(Acknowledged());
        subscription.Acknowledge(2, subscription.Epoch);
        subscription.Acknowledge(1, subscription.Epoch + 1);
        await server.PublishAsync(1, 3, (0, 3));
        await sink.ValueAsync(0, 3);
        while (!Acknowledged().Any())
            await SecureChannel.ChannelRig.SettleAsync();
        Assert.Equal([2u], Acknowledged());

        IEnumerable<uint> Acknowledged() => server.Requests.OfType<PublishRequest>().SelectMany(publish => publish.SubscriptionAcknowledgements).Select(ack => ack.SequenceNumber);
    }

    [Fact]
    [Trait("Clause", "Part 4 CreateSubscription lifetime")]
    public async Task Lifetime_count_below_the_keep_alive_count_is_taken_as_it_is_and_said()
    {
        await using var server = new ScriptedServer
        {
            Script = request => request is CreateSubscriptionRequest ? new CreateSubscriptionResponse { SubscriptionId = 1, RevisedPublishingInterval = 50, RevisedLifetimeCount = 3, RevisedMaxKeepAliveCount = 12 } : null,
        };
        await using var client = await server.ConnectAsync();
        List<UaClientEvent.RevisedDiffers> differing = [];
        client.Diagnostics += happened => { if (happened is UaClientEvent.RevisedDiffers differs) lock (differing) differing.Add(differs); };
        await using var subscription = await SubscribeAsync(client, new RecordingSink());
        Assert.Equal(TimeSpan.FromMilliseconds(600), subscription.KeepAliveInterval);
        Assert.Equal(3u, subscription.RevisedLifetimeCount);
        lock (differing)
            Assert.Equal(3, differing.Count);
    }

    private static async Task<Subscription> SubscribeAsync(UaClient client, RecordingSink sink)
    {
        var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(100), CompareDataTypes = false, KeepAliveCount = 600, FirstItemRetry = TimeSpan.FromMilliseconds(50) }, sink, TestContext.Current.CancellationToken);
        await subscription.AddItemsAsync([new MonitoredItemOptions { ClientHandle = 0, NodeId = new NodeId(1000, 1) }], TestContext.Current.CancellationToken);
        return subscription;
    }

    private static async Task<bool> TryReadAsync(UaClient client)
    {
        try
        {
            await client.ReadValueAsync(VariableIds.Server_ServerStatus_State, TestContext.Current.CancellationToken);
            return true;
        }
        catch (UaException late) when (late.Status == StatusCodes.BadTimeout)
        {
            return false;
        }
    }

    private static async Task<int> CountAsync(UaClient client, BrowseOptions options)
    {
        var count = 0;
        await foreach (var _ in client.BrowseTreeAsync(1, options, TestContext.Current.CancellationToken))
            count++;
        return count;
    }

    private static BrowseResult Page(uint id) => new() { References = [Reference(id)], ContinuationPoint = [1, 2, 3] };

    private static ReferenceDescription Reference(uint id) => new() { NodeId = new NodeId(id), ReferenceTypeId = 35, IsForward = true, BrowseName = new QualifiedName($"N{id}") };
}
