using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Server;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Durations, counts, times and numbers that no sane peer would send: each is taken for the nearest that makes sense.</summary>
[Collection(nameof(Alone))]
public sealed class HostileNumbersTests
{
    public static TheoryData<double> Durations => [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, double.Epsilon, 1e300];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Durations))]
    [Hostile(11)]
    public async Task Session_timeout_may_be_any_number(double granted)
    {
        await using var server = new ScriptedServer { Session = response => response with { RevisedSessionTimeout = granted } };
        await using var client = await server.ConnectAsync();
        Assert.Equal(UaClientState.Connected, client.State);
        Assert.InRange(client.Server.RevisedSessionTimeout, TimeSpan.Zero, TimeSpan.FromDays(25));
    }

    [Fact]
    [Hostile(11)]
    public async Task Session_timeout_of_next_to_nothing_keeps_nobody_busy()
    {
        await using var server = new ScriptedServer { Session = response => response with { RevisedSessionTimeout = 0.001 } };
        await using var client = await server.ConnectAsync();
        var before = server.Requests.Count;
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Token);
        Assert.InRange(server.Requests.Count - before, 0, 10);
    }

    [Theory, MemberData(nameof(Durations))]
    [Hostile(11)]
    public async Task Intervals_of_a_subscription_may_be_any_numbers(double granted)
    {
        await using var server = new ScriptedServer
        {
            Script = request => request switch
            {
                CreateSubscriptionRequest => new CreateSubscriptionResponse { SubscriptionId = 1, RevisedPublishingInterval = granted, RevisedMaxKeepAliveCount = uint.MaxValue, RevisedLifetimeCount = 0 },
                CreateMonitoredItemsRequest create => new CreateMonitoredItemsResponse
                {
                    Results = [.. create.ItemsToCreate.Select(_ => new MonitoredItemCreateResult { MonitoredItemId = 1, RevisedSamplingInterval = granted, RevisedQueueSize = uint.MaxValue })],
                },
                _ => null,
            },
        };
        await using var client = await server.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await client.SubscribeAsync(new SubscriptionOptions(), sink, Token);
        var item = Assert.Single(await subscription.AddItemsAsync([ClientRig.Item(1) with { NodeId = new ExpandedNodeId(85) }], Token));
        Assert.True(item.Status.IsGood, item.ToString());
        Assert.InRange(subscription.RevisedPublishingInterval, TimeSpan.Zero, TimeSpan.FromDays(25));
        Assert.InRange(subscription.KeepAliveInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(365));
        await server.PublishAsync(1, 1, (1, double.NaN));
        var data = await sink.NextAsync<RecordingSink.Data>();
        // What is no number stays none: nobody downstream can take it for a value.
        Assert.True(double.IsNaN(data.Items[0].Value.Value.Get<double>()));
    }

    [Theory, MemberData(nameof(Durations))]
    [Hostile(11)]
    public async Task Server_takes_any_duration_for_the_nearest_that_it_grants(double asked)
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.ConnectAsync();
        await client.OpenSessionAsync(asked);
        Assert.InRange(client.Session!.RevisedSessionTimeout, 1000, 3_600_000);
        var subscription = await client.SubscribeAsync(interval: asked);
        Assert.InRange(subscription.RevisedPublishingInterval, 10, 3_600_000);
        var item = await client.MonitorAsync(subscription.SubscriptionId, rig.Double("Tag").NodeId, sampling: asked, queue: uint.MaxValue,
            filter: new DataChangeFilter { DeadbandType = DeadbandType.None, DeadbandValue = asked });
        Assert.True(item.StatusCode.IsGood, item.StatusCode.ToString());
        Assert.True(double.IsFinite(item.RevisedSamplingInterval));
        Assert.True((await client.ReadAsync(rig.Id("Tag"))).Status.IsGood);
        var deadband = await client.MonitorAsync(subscription.SubscriptionId, rig.Id("Tag"), filter: new DataChangeFilter { DeadbandType = DeadbandType.Absolute, DeadbandValue = asked });
        Assert.Equal(asked >= 0 && double.IsFinite(asked), deadband.StatusCode.IsGood);
        var read = await client.SendAsync(new ReadRequest { MaxAge = asked, TimestampsToReturn = (TimestampsToReturn)77, NodesToRead = [new() { NodeId = rig.Id("Tag") }] });
        Assert.True(read.ResponseHeader.ServiceResult.IsBad);
    }
}
