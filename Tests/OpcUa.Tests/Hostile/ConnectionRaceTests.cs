using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Server;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Losses at the worst moment, and servers that lose every connection.</summary>
[Collection(nameof(Alone))]
public sealed class ConnectionRaceTests
{
    [Fact]
    [Hostile(40)]
    [Trait("Clause", "Part 4 §6.7 reconnect")]
    public async Task Connection_lost_while_its_token_is_renewed_has_one_owner()
    {
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { ShortestTokenLifetime = TimeSpan.FromSeconds(2) } });
        var client = rig.Client(options => options with { TokenLifetime = TimeSpan.FromSeconds(2), ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(5) } });
        var cuts = 0;
        // In the very moment of the renewal, on the client's own loop.
        client.Diagnostics += happened =>
        {
            if (happened is UaClientEvent.TokenRenewed && Interlocked.Increment(ref cuts) <= 3)
                rig.Server.Faults.CutConnections();
        };
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        var value = 0;
        for (var round = 0; rig.EventsOf<UaClientEvent.Reconnected>().Length < 3; round++)
        {
            Assert.True(round < 1500, "Three renewals of a token of two seconds take no half minute.");
            rig.Tags[0].SetValue((double)++value);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        rig.Tags[0].SetValue((double)++value);
        await sink.ValueAsync(0, value);

        Assert.Equal(1, rig.Server.SessionCount);
        await ServerRig.EventuallyAsync(() => client.State == UaClientState.Connected, "the client is connected");
        var epochs = sink.Changes.Select(change => change.Epoch).ToArray();
        Assert.Equal(epochs.Order(), epochs);
        var values = sink.Changes.SelectMany(change => change.Items).Select(item => item.Value.Value.Get<double>()).ToArray();
        Assert.Equal(Enumerable.Range(0, value + 1).Select(number => (double)number), values);
    }

    [Fact]
    [Hostile(40)]
    public async Task Server_that_drops_every_connection_is_not_asked_in_a_hot_loop()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = rig.Client(options => options with { ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromMilliseconds(200) } });
        client.Diagnostics += happened =>
        {
            if (happened is UaClientEvent.Reconnected)
                rig.Server.Faults.CutConnections();
        };
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        rig.Server.Faults.CutConnections();
        await ServerRig.EventuallyAsync(() => rig.EventsOf<UaClientEvent.Reconnected>().Length > 0, "the client is back");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        // At once, then after 50, 100, 200, 200 … ms, each less up to a fifth.
        Assert.InRange(rig.EventsOf<UaClientEvent.Reconnected>().Length, 1, 10);
    }

    [Fact]
    [Hostile(42)]
    public async Task Value_that_comes_again_with_a_new_subscription_keeps_its_own_time()
    {
        await using var rig = await ClientRig.StartAsync();
        var written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        rig.Tags[0].SetValue(new DataValue(7.0, StatusCodes.Good, written));
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        await sink.ValueAsync(0, 7);

        rig.Server.Faults.ForgetSessions();
        rig.Server.Faults.ForgetSubscriptions();
        rig.Server.Faults.CutConnections();
        var again = await sink.ValueAsync(0, 7);

        Assert.Equal(2, again.Epoch);
        Assert.All(sink.Changes.SelectMany(change => change.Items), item => Assert.Equal(written, item.Value.SourceTimestamp));
    }
}
