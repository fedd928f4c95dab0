using System.Diagnostics;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>
/// Ten thousand items that change every 100 ms, in both directions. Each value is one more than the one before, so that a loss
/// shows whatever the pace: where a busy machine feeds slower than asked there are fewer changes, never missing ones. Queues
/// hold all of a run, so a slow reader is late and loses nothing either. PATCHEDGE_LOAD_SECONDS makes the run longer.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TenThousandItemsTests(ITestOutputHelper output)
{
    private const int Items = 10_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private static int Ticks => (int)(TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_LOAD_SECONDS"), out var seconds) ? seconds : 20) / Pace);

    /// <summary>A machine ten times too slow is still given the time.</summary>
    private static TimeSpan Patience => Pace * Ticks * 10 + TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Client_gets_every_change_of_the_other_makes_server()
    {
        using var folder = new TemporaryFolder();
        var store = new CertificateStore(folder.File("client"), TimeProvider.System);
        await using var peer = await NodePeer.StartServerAsync(folder.File("server"), "--load", $"{Items}");
        await using var client = new UaClient(ForeignServer.Options((string)peer.Ready["endpoint"]!, store));
        await client.ConnectAsync(Cancellation);
        var sink = new CountingSink(Items, Ticks);
        await using var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = Pace, KeepAliveCount = 100, LifetimeCount = 10_000 }, sink, Cancellation);
        var prefix = (await client.ResolveAsync($"nsu={peer.Ready["namespace"]};s=Load", Cancellation)).ToString();
        var added = await subscription.AddItemsAsync([.. Enumerable.Range(0, Items).Select(i => new MonitoredItemOptions
        {
            ClientHandle = (uint)i, NodeId = NodeId.Parse($"{prefix}.{i}"), SamplingInterval = TimeSpan.Zero, QueueSize = (uint)Ticks,
        })], Cancellation);
        Assert.All(added, item => Assert.True(item.Status.IsGood, item.ToString()));

        await peer.AskAsync("load", new { ticks = Ticks, pace = Pace.TotalMilliseconds });
        await Task.WhenAny(sink.Complete, Task.Delay(Patience, TimeProvider.System, Cancellation));
        var fed = await peer.EventAsync("loaded", Patience);
        output.WriteLine($"fed {Ticks} ticks in {(double)fed["elapsed"]! / 1000:0.0} s; {sink}; {client.Counters}");
        Assert.True(sink.Complete.IsCompleted, sink.ToString());
        Assert.Equal((long)Items * Ticks, sink.Received);
        Assert.True(sink is { Missing: 0, Repeated: 0, Overflows: 0, Losses.Count: 0 }, sink.ToString());
        Assert.Equal(0, client.Counters.MessagesLost);
    }

    [Fact]
    [Trait("Req", "Interop")]
    public async Task Other_makes_client_gets_every_change_of_the_server()
    {
        using var folder = new TemporaryFolder();
        await using var server = new UaServer(ForeignClient.Options(new CertificateStore(folder.File("server"), TimeProvider.System)) with
        {
            Limits = new ServerLimits { MaxQueuedValuesPerSubscription = Math.Max(1_000_000, Items * Ticks) },
        });
        var index = server.AddressSpace.AddNamespace(ForeignClient.Namespace);
        var plant = server.AddressSpace.AddFolder(server.AddressSpace.Objects, new NodeId("Plant", index), "Plant");
        var load = Enumerable.Range(0, Items).Select(i => server.AddressSpace.AddVariable(plant, new NodeId($"Load.{i}", index), $"Load.{i}",
            new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(0.0) })).ToArray();
        await server.StartAsync(Cancellation);
        await using var peer = await NodePeer.StartClientAsync(server.BoundEndpointUrl, folder.File("client"));
        var subscribed = await peer.AskAsync("load", new { prefix = new NodeId("Load.", index).ToString(), count = Items, interval = Pace.TotalMilliseconds, queue = Ticks });
        Assert.Equal(Items, (int)subscribed["items"]!);

        var start = Stopwatch.GetTimestamp();
        using (var timer = new PeriodicTimer(Pace, TimeProvider.System))
            for (var tick = 1; tick <= Ticks && await timer.WaitForNextTickAsync(Cancellation); tick++)
                foreach (var variable in load)
                    variable.SetValue((double)tick);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var counted = await peer.AskAsync("loaded", new { ticks = Ticks, within = Patience.TotalMilliseconds }, Patience + TimeSpan.FromMinutes(1));
        output.WriteLine($"fed {Ticks} ticks in {elapsed.TotalSeconds:0.0} s; {counted.ToJsonString()}");
        Assert.Equal((long)Items * Ticks, (long)counted["received"]!);
        Assert.All(["missing", "repeated", "overflows", "bad", "behind"], count => Assert.Equal(0, (int)counted[count]!));
    }
}
