using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>How the client words its requests, so that servers of every make understand them.</summary>
public sealed class RequestShapeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Clause", "Part 4 Browse view")]
    public async Task View_of_a_browse_is_all_null()
    {
        await using var server = new ScriptedServer { Script = request => request is BrowseRequest ? new BrowseResponse { Results = [new BrowseResult()] } : null };
        await using var client = await server.ConnectAsync();
        await client.BrowseAsync(new NodeId[] { 85 }, new BrowseOptions(), Token);
        var view = Assert.Single(server.Requests.OfType<BrowseRequest>()).View;
        Assert.Equal((NodeId.Null, DateTime.MinValue, 0u), (view.ViewId, view.Timestamp, view.ViewVersion));
    }

    [Fact]
    [Trait("Clause", "Part 4 Write times")]
    public async Task Value_is_written_without_status_and_times()
    {
        await using var server = new ScriptedServer { Script = request => request is WriteRequest ? new WriteResponse { Results = [StatusCodes.Good] } : null };
        await using var client = await server.ConnectAsync();
        await client.WriteValueAsync(85, 2.5, Token);
        var value = Assert.Single(Assert.Single(server.Requests.OfType<WriteRequest>()).NodesToWrite).Value;
        Assert.Equal(new DataValue(2.5), value);
    }

    [Theory]
    [InlineData(10, 1, 30)]
    [InlineData(10, 31, 31)]
    [InlineData(uint.MaxValue, 0, uint.MaxValue)]
    [Trait("Clause", "Part 4 CreateSubscription lifetime")]
    public async Task Lifetime_is_asked_for_as_three_keep_alives_at_least(uint keepAlive, uint lifetime, uint asked)
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        await using var subscription = await client.SubscribeAsync(new SubscriptionOptions { KeepAliveCount = keepAlive, LifetimeCount = lifetime }, new RecordingSink(), Token);
        Assert.Equal(asked, Assert.Single(server.Requests.OfType<CreateSubscriptionRequest>()).RequestedLifetimeCount);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish outstanding")]
    public async Task Items_are_created_before_more_than_a_few_publish_requests_wait()
    {
        var waiting = int.MaxValue;
        await using var server = new ScriptedServer();
        server.Script = request =>
        {
            if (request is CreateMonitoredItemsRequest)
                waiting = server.Requests.OfType<PublishRequest>().Count();
            return null;
        };
        await using var client = await server.ConnectAsync();
        await using var subscription = await client.SubscribeAsync(new SubscriptionOptions(), new RecordingSink(), Token);
        await subscription.AddItemsAsync([ClientRig.Item(1) with { NodeId = new ExpandedNodeId(85) }], Token);
        Assert.InRange(waiting, 0, 3);
    }
}
