using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Ways between client and server that stall, drip, half close or break, with and without encryption.</summary>
public sealed class FaultProxyTests
{
    [Theory]
    [InlineData(SecurityPolicy.None, MessageSecurityMode.None)]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)]
    public async Task One_byte_at_a_time_is_slow_and_nothing_worse(SecurityPolicy policy, MessageSecurityMode mode)
    {
        await using var way = await WayAsync(policy, mode);
        way.Proxy.Drip = 1;
        for (var value = 1; value <= 5; value++)
        {
            way.Rig.Tags[0].SetValue((double)value);
            await way.Sink.ValueAsync(0, value);
        }
        Assert.Equal(0, way.Client.Counters.Reconnects);
        Assert.Equal(0, way.Client.Counters.SequenceGaps);
    }

    [Theory]
    [InlineData(SecurityPolicy.None, MessageSecurityMode.None)]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)]
    public async Task Stall_is_noticed_given_up_and_repaired_without_a_loss(SecurityPolicy policy, MessageSecurityMode mode)
    {
        await using var way = await WayAsync(policy, mode);
        way.Proxy.Stall();
        for (var value = 1; value <= 5; value++)
            way.Rig.Tags[0].SetValue((double)value);
        await way.Sink.NextAsync<SubscriptionStatus.Late>();
        await way.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        way.Proxy.Cut();
        way.Proxy.Resume();
        await way.Sink.ValueAsync(0, 5);
        Assert.Equal([0.0, 1, 2, 3, 4, 5], way.Values());
    }

    [Fact]
    public async Task Short_stall_is_lateness_alone()
    {
        await using var way = await WayAsync(SecurityPolicy.None, MessageSecurityMode.None);
        way.Proxy.Stall();
        way.Rig.Tags[0].SetValue(1.0);
        await way.Sink.NextAsync<SubscriptionStatus.Late>();
        way.Proxy.Resume();
        await way.Sink.ValueAsync(0, 1);
        Assert.Equal([0.0, 1], way.Values());
    }

    [Fact]
    public async Task Half_closed_connection_is_a_lost_one()
    {
        await using var way = await WayAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        way.Proxy.CloseHalf();
        await way.Sink.NextAsync<SubscriptionStatus.ConnectionLost>();
        way.Rig.Tags[0].SetValue(1.0);
        await way.Sink.ValueAsync(0, 1);
        Assert.Equal([0.0, 1], way.Values());
    }

    [Fact]
    public async Task Cut_in_the_middle_of_messages_loses_nothing()
    {
        await using var way = await WayAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        way.Proxy.Drip = 50;
        for (var value = 1; value <= 40; value++)
        {
            way.Rig.Tags[0].SetValue((double)value);
            if (value % 8 == 0)
                way.Proxy.Cut();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        await way.Sink.ValueAsync(0, 40);
        Assert.Equal(Enumerable.Range(0, 41).Select(value => (double)value), way.Values());
        Assert.True(way.Client.Counters.Reconnects > 0);
    }

    private static async Task<Way> WayAsync(SecurityPolicy policy, MessageSecurityMode mode)
    {
        var rig = await ClientRig.StartAsync(policy, mode);
        var proxy = new FaultProxy(rig.Server.BoundEndpointUrl);
        var client = await rig.ConnectAsync(options => options with
        {
            EndpointUrl = proxy.Url,
            SecurityPolicy = policy,
            MessageSecurityMode = mode,
            CertificateStore = policy == SecurityPolicy.None ? null : rig.TrustedStore(),
            OperationTimeout = TimeSpan.FromSeconds(2),
        });
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        await sink.ValueAsync(0, 0);
        return new Way(rig, proxy, client, sink);
    }

    private sealed record Way(ClientRig Rig, FaultProxy Proxy, UaClient Client, RecordingSink Sink) : IAsyncDisposable
    {
        public IEnumerable<double> Values() => Sink.Changes.SelectMany(change => change.Items).Select(item => item.Value.Value.Get<double>());

        public async ValueTask DisposeAsync()
        {
            Proxy.Resume();
            await Rig.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
